// ingest/ingestor.h
//
// Takes files and folders into the library: reads what is new or changed, leaves what is not, and
// says of every file that failed why.
//
// One thread walks and hashes, `ParseOptions::children_max` confined children parse, one writer
// commits in small batches. A batch is on disk before its files count as done, so that an
// interrupted run continues where it stopped: what was accepted is unchanged, the rest is read.
//
// carrel.toml in a folder sets collection, ACL, label, owner and metadata for the files below it
// (ingest/folder_rules.h). A file is one document: where its rules name another collection it moves
// there. Rules hold at once, for unchanged files too, and for those that can no longer be read.
// Embeddings follow through the Embedder (ingest/embedder.h).
//
// Threads: run() on one thread at a time. Ownership: borrows library, parsers and clock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cancel.h"
#include "core/clock.h"
#include "core/progress.h"
#include "index/library.h"
#include "ingest/chunker.h"
#include "ingest/parser.h"

namespace carrel::ingest {

struct IngestRequest {
  std::vector<std::filesystem::path>
      paths;               // files and folders, absolute or relative to the process
  std::string collection;  // empty: carrel.toml's, else "default"
  std::vector<std::string>
      allow;  // principals; empty: carrel.toml's, the collection's, the library's
  std::vector<std::string> deny;
  std::string label;       // empty: carrel.toml's, else the library's default
  std::string owner;       // empty: carrel.toml's, else none
  bool prune = false;      // remove documents of these folders whose file is gone
  bool recompute = false;  // parse even what is unchanged
};

struct IngestFailure {
  std::string path;
  std::string reason;
};

struct IngestReport {
  std::size_t added = 0, updated = 0, unchanged = 0, deleted = 0, failed = 0, skipped = 0;
  std::size_t chunks = 0, pages = 0;
  double seconds = 0;
  std::vector<IngestFailure> failures;     // every one
  std::vector<std::string> skipped_kinds;  // ".png: 20 files" and the like
  std::size_t unreadable_by_anyone = 0;    // documents whose ACL allows nobody
};

// Names the version of parsing and chunking: a document stored under another one is read again.
// Raise it when either gives other text for the same bytes.
inline constexpr std::string_view kParserVersion = "carrel-3";

struct IngestOptions {
  ChunkOptions chunks;
  std::size_t files_max = 1'000'000;
  std::size_t file_bytes_max = 256ULL << 20;  // larger files fail with a reason
  std::size_t batch_chunks_max = 256;         // in one transaction, unless one document has more
  std::size_t batch_bytes_max = 8ULL << 20;   // of originals in one transaction, likewise
  std::size_t commit_chunks_max = 1500;       // keyword commit at the latest after so many
  std::size_t read_threads = 3;               // one more than ParseOptions::children_max, 1..64
  std::size_t bytes_in_flight_max = 96ULL << 20;  // of files read and not yet stored
};

class Ingestor {
 public:
  Ingestor(index::Library& library, ParserPool& parsers, const Clock& clock,
           const IngestOptions& options);

  // Errors: invalid_argument (a path that does not exist, a bad carrel.toml or principal: says
  // which), cancelled (what was done stays), unavailable (disk full and the like).
  IngestReport run(const IngestRequest& request, ProgressSink& progress, const CancelToken& cancel);

  // One uploaded file whose bytes are already here. `name` is its file name; with the owner it
  // names the document, so that people do not overwrite each other's. Rules of folders do not
  // apply.
  IngestReport run_bytes(const std::string& name, std::string bytes, const IngestRequest& request,
                         ProgressSink& progress, const CancelToken& cancel);

 private:
  index::Library& library_;
  ParserPool& parsers_;
  const Clock& clock_;
  IngestOptions options_;
};

}  // namespace carrel::ingest
