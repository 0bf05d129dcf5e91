// Claims: a gate lets in as many as it says, and tells the rest to come back.
#include "server/gate.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "core/error.h"
#include "server/problem.h"

namespace carrel::server {
namespace {

int status_of_entering(Gate& gate, const std::string& user) {
  try {
    const Gate::Pass pass = gate.enter(user, CancelToken());
    return 200;
  } catch (const Problem& problem) {
    return problem.status();
  }
}

TEST(Gate, RefusesWhenFullAndAdmitsAgainAfterwards) {
  Gate gate({.running_max = 1});
  {
    const Gate::Pass held = gate.enter("ana", CancelToken());
    EXPECT_EQ(status_of_entering(gate, "ben"), 503);
  }
  EXPECT_EQ(status_of_entering(gate, "ben"), 200);
  EXPECT_EQ(gate.running(), 0u);
}

TEST(Gate, OnePersonCannotTakeEveryPlace) {
  Gate gate({.running_max = 4, .per_key_max = 2});
  const Gate::Pass first = gate.enter("ana", CancelToken());
  const Gate::Pass second = gate.enter("ana", CancelToken());
  EXPECT_EQ(status_of_entering(gate, "ana"), 429);
  EXPECT_EQ(status_of_entering(gate, "ben"), 200);
}

// Many threads that come back as soon as they leave, of one key; another key arrives later.
TEST(Gate, AFloodOfOneKeyLeavesRoomForAnother) {
  Gate gate({.running_max = 1, .waiting_max = 4, .wait_max = std::chrono::hours(1)});
  auto held = std::make_unique<Gate::Pass>(gate.enter("flood", CancelToken()));
  std::vector<std::thread> flood;
  std::atomic<int> turned_away{0};
  std::vector<std::string> order;  // guarded by the gate: one runs at a time
  const auto go = [&](const std::string& key) {
    try {
      const Gate::Pass pass = gate.enter(key, CancelToken());
      order.push_back(key);
    } catch (const Problem&) {
      ++turned_away;
    }
  };
  const auto wait_until = [&](std::size_t waiting) {
    while (gate.waiting() < waiting) std::this_thread::yield();
  };
  for (std::size_t i = 0; i < 4; ++i) {
    flood.emplace_back(go, "flood");
    wait_until(i + 1);
  }
  EXPECT_EQ(status_of_entering(gate, "flood"), 503);  // full for those who wait already
  flood.emplace_back(go, "honest");                   // takes the place of one of them
  while (turned_away == 0) std::this_thread::yield();
  wait_until(4);
  held.reset();
  for (std::thread& thread : flood) thread.join();
  EXPECT_EQ(order.size(), 4u);
  EXPECT_EQ(std::count(order.begin(), order.end(), "honest"), 1);
  EXPECT_EQ(gate.running() + gate.waiting(), 0u);
}

TEST(Gate, TheNextTurnIsThatOfWhoHasLeastRunning) {
  Gate gate({.running_max = 2, .waiting_max = 4, .wait_max = std::chrono::hours(1)});
  auto first = std::make_unique<Gate::Pass>(gate.enter("ana", CancelToken()));
  auto second = std::make_unique<Gate::Pass>(gate.enter("ana", CancelToken()));
  std::atomic<bool> ana_ran{false};
  std::atomic<bool> ben_ran{false};
  std::atomic<bool> ben_may_go{false};
  std::thread ana([&] {
    const Gate::Pass pass = gate.enter("ana", CancelToken());
    ana_ran = true;
  });
  while (gate.waiting() < 1) std::this_thread::yield();
  std::thread ben([&] {
    const Gate::Pass pass = gate.enter("ben", CancelToken());
    ben_ran = true;
    while (!ben_may_go) std::this_thread::yield();
  });
  while (gate.waiting() < 2) std::this_thread::yield();
  first.reset();  // one of hers still runs: it is his turn although she came first
  while (!ben_ran) std::this_thread::yield();
  EXPECT_FALSE(ana_ran);
  ben_may_go = true;
  second.reset();
  ana.join();
  ben.join();
}

TEST(Gate, OneKeyDoesNotHoldTheLastPlace) {
  Gate gate({.running_max = 2,
             .waiting_max = 2,
             .running_per_key_max = 1,
             .wait_max = std::chrono::hours(1)});
  auto endless = std::make_unique<Gate::Pass>(gate.enter("ana", CancelToken()));
  std::atomic<bool> ana_ran{false};
  std::thread more([&] {
    const Gate::Pass pass = gate.enter("ana", CancelToken());
    ana_ran = true;
  });
  while (gate.waiting() < 1) std::this_thread::yield();
  EXPECT_EQ(status_of_entering(gate, "ben"), 200);  // past her who waits for herself
  EXPECT_FALSE(ana_ran);
  EXPECT_EQ(gate.running(), 1u);
  endless.reset();
  more.join();
  EXPECT_TRUE(ana_ran);
}

TEST(Gate, AWaiterWhoseClientLeftGivesUpItsPlace) {
  Gate gate({.running_max = 1, .waiting_max = 1, .wait_max = std::chrono::hours(1)});
  const Gate::Pass held = gate.enter("ana", CancelToken());
  const CancelToken gone;
  gone.cancel();
  EXPECT_THROW(gate.enter("ben", gone), Error);
}

}  // namespace
}  // namespace carrel::server
