#include "server/job_spool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"
#include "server/json_text.h"

namespace carrel::server {

namespace {

constexpr std::array<std::string_view, 5> kStates = {"queued", "running", "done", "failed",
                                                     "cancelled"};
constexpr std::size_t kJobBytesMax = 8 << 20;

UploadJob job_from_json(std::string_view text) {
  const nlohmann::json json = parse_json_object(text);
  UploadJob job;
  job.id = {integer_member(json, "job_id", 0, 1, INT64_MAX)};
  job.user = required_string(json, "user");
  job.name = required_string(json, "name");
  job.collection = required_string(json, "collection");
  job.label = required_string(json, "label");
  job.allow = strings_member(json, "allow");
  job.result = required_string(json, "result");
  const std::string state = required_string(json, "state");
  const auto found = std::find(kStates.begin(), kStates.end(), state);
  if (found == kStates.end()) throw Error(ErrorCode::corrupt, "the job's state is not known");
  job.state = static_cast<JobState>(found - kStates.begin());
  return job;
}

std::optional<JobId> id_of(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  JobId id;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), id.value);
  if (error != std::errc() || end != stem.data() + stem.size() || id.value < 1) return std::nullopt;
  return id;
}

[[noreturn]] void refuse_full() {
  throw Error(ErrorCode::unavailable, std::string("The upload cannot be stored: ") +
                                          std::strerror(errno) + "; tell your administrator.");
}

}  // namespace

std::string_view name_of(JobState state) noexcept {
  return kStates[static_cast<std::size_t>(state)];
}

JobSpool::JobSpool(std::filesystem::path directory) : directory_(std::move(directory)) {
  make_private_directory(directory_);
}

std::vector<UploadJob> JobSpool::list() const {
  std::vector<UploadJob> jobs;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (entry.path().extension() != ".json") continue;
    try {
      jobs.push_back(job_from_json(read_file(entry.path(), kJobBytesMax)));
    } catch (const std::exception& error) {
      log::warning("server.job_unreadable",
                   {{"file", entry.path().filename().string()}, {"reason", error.what()}});
    }
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const UploadJob& a, const UploadJob& b) { return a.id < b.id; });
  return jobs;
}

std::vector<UploadJob> JobSpool::load() {
  std::vector<UploadJob> jobs;
  std::vector<std::filesystem::path> bytes;
  std::vector<std::filesystem::path> torn;  // of a crash while a job was saved
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".bytes") bytes.push_back(path);
    if (path.filename().string().find(".json.new-") != std::string::npos) torn.push_back(path);
    if (path.extension() != ".json") continue;
    try {
      jobs.push_back(job_from_json(read_file(path, kJobBytesMax)));
      if (id_of(path) != jobs.back().id) throw Error(ErrorCode::corrupt, "the name does not match");
    } catch (const std::exception& error) {
      log::error("server.job_unreadable",
                 {{"file", path.filename().string()}, {"reason", error.what()}});
      std::filesystem::rename(path, path.string() + ".unreadable");
      std::erase_if(jobs, [&](const UploadJob& j) { return json_path(j.id) == path; });
    }
  }
  for (const std::filesystem::path& path : torn) std::filesystem::remove(path);
  std::sort(jobs.begin(), jobs.end(),
            [](const UploadJob& a, const UploadJob& b) { return a.id < b.id; });
  for (const std::filesystem::path& path : bytes) {
    const std::optional<JobId> id = id_of(path);
    const auto job = std::find_if(jobs.begin(), jobs.end(),
                                  [&](const UploadJob& j) { return id && j.id == *id; });
    const bool is_waiting =
        job != jobs.end() && (job->state == JobState::queued || job->state == JobState::running);
    const bool is_set_aside =
        std::filesystem::exists(directory_ / (path.stem().string() + ".json.unreadable"));
    if (!is_waiting && !is_set_aside) std::filesystem::remove(path);
  }
  return jobs;
}

std::filesystem::path JobSpool::bytes_path(JobId id) const {
  return directory_ / (std::to_string(id.value) + ".bytes");
}

std::filesystem::path JobSpool::json_path(JobId id) const {
  return directory_ / (std::to_string(id.value) + ".json");
}

void JobSpool::save(const UploadJob& job) {
  const nlohmann::json json = {
      {"job_id", job.id.value},       {"user", job.user},    {"name", job.name},
      {"collection", job.collection}, {"label", job.label},  {"allow", job.allow},
      {"state", name_of(job.state)},  {"result", job.result}};
  write_file_atomically(json_path(job.id), dump(json));
}

void JobSpool::remove_bytes(JobId id) {
  std::error_code ignored;
  std::filesystem::remove(bytes_path(id), ignored);
}

void JobSpool::remove(JobId id) {
  std::error_code ignored;
  std::filesystem::remove(json_path(id), ignored);
  remove_bytes(id);
}

std::string JobSpool::read_bytes(JobId id, std::size_t bytes_max) const {
  return read_file(bytes_path(id), bytes_max);
}

JobSpool::UploadFile::UploadFile(std::filesystem::path path, JobId id)
    : path_(std::move(path)),
      id_(id),
      file_(::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)) {
  if (!file_) refuse_full();
}

JobSpool::UploadFile::~UploadFile() {
  if (is_kept_) return;
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void JobSpool::UploadFile::write(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) refuse_full();
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

// The folder itself is synced when the job's .json is written, before which the job does not exist.
void JobSpool::UploadFile::keep() {
  if (::fsync(file_.get()) != 0) refuse_full();
  is_kept_ = true;
}

}  // namespace carrel::server
