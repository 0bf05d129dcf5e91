// Claim: a parser that a document has taken over can do nothing but answer; each wall stands.
// How: a child is asked to attempt what an intruder would, after it has confined itself.
#include "ingest/sandbox.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/error.h"
#include "ingest/nursery.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

ChildRequest probe(const std::string& attempt, std::chrono::milliseconds time_max) {
  ChildRequest request;
  request.kind = RequestKind::probe;
  request.name = attempt;
  request.limits.time_max = time_max;
  request.limits.memory_bytes_max = 256ULL << 20;
  return request;
}

std::string attempt(const std::string& what,
                    std::chrono::milliseconds time_max = std::chrono::seconds(30)) {
  Nursery nursery;
  return decode_texts(nursery.run(probe(what, time_max), {})).at(0);
}

// How the child ended, as an operator would read it.
std::string end_of(const std::string& what,
                   std::chrono::milliseconds time_max = std::chrono::seconds(30)) {
  try {
    return "answered: " + attempt(what, time_max);
  } catch (const Error& error) {
    return std::string(name_of(error.code())) + ": " + error.what();
  }
}

bool has_wall(const std::string& name) {
  const auto missing = sandbox_missing();
  return std::none_of(missing.begin(), missing.end(),
                      [&](const std::string& wall) { return wall.starts_with(name); });
}

TEST(Sandbox, FilesOfTheMachineAreNotReadable) {
  for (const char* file : {"/etc/passwd", "/proc/self/environ", "/proc/self/exe"}) {
    if (access(file, R_OK) != 0) continue;
    EXPECT_THAT(attempt(std::string("open:") + file), AnyOf("EACCES", "EPERM")) << file;
  }
  EXPECT_THAT(attempt("list:/"), AnyOf("EACCES", "EPERM"));
  EXPECT_THAT(attempt("list:/tmp"), AnyOf("EACCES", "EPERM"));
}

TEST(Sandbox, AReadableFileOfOursIsNotReadable) {
  const testing::TempDir folder;
  std::ofstream(folder / "secret") << "word";
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  EXPECT_THAT(attempt("open:" + (folder / "secret").string()), AnyOf("EACCES", "EPERM"));
}

TEST(Sandbox, FontsAreReadableWhereLandlockDecides) {
  if (!has_wall("Landlock")) GTEST_SKIP() << "no Landlock: nothing can be opened at all";
  if (access("/usr/share/fonts", R_OK) != 0) GTEST_SKIP() << "no fonts are installed";
  EXPECT_EQ(attempt("list:/usr/share/fonts"), "done");
}

TEST(Sandbox, NothingCanBeWritten) {
  const testing::TempDir folder;
  ASSERT_EQ(chmod(folder.path().c_str(), 0777), 0);
  EXPECT_EQ(attempt("write:" + (folder / "new").string()), "EPERM");
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
  EXPECT_EQ(attempt("write:/usr/share/fonts/new"), "EPERM");
}

TEST(Sandbox, NoSocketCanBeMade) {
  EXPECT_EQ(attempt("socket"), "EPERM");
  EXPECT_EQ(attempt("unix_socket"), "EPERM");
}

TEST(Sandbox, NoProcessOrThreadCanBeMade) {
  EXPECT_EQ(attempt("fork"), "EPERM");
  EXPECT_EQ(attempt("thread"), "EPERM");
}

TEST(Sandbox, NoOtherProcessCanBeSignalled) {
  EXPECT_EQ(attempt("kill:" + std::to_string(getpid())), "EPERM");
  EXPECT_EQ(attempt("tgkill:" + std::to_string(getpid())), "EPERM");
}

TEST(Sandbox, RunningAProgramOrTracingKills) {
  EXPECT_THAT(end_of("exec"), HasSubstr("treat the file as hostile"));
  EXPECT_THAT(end_of("ptrace"), HasSubstr("treat the file as hostile"));
}

TEST(Sandbox, MemoryCannotBecomeCode) { EXPECT_EQ(attempt("exec_memory"), "EPERM"); }

