// Claims: an upload that was acknowledged survives a crash; one that was not leaves nothing.
#include <algorithm>
#include <thread>

#include "server/job_runner.h"
#include "server/json_text.h"
#include "server/problem.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

namespace fs = std::filesystem;

class Jobs : public ServerTest {
 protected:
  std::size_t files_in_spool() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry :
         fs::directory_iterator(parts_.library.directory / "spool"))
      ++n;
    return n;
  }
};

UploadJob job_of_ana() {
  UploadJob job;
  job.user = "ana";
  job.name = "leave.md";
  job.allow = {"user:ana"};
  return job;
}

void put(JobRunner& runner, const std::string& bytes, bool is_accepted,
         const UploadJob& job = job_of_ana()) {
  const auto file = runner.begin_upload(job.user);
  file->write(std::span(bytes.data(), bytes.size()));
  if (is_accepted) runner.accept(*file, job);
}

// Waits until all that it lists, and it lists no more than `count`, is done; what it lists then.
std::vector<JobStatus> wait_until_done(const JobRunner& runner, std::size_t count = SIZE_MAX) {
  const auto has_ended = [](const JobStatus& one) { return one.job.state == JobState::done; };
  std::vector<JobStatus> all = runner.list();
  while (all.size() > count || !std::all_of(all.begin(), all.end(), has_ended)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    all = runner.list();
  }
  return all;
}

// A runner that never starts its threads is a server killed right after the acknowledgement.
TEST_F(Jobs, WhatWasAcknowledgedBeforeAKillIsReadAtTheNextStart) {
  server_->stop();
  {
    JobRunner killed(parts_.service, {});
    put(killed, kLeavePolicy, true);
  }
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  server_ = std::make_unique<Server>(parts_.service, options, parts_.assets);
  server_->start();
  const Client ana = as("ana");
  EXPECT_EQ(wait_for_job(ana, 1)["state"], "done");
  EXPECT_EQ(ana.get("/api/v1/documents").json()["documents"].size(), 1u);
  EXPECT_EQ(files_in_spool(), 1u);  // the record of the job; the bytes are in the library
}

TEST_F(Jobs, WhatWasNotAcknowledgedIsForgotten) {
  server_->stop();
  {
    std::ofstream(parts_.library.directory / "spool" / "7.bytes") << "torn upload";
    std::ofstream(parts_.library.directory / "spool" / "8.json") << "{\"job_id\":";
    std::ofstream(parts_.library.directory / "spool" / "8.bytes") << "kept for the operator";
  }
  JobRunner next(parts_.service, {});
  next.start();
  EXPECT_TRUE(next.list().empty());
  EXPECT_FALSE(fs::exists(parts_.library.directory / "spool" / "7.bytes"));
  EXPECT_TRUE(fs::exists(parts_.library.directory / "spool" / "8.json.unreadable"));
  EXPECT_TRUE(fs::exists(parts_.library.directory / "spool" / "8.bytes"));
}

