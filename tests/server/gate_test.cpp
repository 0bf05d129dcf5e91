// Claims: a gate lets in as many as it says, and tells the rest to come back.
#include "server/gate.h"

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
  Gate gate({.running_max = 4, .per_user_max = 2});
  const Gate::Pass first = gate.enter("ana", CancelToken());
  const Gate::Pass second = gate.enter("ana", CancelToken());
  EXPECT_EQ(status_of_entering(gate, "ana"), 429);
  EXPECT_EQ(status_of_entering(gate, "ben"), 200);
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