TEST(Sandbox, TheEnvironmentIsEmpty) { EXPECT_EQ(attempt("environment"), "empty"); }

TEST(Sandbox, RootBecomesNobody) {
  if (geteuid() != 0) GTEST_SKIP() << "not run as root";
  EXPECT_EQ(attempt("user"), "65534 65534");
}

TEST(Sandbox, OnlyItsOwnTwoDescriptorsAreOpen) {
  const std::string open = attempt("descriptors");
  EXPECT_EQ(std::count(open.begin(), open.end(), ' '), 2) << open;
}

TEST(Sandbox, TenGigabytesAreRefusedWithTheReason) {
#ifdef CARREL_SANITIZED
  GTEST_SKIP() << "sanitizers reserve terabytes of address space";
#endif
  EXPECT_EQ(end_of("allocate:10240"), "too_large: the parser ran out of its 256 MB of memory");
}

TEST(Sandbox, WhatFitsTheLimitIsGranted) { EXPECT_EQ(attempt("allocate:128"), "done"); }

TEST(Sandbox, AnEndlessLoopEndsAtItsDeadline) {
  EXPECT_EQ(end_of("spin", std::chrono::milliseconds(300)),
            "deadline: the parser took longer than 300 ms");
  EXPECT_EQ(end_of("sleep", std::chrono::seconds(1)), "deadline: the parser took longer than 1 s");
}

TEST(Sandbox, ACrashNamesItsSignal) {
#ifndef CARREL_SANITIZED  // sanitizers turn the signal into an exit of their own
  EXPECT_THAT(end_of("crash"), HasSubstr("crashed (signal 11)"));
#endif
  EXPECT_THAT(end_of("abort"), HasSubstr("crashed (signal 6)"));
}

TEST(Sandbox, AForgedAnswerIsRefused) {
  EXPECT_THAT(end_of("forge"), HasSubstr("corrupt: the parser's answer breaks its own rules"));
}

TEST(Sandbox, AnEndlessAnswerIsCutOff) {
  Nursery nursery;
  ChildRequest request = probe("flood", std::chrono::seconds(60));
  request.limits.text_bytes_max = 1 << 20;
  request.limits.memory_bytes_max = 4096ULL << 20;
  try {
    static_cast<void>(nursery.run(request, {}));
    FAIL() << "an answer of 2 GiB came through";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::too_large) << error.what();
  }
}

TEST(Nursery, StartsAgainAfterItDied) {
  Nursery nursery;
  ASSERT_EQ(decode_texts(nursery.run(probe("allocate:1", std::chrono::seconds(30)), {})).at(0),
            "done");
  const pid_t first = nursery.pid();
  ASSERT_EQ(kill(first, SIGKILL), 0);
  EXPECT_EQ(decode_texts(nursery.run(probe("allocate:1", std::chrono::seconds(30)), {})).at(0),
            "done");
  EXPECT_NE(nursery.pid(), first);
}

TEST(Nursery, ARequestUnderWayWhenItDiesIsAnsweredByTheNext) {
  Nursery nursery;
  static_cast<void>(nursery.run(probe("allocate:1", std::chrono::seconds(30)), {}));
  const pid_t first = nursery.pid();
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    kill(first, SIGKILL);
  });
  // Sleeps beyond the kill; the second child sleeps until the deadline, which is the sign of it.
  std::string end;
  try {
    static_cast<void>(nursery.run(probe("sleep", std::chrono::seconds(2)), {}));
  } catch (const Error& error) {
    end = error.what();
  }
  killer.join();
  EXPECT_EQ(end, "the parser took longer than 2 s");
  EXPECT_NE(nursery.pid(), first);
}

TEST(Nursery, ManyThreadsShareOne) {
  Nursery nursery;
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i)
        done +=
            decode_texts(nursery.run(probe("environment", std::chrono::seconds(60)), {})).at(0) ==
            "empty";
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 40);
}

}  // namespace
}  // namespace carrel::ingest
