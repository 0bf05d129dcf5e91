// server/job_runner.h
//
// Takes uploads into the library one at a time, in the background, and embeds what they added. A
// job exists from the moment its upload is on disk; at the next start, those that had not ended run
// again (ingesting the same bytes twice changes nothing).
//
// Threads: all members, any thread. Ownership: borrows the service; owns its two threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "server/job_spool.h"
#include "server/options.h"
#include "server/service.h"

namespace carrel::server {

struct JobStatus {
  UploadJob job;
  std::string stage;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

class JobRunner {
 public:
  JobRunner(Service& service, const ServerOptions& options);
  ~JobRunner();  // as stop()

  void start();  // picks up what the spool holds
  void stop();   // interrupts what runs; it runs again at the next start

  // --- accepting an upload: begin, write, accept. Until accept() returned nothing is promised.
  // `user`: whose share of the queue is looked at; nobody's if empty. Whoever has had
  // least of the worker's time lately has the next turn, so that neither a folder of one person nor
  // files that take minutes hold up another's. Errors:
  // unavailable, Problem 503 (full; or the disk nearly), 429 (too many of this user wait).
  std::unique_ptr<JobSpool::UploadFile> begin_upload(std::string_view user = {});
  JobId accept(JobSpool::UploadFile& file, UploadJob job);

  std::optional<JobStatus> find(JobId id) const;
  std::vector<JobStatus> list() const;  // newest first
  bool cancel(JobId id);                // false: it had ended already

  // Embeds what has no embedding yet, in the background.
  void request_embedding();
  // Held while ingesting; for others in this process that ingest, such as the control socket.
  std::unique_lock<std::mutex> ingest_alone();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::server
