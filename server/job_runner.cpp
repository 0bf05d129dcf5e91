#include "server/job_runner.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "ingest/report_json.h"
#include "server/json_text.h"
#include "server/problem.h"
#include "server/recent_work.h"
#include "server/trail.h"

namespace carrel::server {

struct JobRunner::State {
  struct Entry {
    JobStatus status;
    CancelToken cancel;
    bool is_cancelled_by_user = false;
  };

  Service& service;
  ServerOptions options;
  JobSpool spool;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::map<JobId, Entry> jobs;  // guarded by mutex, as are the next five
  std::deque<JobId> waiting;
  RecentWork recent;
  std::int64_t last_id = 0;
  bool wants_embedding = false;
  bool stopping = false;
  std::chrono::steady_clock::time_point resting_until;  // guarded by mutex
  std::mutex ingest;
  CancelToken embedding;
  std::thread worker;
  std::thread embedder;

  State(Service& s, const ServerOptions& o)
      : service(s), options(o), spool(s.data_directory / "spool") {}

  void work();
  JobId take_next();  // mutex held, something waits
  void run(JobId id);
  ingest::IngestReport ingest_upload(const UploadJob& job, ProgressSink& progress,
                                     const CancelToken& cancel);
  void end(JobId id, JobState state, std::string result, const std::string& counts);
  void put_off(JobId id, std::string_view reason);
  bool has_room() const;
  void forget_oldest();  // mutex held
  bool is_removed(const std::pair<const JobId, Entry>& one) const;
  void embed();
};

namespace {

// Shows how far a job is to whoever asks.
class JobProgress final : public ProgressSink {
 public:
  using Show = std::function<void(const ProgressState&)>;
  explicit JobProgress(Show show) : show_(std::move(show)) {}
  void update(const ProgressState& state) override { show_(state); }

 private:
  Show show_;
};

// Before work that the library could not take is tried again, and what its stage says until then.
constexpr std::chrono::seconds kRest{30};
constexpr const char* kWaitingStage = "waiting for the library";

// The library's trouble, not the file's: a full disk, a damaged store. What was accepted waits.
bool is_trouble_of_the_library(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::conflict ||
         code == ErrorCode::corrupt;
}

bool has_ended(JobState state) { return state != JobState::queued && state != JobState::running; }

std::string failure_json(const std::string& name, const std::string& reason) {
  ingest::IngestReport report;
  report.failed = 1;
  report.failures.push_back({name, reason});
  return ingest::to_json(report);
}

}  // namespace

JobRunner::JobRunner(Service& service, const ServerOptions& options)
    : state_(std::make_unique<State>(service, options)) {}

JobRunner::~JobRunner() { stop(); }

void JobRunner::start() {
  State& s = *state_;
  for (UploadJob& job : s.spool.load()) {
    s.last_id = std::max(s.last_id, job.id.value);
    if (!has_ended(job.state)) {
      job.state = JobState::queued;
      s.waiting.push_back(job.id);
    }
    const JobId id = job.id;
    s.jobs[id].status.job = std::move(job);
  }
  if (!s.waiting.empty()) log::info("server.jobs_resumed", {{"jobs", s.waiting.size()}});
  s.wants_embedding = true;
  s.worker = std::thread([&s] { s.work(); });
  if (s.service.embedder != nullptr) s.embedder = std::thread([&s] { s.embed(); });
}

void JobRunner::stop() {
  State& s = *state_;
  {
    const std::scoped_lock lock(s.mutex);
    s.stopping = true;
    for (auto& [id, entry] : s.jobs) entry.cancel.cancel();
  }
  s.embedding.cancel();
  s.changed.notify_all();
  if (s.worker.joinable()) s.worker.join();
  if (s.embedder.joinable()) s.embedder.join();
}

std::unique_ptr<JobSpool::UploadFile> JobRunner::begin_upload(std::string_view user) {
  State& s = *state_;
  if (!s.has_room())
    throw Problem(
        503, "disk_nearly_full",
        "The library's disk is nearly full, so it takes no files; tell your administrator.", 600);
  JobId id;
  {
    const std::scoped_lock lock(s.mutex);
    const auto own = std::count_if(s.waiting.begin(), s.waiting.end(), [&](JobId waits) {
      return s.jobs.at(waits).status.job.user == user;
    });
    if (!user.empty() && static_cast<std::size_t>(own) >= s.options.jobs_waiting_per_user_max)
      throw Problem(429, "too_many_requests",
                    "Many of your uploads wait to be read; go on when some of them are.", 10);
    if (s.waiting.size() >= s.options.jobs_waiting_max)
      throw Problem(503, "busy", "Too many uploads wait to be read; try again later.", 60);
    id = {++s.last_id};
  }
  return std::make_unique<JobSpool::UploadFile>(s.spool.bytes_path(id), id);
}

JobId JobRunner::accept(JobSpool::UploadFile& file, UploadJob job) {
  State& s = *state_;
  job.id = file.id();
  job.state = JobState::queued;
  file.keep();
  try {
    s.spool.save(job);
  } catch (...) {
    s.spool.remove(job.id);
    throw;
  }
  const JobId id = job.id;
  const std::scoped_lock lock(s.mutex);
  s.jobs[id].status.job = std::move(job);
  s.waiting.push_back(id);
  s.changed.notify_all();
  return id;
}

std::optional<JobStatus> JobRunner::find(JobId id) const {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->jobs.find(id);
  if (found == state_->jobs.end() || state_->is_removed(*found)) return std::nullopt;
  return found->second.status;
}

std::vector<JobStatus> JobRunner::list() const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<JobStatus> out;
  for (auto it = state_->jobs.rbegin(); it != state_->jobs.rend(); ++it)
    if (!state_->is_removed(*it)) out.push_back(it->second.status);
  return out;
}

