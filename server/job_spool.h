// server/job_spool.h
//
// Accepted work on disk, so that "accepted" survives a crash: ID.bytes holds an upload, ID.json its
// request and state. The .json file is what makes a job exist; it is written after the bytes are on
// disk and replaced when the job ends. Bytes without it are remains of an upload that was never
// acknowledged, and are removed at the next start.
//
// Threads: take turns (JobRunner sees to it); an UploadFile belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "core/ids.h"

namespace carrel::server {

enum class JobState : std::uint8_t { queued, running, done, failed, cancelled };
std::string_view name_of(JobState state) noexcept;

struct UploadJob {
  JobId id;
  std::string user;
  std::string name;  // for display; the uri is upload:user:USER/NAME
  std::string collection;
  std::string label;
  std::vector<std::string> allow;
  JobState state = JobState::queued;
  std::string result;  // an IngestReport as JSON, once it ended; else empty
};

class JobSpool {
 public:
  explicit JobSpool(std::filesystem::path directory);

  // What there is, by id, touching nothing: also beside a running server.
  std::vector<UploadJob> list() const;

  // For the start of a server: as list(), and clears up after a crash. Unreadable job files are
  // reported in the log and set aside.
  std::vector<UploadJob> load();

  // An upload being received; removed again unless keep() was called.
  class UploadFile {
   public:
    UploadFile(std::filesystem::path path, JobId id);
    ~UploadFile();
    void write(std::span<const char> bytes);  // Errors: unavailable (disk full)
    void keep();                              // on disk when it returns
    JobId id() const { return id_; }

   private:
    std::filesystem::path path_;
    JobId id_;
    FileDescriptor file_;
    bool is_kept_ = false;
  };
  std::filesystem::path bytes_path(JobId id) const;
  std::filesystem::path json_path(JobId id) const;

  void save(const UploadJob& job);  // durable when it returns
  void remove_bytes(JobId id);
  void remove(JobId id);
  std::string read_bytes(JobId id, std::size_t bytes_max) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace carrel::server