TEST_F(Jobs, AnUploadThatBreaksOffLeavesNothing) {
  const std::size_t before = files_in_spool();
  RawConnection connection(port());
  connection.send(
      "POST /api/v1/documents?name=a.md HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "X-Carrel-Request: 1\r\nCookie: " +
      as("ana").cookie + "\r\nContent-Length: 1000000\r\n\r\n" + std::string(500'000, 'a'));
  connection.close();
  server_->stop();
  EXPECT_EQ(files_in_spool(), before);
  EXPECT_TRUE(server_->jobs().list().empty());
}

TEST_F(Jobs, ALargeUploadArrivesWhole) {
  std::string text = "# Minutes\n\n";
  while (text.size() < 1'000'000)
    text += "The committee met and agreed on item " + std::to_string(text.size()) + ".\n\n";
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=minutes.md", text);
  EXPECT_EQ(ana.get("/api/v1/documents/" + std::to_string(id) + "/original").body, text);
}

TEST_F(Jobs, AFileThatCannotBeReadFailsWithAReason) {
  const Client ana = as("ana");
  const Reply accepted = ana.upload("name=broken.pdf", "%PDF-1.7 this is not one");
  ASSERT_EQ(accepted.status, 202);
  const nlohmann::json job = wait_for_job(ana, accepted.json()["job_id"]);
  EXPECT_EQ(job["state"], "failed");
  ASSERT_EQ(job["result"]["failures"].size(), 1u);
  EXPECT_FALSE(job["result"]["failures"][0]["reason"].get<std::string>().empty());
}

TEST_F(Jobs, AJobThatWaitsCanBeCancelled) {
  server_->stop();
  JobRunner runner(parts_.service, {});  // not started: everything waits
  put(runner, kLeavePolicy, true);
  const JobId id = runner.list().front().job.id;
  EXPECT_TRUE(runner.cancel(id));
  EXPECT_EQ(runner.find(id)->job.state, JobState::cancelled);
  EXPECT_FALSE(runner.cancel(id));
  runner.start();
  EXPECT_EQ(runner.find(id)->job.state, JobState::cancelled);
}

TEST_F(Jobs, AFullQueueRefusesInsteadOfGrowing) {
  server_->stop();
  ServerOptions options;
  options.jobs_waiting_max = 2;
  JobRunner runner(parts_.service, options);
  put(runner, "one", true);
  put(runner, "two", true);
  EXPECT_ANY_THROW(runner.begin_upload());
}

TEST_F(Jobs, AFolderOfOnePersonDoesNotHoldUpAnothersFile) {
  server_->stop();
  {
    JobRunner killed(parts_.service, {});  // never started: everything waits
    for (const char* text : {"# One", "# Two", "# Three"}) put(killed, text, true);
    UploadJob of_ben = job_of_ana();
    of_ben.user = "ben";
    of_ben.allow = {"user:ben"};
    put(killed, "# Four", true, of_ben);
  }
  JobRunner runner(parts_.service, {});
  runner.start();
  wait_until_done(runner);
  access::AuditLog::Query query;
  query.action = "job.end";
  std::vector<std::string> order;
  for (const access::StoredAuditRecord& stored : parts_.service.audit.list(query))
    order.push_back(stored.record.actor);
  EXPECT_EQ(order, (std::vector<std::string>{"user:ana", "user:ben", "user:ana", "user:ana"}));
}

TEST_F(Jobs, OnePersonCannotFillTheQueue) {
  server_->stop();
  ServerOptions options;
  options.jobs_waiting_per_user_max = 2;
  JobRunner runner(parts_.service, options);
  put(runner, "one", true);
  put(runner, "two", true);
  EXPECT_THROW(runner.begin_upload("ana"), Problem);
  EXPECT_NE(runner.begin_upload("ben"), nullptr);
}

TEST_F(Jobs, UploadsLeaveRoomOnTheDiskForEverythingElse) {
  server_->stop();
  ServerOptions full;
  full.disk_reserve_bytes = std::size_t{1} << 50;
  {
    JobRunner with_room(parts_.service, {});
    put(with_room, kLeavePolicy, true);
  }
  JobRunner runner(parts_.service, full);
  runner.start();
  EXPECT_THROW(runner.begin_upload("ben"), Problem);
  while (runner.find({1})->stage != "waiting for the library")
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(runner.find({1})->job.state, JobState::queued);  // accepted, so it is kept
}

TEST_F(Jobs, ManyUploadsOfOnePersonTakeNobodysRecord) {
  server_->stop();
  ServerOptions options;
  options.jobs_kept_max = 3;
  {
    JobRunner accepting(parts_.service, options);
    UploadJob bens = job_of_ana();
    bens.user = "ben";
    bens.allow = {"user:ben"};
    put(accepting, "one line of ben's", true, bens);  // the oldest of all
    for (const std::string line : {"first", "second", "third", "fourth", "fifth"})
      put(accepting, line, true);
  }
  JobRunner runner(parts_.service, options);
  runner.start();
  std::vector<std::int64_t> kept;
  for (const JobStatus& one : wait_until_done(runner, 3)) kept.push_back(one.job.id.value);
  EXPECT_EQ(kept, (std::vector<std::int64_t>{6, 5, 1}));
}

}  // namespace
}  // namespace carrel::server