bool JobRunner::cancel(JobId id) {
  State& s = *state_;
  {
    const std::scoped_lock lock(s.mutex);
    const auto found = s.jobs.find(id);
    if (found == s.jobs.end() || has_ended(found->second.status.job.state)) return false;
    found->second.is_cancelled_by_user = true;
    found->second.cancel.cancel();
    if (std::erase(s.waiting, id) == 0) return true;  // it runs: the worker ends it
  }
  s.end(id, JobState::cancelled, {}, "{}");
  return true;
}

void JobRunner::request_embedding() {
  const std::scoped_lock lock(state_->mutex);
  state_->wants_embedding = true;
  state_->changed.notify_all();
}

std::unique_lock<std::mutex> JobRunner::ingest_alone() { return std::unique_lock(state_->ingest); }

void JobRunner::State::work() {
  for (;;) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return stopping || !waiting.empty(); });
    changed.wait_until(lock, resting_until, [this] { return stopping; });
    if (stopping) return;
    if (waiting.empty()) continue;  // cancelled meanwhile
    const JobId id = take_next();
    jobs.at(id).status.job.state = JobState::running;
    const std::string user = jobs.at(id).status.job.user;
    lock.unlock();
    const Stopwatch watch;
    run(id);
    lock.lock();
    recent.add(user, std::chrono::duration<double, std::milli>(watch.milliseconds()),
               std::chrono::steady_clock::now());
  }
}

JobId JobRunner::State::take_next() {
  const auto now = std::chrono::steady_clock::now();
  const auto had = [&](JobId id) { return recent.seconds_of(jobs.at(id).status.job.user, now); };
  const auto next = std::min_element(waiting.begin(), waiting.end(),
                                     [&](JobId a, JobId b) { return had(a) < had(b); });
  const JobId id = *next;
  waiting.erase(next);
  return id;
}

ingest::IngestReport JobRunner::State::ingest_upload(const UploadJob& job, ProgressSink& progress,
                                                     const CancelToken& cancel) {
  ingest::IngestRequest request;
  request.collection = job.collection;
  request.allow = job.allow;
  request.label = job.label;
  request.owner = "user:" + job.user;
  if (!has_room()) throw Error(ErrorCode::unavailable, "the disk is nearly full");
  std::string bytes = spool.read_bytes(job.id, options.upload_bytes_max);
  const std::scoped_lock alone(ingest);
  return service.ingestor.run_bytes(job.name, std::move(bytes), request, progress, cancel);
}

