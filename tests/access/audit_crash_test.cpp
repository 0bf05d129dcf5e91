// Claim: what append() acknowledged survives SIGKILL at any moment, and when the disk takes no
// more, append() says so, nothing is half-written, and the log goes on once there is room again.
// How: a forked child writes; it tells each acknowledged number through a pipe before the next.
#include <thread>

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/audit_log.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/access/ledger.h"

namespace carrel::access {
namespace {

using ::testing::IsEmpty;

struct Child {
  pid_t pid;
  int acknowledged;  // read end: one int64 a record
};

// Runs `work` in a forked child, with the write end of a pipe.
template <class Work>
Child start_child(Work&& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    int status = 0;
    try {
      status = work(ends[1]);
    } catch (const std::exception&) {
      status = 99;
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

void tell(int pipe, std::int64_t value) {
  if (::write(pipe, &value, sizeof value) != sizeof value) ::_exit(98);
}

std::vector<std::int64_t> read_all(int pipe) {
  std::vector<std::int64_t> out;
  std::int64_t value = 0;
  while (::read(pipe, &value, sizeof value) == sizeof value) out.push_back(value);
  ::close(pipe);
  return out;
}

TEST(AuditCrash, KilledAtAnyMomentItLosesNothingAcknowledged) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  const testing::TempDir dir;
  const SystemClock clock;
  SystemSecretSource secrets;
  std::uint64_t known = 0;
  for (int round = 0; round < testing::test_runs(6); ++round) {
    const Child child = start_child([&](int pipe) {
      AuditLog log(dir / "audit", {}, clock, secrets);
      std::vector<std::thread> threads;
      for (int t = 0; t < 3; ++t)
        threads.emplace_back([&log, pipe, t] {
          for (int i = 0; i < 1'000'000; ++i)
            tell(pipe, log.append(make_record("user:" + std::to_string(t), "ask", i), "w").value);
        });
      for (std::thread& thread : threads) thread.join();
      return 0;
    });
    // Waits for the first acknowledgement, so that the kill falls among the writing.
    std::int64_t first = 0;
    ASSERT_EQ(::read(child.acknowledged, &first, sizeof first), static_cast<ssize_t>(sizeof first));
    std::this_thread::sleep_for(std::chrono::microseconds(rng.below(60'000)));
    ::kill(child.pid, SIGKILL);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    std::vector<std::int64_t> acknowledged = read_all(child.acknowledged);
    acknowledged.push_back(first);

    AuditLog log(dir / "audit", {}, clock, secrets);
    for (const std::int64_t id : acknowledged) {
      EXPECT_GT(static_cast<std::uint64_t>(id), known);
      EXPECT_LE(static_cast<std::uint64_t>(id), log.size());
    }
    EXPECT_GE(log.size(), known + acknowledged.size());
    EXPECT_THAT(log.verify({}), IsEmpty());
    known = log.size();
  }
}

// A limit on the size of files stands in for a full disk: both fail the write itself.
TEST(AuditCrash, AFullDiskIsAnErrorAndNothingIsHalfWritten) {
  const testing::TempDir dir;
  const SystemClock clock;
  SystemSecretSource secrets;
  const Child child = start_child([&](int pipe) {
    ::signal(SIGXFSZ, SIG_IGN);
    AuditLog log(dir / "audit", {}, clock, secrets);
    tell(pipe, log.append(make_record("user:ana", "ask")).value);
    const rlimit small{.rlim_cur = 256U << 10, .rlim_max = RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 10;
    bool has_failed = false;
    for (int i = 0; i < 1000 && !has_failed; ++i) try {
        tell(pipe, log.append(make_record("user:ana", "ask", i), std::string(5000, 'w')).value);
      } catch (const Error& e) {
        if (e.code() != ErrorCode::unavailable) return 11;
        has_failed = true;
      }
    if (!has_failed) return 12;
    const std::uint64_t size = log.size();
    const rlimit large{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &large) != 0) return 13;
    if (!log.verify(log.head()).empty()) return 14;
    if (static_cast<std::uint64_t>(log.append(make_record("user:ana", "ask")).value) != size + 1)
      return 15;
    tell(pipe, static_cast<std::int64_t>(size + 1));
    return 0;
  });
  const auto acknowledged = read_all(child.acknowledged);
  int status = 0;
  ::waitpid(child.pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  const AuditLog log(dir / "audit", {}, clock, secrets);
  EXPECT_EQ(log.size(), acknowledged.size());
  EXPECT_THAT(log.verify({}), IsEmpty());
}

TEST(AuditCrash, AFolderThatCannotBeWrittenIsAnErrorAtOnce) {
  const testing::TempDir dir;
  const SystemClock clock;
  SystemSecretSource secrets;
  std::filesystem::create_directory(dir / "audit");
  std::filesystem::create_directory(dir / "audit" / "audit.db");  // in the way, for root too
  try {
    AuditLog(dir / "audit", {}, clock, secrets);
    FAIL() << "the log was opened";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unavailable);
  }
}

}  // namespace
}  // namespace carrel::access
