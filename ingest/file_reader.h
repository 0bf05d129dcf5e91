// ingest/file_reader.h
//
// One file on its way in: read, hashed, compared with what the library knows of it, and where it is
// new or changed parsed and cut into chunks. Writes nothing.
//
// Threads: read() on many threads. Ownership: borrows all it is given.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "index/library.h"
#include "ingest/ingestor.h"
#include "ingest/placement.h"
#include "ingest/walk.h"

namespace carrel::ingest {

struct FileOutcome {
  enum class Kind : std::uint8_t { unchanged, rules_changed, read, failed };
  Kind kind = Kind::failed;
  index::NewDocument document;            // of `read`; otherwise its uri, acl and owner
  bool was_known = false;                 // the library has it, in this collection or another
  std::vector<DocumentId> set_access_on;  // their rights are not what the rules now say
  std::vector<DocumentId> moved_from;     // the same file in other collections: to be removed
  std::string reason;                     // of `failed`
};

// What the library holds of the files of a run, by uri.
class KnownDocuments {
 public:
  KnownDocuments() = default;
  explicit KnownDocuments(std::vector<index::KnownDocument> documents);
  std::span<const index::KnownDocument> of(const std::string& uri) const;
  const std::vector<index::KnownDocument>& all() const { return documents_; }

 private:
  std::vector<index::KnownDocument> documents_;  // by uri, then id
};

class FileReader {
 public:
  FileReader(index::Library& library, ParserPool& parsers, const IngestOptions& options,
             bool recompute);

  struct Source {
    std::string name;  // file name, for its extension and, in need, its title
    std::string uri;
    std::string external_id;
    std::string modified;  // RFC 3339, where the document itself does not tell
  };

  // `bytes` yields the file's content. Whatever goes wrong with this one file is a `failed`.
  FileOutcome read(const Source& source, const Place& place,
                   std::span<const index::KnownDocument> known,
                   const std::function<std::string()>& bytes) const;

 private:
  void compare(FileOutcome& out, std::span<const index::KnownDocument> known) const;
  void parse_into(index::NewDocument& document, const Source& source) const;
  std::string recipe_of(const Place& place) const;

  index::Library& library_;
  ParserPool& parsers_;
  const IngestOptions& options_;
  bool recompute_;
};

}  // namespace carrel::ingest
