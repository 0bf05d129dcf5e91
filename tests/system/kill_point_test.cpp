// Claim: kill -9 at any named point loses nothing acknowledged, and the next start needs no repair.
//
// A child goes through every way of writing, acknowledging each when it is done, and is killed just
// before or just after a chosen call that changes a file. Points are named by the call and the kind
// of file ("sync carrel.db-wal"); each draw takes a point and then one of its calls, so that rare
// points are met as often as common ones. CARREL_RUNS kills, the seed is printed.
#include <algorithm>
#include <iostream>
#include <set>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

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

constexpr int kFinished = 7;  // the child's exit status where it came to its end

struct Course {
  std::vector<Content> after;  // after[i]: once i operations are acknowledged
  std::map<std::string, std::uint64_t> points;
};

Course undisturbed(FaultWorld& world) {
  Course course;
  course.after.push_back(FaultWorld::reopen(world.fresh()));
  world.fresh();
  {
    const FaultyDisk disk({world.struck()});
    auto app = cli::App::open(world.library());
    for (const Operation& operation : FaultWorld::operations()) {
      operation.run(*app, world.outside());
      course.after.push_back(FaultWorld::content_of(*app));
    }
    app.reset();
    course.points = disk.points();
  }
  // What lies beside the library is judged when it is opened; the last two make it.
  const Content last = FaultWorld::reopen(world.library());
  course.after.at(course.after.size() - 2)["backup"] = last.at("backup");
  course.after.back() = last;
  return course;
}

// In a child: opening is part of what is interrupted. One byte a finished operation is the
// acknowledgement.
[[noreturn]] void work(const FaultWorld& world, const FaultPlan& plan,
                       const std::filesystem::path& acknowledged) {
  int status = 1;
  {
    const FaultyDisk disk(plan);
    try {
      auto app = cli::App::open(world.library());
      for (const Operation& operation : FaultWorld::operations()) {
        operation.run(*app, world.outside());
        replace_file_unsynced(acknowledged, read_file(acknowledged, 1000) + "+");
      }
      app.reset();
      status = kFinished;
    } catch (const std::exception& e) {
      std::cerr << "the child failed by itself: " << e.what() << std::endl;
    }
  }
  ::_exit(status);
}

TEST(KillPoints, NothingAcknowledgedIsLost) {
  const std::uint64_t seed = testing::test_seed();
  Rng rng(seed);
  FaultWorld world;
  const Course course = undisturbed(world);
  std::vector<std::pair<std::string, std::uint64_t>> points(course.points.begin(),
                                                            course.points.end());
  ASSERT_GT(points.size(), 30u);
  const auto acknowledged = world.outside() / "acknowledged";
  const int kills = testing::test_runs(10);
  std::set<std::string> met;
  int killed = 0;
  for (int i = 0; i < kills; ++i) {
    const auto& [name, calls] = points[rng.below(points.size())];
    world.fresh();
    const FaultPlan plan{world.struck(),
                         rng.chance(0.5) ? FaultKind::kill_before : FaultKind::kill_after,
                         1 + rng.below(calls), name};
    SCOPED_TRACE(::testing::Message()
                 << "CARREL_SEED=" << seed << ", kill " << i << " at call " << plan.nth << " of "
                 << name << (plan.kind == FaultKind::kill_before ? ", before" : ", after"));
    replace_file_unsynced(acknowledged, "");
    const pid_t child = ::fork();
    if (child == 0) work(world, plan, acknowledged);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == kFinished);
    const std::size_t done = read_file(acknowledged, 1000).size();
    const Content& before = course.after[done];
    const Content& after = course.after[std::min(done + 1, course.after.size() - 1)];
    const Content found = FaultWorld::reopen(world.library());
    for (const auto& lost : testing::lost_things(before, after, found, false))
      ADD_FAILURE() << lost;
    if (HasFailure()) return;
    if (!WIFSIGNALED(status)) continue;  // threads took another turn: the call did not come
    ++killed;
    met.insert(name);
  }
  std::cout << killed << " kills at " << met.size() << " of " << points.size() << " named points\n";
  EXPECT_GT(killed, kills / 2);
}

}  // namespace
}  // namespace carrel
