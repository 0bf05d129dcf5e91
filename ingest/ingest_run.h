// ingest/ingest_run.h
//
// One run of an Ingestor: plans it, takes in what the readers hand over, and writes.
//
// Private to this folder. One thread; the readers it starts end with it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "ingest/file_reader.h"
#include "ingest/folder_rules.h"
#include "ingest/ingestor.h"
#include "ingest/placement.h"
#include "ingest/read_ahead.h"
#include "ingest/walk.h"

namespace carrel::ingest {

// Collects outcomes into batches and writes them. Counts what is on disk, not what is planned.
class BatchWriter {
 public:
  BatchWriter(index::Library& library, const IngestOptions& options, IngestReport& report)
      : writer_(library.writer()), options_(options), report_(report) {}

  // Takes the outcome of the file at `path`. True: it is done; false: it waits for flush().
  bool take(FileOutcome&& outcome, const std::string& path);
  bool is_full() const;
  bool is_empty() const { return batch_.empty(); }
  std::size_t size() const { return batch_.size(); }
  std::chrono::steady_clock::time_point since() const { return since_; }

  // Puts the batch into the library, and commits keywords where enough have gathered.
  void flush();
  void commit();  // keywords of all that was put

 private:
  void set_access(const FileOutcome& outcome);
  void remove_moved(const FileOutcome& outcome);

  index::Writer& writer_;
  const IngestOptions& options_;
  IngestReport& report_;
  std::vector<index::NewDocument> batch_;
  std::vector<FileOutcome> outcomes_;  // of the batch, without their documents
  std::size_t chunks_ = 0;
  std::size_t bytes_ = 0;
  std::chrono::steady_clock::time_point since_;
};

class IngestRun {
 public:
  IngestRun(index::Library& library, ParserPool& parsers, const IngestOptions& options,
            const IngestRequest& request, ProgressSink& progress, const CancelToken& cancel);

  IngestReport run();

 private:
  void plan();
  void load_known();
  FileOutcome read(std::size_t number) const;
  void take_all();
  void settle(ReadAhead<FileOutcome>& ahead);  // flushes, and gives back the room
  void prune();
  void tell(bool is_last);
  IngestReport finish();

  index::Library& library_;
  const IngestOptions& options_;
  const IngestRequest& request_;
  ProgressSink& progress_;
  const CancelToken& cancel_;
  Placement placement_;
  FileReader reader_;

  Walk walk_;
  std::vector<FolderRules> rules_;  // by root
  KnownDocuments known_;

  IngestReport report_;
  BatchWriter batch_;
  std::vector<std::size_t> charges_;  // of the files in the batch
  std::size_t done_ = 0;
  std::string current_;
  std::chrono::steady_clock::time_point told_{};
  Stopwatch watch_;
};

}  // namespace carrel::ingest