void JobRunner::State::run(JobId id) {
  UploadJob job;
  CancelToken cancel;
  {
    const std::scoped_lock lock(mutex);
    job = jobs.at(id).status.job;
    cancel = jobs.at(id).cancel;
  }
  JobProgress progress([this, id](const ProgressState& p) {
    const std::scoped_lock lock(mutex);
    JobStatus& status = jobs.at(id).status;
    status.stage = p.stage;
    status.done = p.done;
    status.total = p.total;
  });
  try {
    const ingest::IngestReport report = ingest_upload(job, progress, cancel);
    end(id, report.failed > 0 ? JobState::failed : JobState::done, ingest::to_json(report),
        ingest::counts_json(report));
  } catch (const Error& error) {
    bool is_by_user = false;
    {
      const std::scoped_lock lock(mutex);
      is_by_user = jobs.at(id).is_cancelled_by_user;
    }
    if (error.code() == ErrorCode::cancelled && !is_by_user) return;  // stopping: runs again later
    if (is_trouble_of_the_library(error.code()) && !is_by_user) return put_off(id, error.what());
    end(id, is_by_user ? JobState::cancelled : JobState::failed,
        is_by_user ? "" : failure_json(job.name, error.what()), "{}");
  } catch (const std::exception& error) {
    log::error("server.job_broke", {{"job", id.value}, {"reason", error.what()}});
    end(id, JobState::failed, failure_json(job.name, "The file could not be read."), "{}");
  }
}

// Whether the disk has more left than uploads may take. A disk that does not tell is found out when
// it is written.
bool JobRunner::State::has_room() const {
  std::error_code error;
  const auto space = std::filesystem::space(service.data_directory, error);
  return error || space.available >= options.disk_reserve_bytes;
}

// Accepted is promised: the bytes stay in the spool until the library can take them.
void JobRunner::State::put_off(JobId id, std::string_view reason) {
  log::error("server.job_put_off", {{"job", id.value}, {"reason", reason}});
  const std::scoped_lock lock(mutex);
  JobStatus& status = jobs.at(id).status;
  status.job.state = JobState::queued;
  status.stage = kWaitingStage;
  waiting.push_back(id);
  resting_until = std::chrono::steady_clock::now() + kRest;
}

void JobRunner::State::end(JobId id, JobState state, std::string result,
                           const std::string& counts) {
  UploadJob job;
  {
    const std::scoped_lock lock(mutex);
    job = jobs.at(id).status.job;
  }
  job.state = state;
  job.result = std::move(result);
  try {
    audit_event(
        service.audit, "user:" + job.user, "", "job", "job.end",
        {{"job", id.value}, {"state", name_of(state)}, {"counts", nlohmann::json::parse(counts)}});
    spool.save(job);
    spool.remove_bytes(id);
  } catch (const std::exception& error) {
    // The spool still holds the job as it was, so the next start runs it again.
    log::error("server.job_end_not_kept", {{"job", id.value}, {"reason", error.what()}});
  }
  log::info("server.job_ended", {{"job", id.value}, {"state", name_of(state)}});
  const std::scoped_lock lock(mutex);
  jobs.at(id).status.job = std::move(job);
  forget_oldest();
  if (state == JobState::done) wants_embedding = true;
  changed.notify_all();
}

// A purge takes the records of uploads whose document is gone out of the spool.
bool JobRunner::State::is_removed(const std::pair<const JobId, Entry>& one) const {
  std::error_code ignored;
  return has_ended(one.second.status.job.state) &&
         !std::filesystem::exists(spool.json_path(one.first), ignored);
}

// Of whoever has most: nobody's many uploads take the record of another's few.
void JobRunner::State::forget_oldest() {
  std::map<std::string, std::vector<JobId>> ended;  // of each person, oldest first
  std::size_t count = 0;
  for (const auto& [id, entry] : jobs) {
    if (!has_ended(entry.status.job.state)) continue;
    ended[entry.status.job.user].push_back(id);
    ++count;
  }
  for (; count > options.jobs_kept_max; --count) {
    const auto most = std::max_element(
        ended.begin(), ended.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    spool.remove(most->second.front());
    jobs.erase(most->second.front());
    most->second.erase(most->second.begin());
  }
}

void JobRunner::State::embed() {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return stopping || (wants_embedding && waiting.empty()); });
      if (stopping) return;
      wants_embedding = false;
    }
    try {
      NoProgress quiet;
      const ingest::EmbedReport report = service.embedder->run(quiet, embedding);
      log::info("server.embedded", {{"chunks", report.embedded}, {"seconds", report.seconds}});
    } catch (const std::exception& error) {
      if (!embedding.is_cancelled())
        log::error("server.embedding_failed", {{"reason", error.what()}});
    }
  }
}

}  // namespace carrel::server
