// Claim: whichever write or sync fails, in whatever is being done, the library is whole afterwards,
// nothing that was reported as done is lost, and the error says what is wrong.
//
// For every way of writing, calls that change a file fail once, find the disk full from there on,
// or find it read-only from there on. CARREL_RUNS=0 tries the first, second, nth call until the
// work succeeds; else so many calls of each way are drawn from the seed.
#include <algorithm>
#include <array>
#include <iostream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "tests/system/fault_world.h"
#include "tests/system/faulty_disk.h"

namespace carrel {
namespace {

using testing::Content;
using testing::FaultKind;
using testing::FaultPlan;
using testing::FaultWorld;
using testing::FaultyDisk;
using testing::Operation;

struct Outcome {
  bool has_struck = false;
  bool is_done = false;  // reported as done
  std::string at;
  std::string complaint;
};

Outcome attempt(FaultWorld& world, const Operation& operation, const FaultPlan& plan,
                bool tries_again) {
  Outcome out;
  auto app = cli::App::open(world.fresh());
  {
    const FaultyDisk disk(plan);
    try {
      operation.run(*app, world.outside());
      out.is_done = true;
    } catch (const Error& e) {
      out.complaint = e.what();
    } catch (const std::exception& e) {
      ADD_FAILURE() << "a foreign exception came through: " << e.what();
    }
    if (!tries_again) app.reset();  // what closing writes fails too
    out.has_struck = disk.has_struck();
    out.at = disk.struck_at();
  }
  // The disk is well again: the same process goes on, without a restart.
  if (tries_again && !out.is_done) {
    try {
      operation.run(*app, world.outside());
      out.is_done = true;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::not_found && e.code() != ErrorCode::conflict)
        out.complaint += " / and again: " + std::string(e.what());
    }
  }
  return out;
}

bool is_clear(const std::string& complaint, FaultKind kind) {
  const auto says = [&](const char* what) { return complaint.find(what) != std::string::npos; };
  if (says("/ and again"))
    return says("already") || says("no hold");  // it was done before the fault came
  if (kind == FaultKind::full) return says("space") || says("full") || says("administrator");
  return complaint.size() > 10;
}

struct Expected {
  Content before;
  Content after;
  std::uint64_t calls = 0;  // that change a file
};

Expected expected_of(FaultWorld& world, const Operation& operation) {
  Expected out{.before = FaultWorld::reopen(world.fresh())};
  {
    const auto app = cli::App::open(world.fresh());
    const FaultyDisk disk({world.struck()});
    operation.run(*app, world.outside());
    out.calls = disk.calls();
  }
  out.after = FaultWorld::reopen(world.library());
  return out;
}

// False: the call came too late to strike, the work had succeeded before.
bool survives(FaultWorld& world, const Operation& operation, const Expected& expected,
              FaultKind kind, std::uint64_t nth) {
  const FaultPlan plan{world.struck(), kind, nth};
  const Outcome outcome = attempt(world, operation, plan, nth % 2 == 0);
  SCOPED_TRACE(::testing::Message()
               << operation.name << ", fault " << static_cast<int>(kind) << " at call " << nth
               << ": " << outcome.at << "; " << outcome.complaint);
  const Content found = FaultWorld::reopen(world.library());
  for (const auto& lost :
       testing::lost_things(expected.before, expected.after, found, outcome.is_done))
    ADD_FAILURE() << lost;
  EXPECT_TRUE(outcome.complaint.empty() || is_clear(outcome.complaint, kind));
  return outcome.has_struck;
}

constexpr std::array kKinds = {FaultKind::fail_once, FaultKind::full, FaultKind::read_only};

class FaultsOf : public ::testing::TestWithParam<Operation> {};

TEST_P(FaultsOf, LeaveAWholeLibraryWhicheverCallFails) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  FaultWorld world;
  const int runs = testing::test_runs(2);
  std::uint64_t tried = 0;
  const Operation& operation = GetParam();
  const Expected expected = expected_of(world, operation);
  if (runs == 0) {
    for (const FaultKind kind : kKinds)
      for (std::uint64_t n = 1; survives(world, operation, expected, kind, n); ++n) ++tried;
  }
  for (int i = 0; i < runs; ++i, ++tried)
    survives(world, operation, expected, kKinds[rng.below(kKinds.size())],
             1 + rng.below(expected.calls));
  std::cout << tried << " failing calls tried; a run without a fault makes " << expected.calls
            << '\n';
}

INSTANTIATE_TEST_SUITE_P(EveryWayOfWriting, FaultsOf, ::testing::ValuesIn(FaultWorld::operations()),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

// The judge must be able to convict: what was acknowledged and is not there is found.
TEST(Faults, TheJudgeConvictsWhenSomethingIsLost) {
  const Content before = {{"document a", "1"}, {"document b", "1"}};
  const Content after = {{"document a", "2"}, {"document b", "1"}, {"document c", "1"}};
  EXPECT_EQ(testing::lost_things(before, after, after, true).size(), 0u);
  EXPECT_EQ(testing::lost_things(before, after, before, false).size(), 0u);
  EXPECT_EQ(testing::lost_things(before, after, before, true).size(), 2u);
  EXPECT_EQ(testing::lost_things(before, after, {{"document a", "3"}}, false).size(), 2u);
}

// And the disk must really fail: each kind of fault stops a write that is not repeated.
TEST(Faults, TheDiskFailsAsItWasTold) {
  const testing::TempDir folder;
  for (const FaultKind kind : kKinds) {
    const FaultyDisk disk({folder.path(), kind, 1});
    EXPECT_THROW(write_file_atomically(folder / "file", "words"), Error);
    EXPECT_TRUE(disk.has_struck());
    EXPECT_EQ(disk.struck_at(), "create file.new-*-*");
  }
  write_file_atomically(folder / "file", "words");
  EXPECT_EQ(read_file(folder / "file", 10), "words");
}

}  // namespace
}  // namespace carrel
