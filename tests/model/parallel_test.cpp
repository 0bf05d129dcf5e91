// Claim: every piece is done exactly once, and what one throws reaches the caller.
#include "model/parallel.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace carrel::model {
namespace {

TEST(RunPieces, DoesEachExactlyOnce) {
  for (const std::size_t threads : {0, 1, 2, 7}) {
    std::vector<std::atomic<int>> done(1000);
    run_pieces(done.size(), threads, [&](std::size_t i) { ++done[i]; });
    for (const auto& times : done) ASSERT_EQ(times, 1) << threads << " threads";
  }
}

TEST(RunPieces, OfNothingReturns) {
  run_pieces(0, 4, [](std::size_t) { FAIL() << "there is no piece to do"; });
}

TEST(RunPieces, HandsTheFirstExceptionToTheCallerAndStops) {
  std::atomic<int> done{0};
  const auto piece = [&](std::size_t i) {
    ++done;
    if (i == 3) throw std::runtime_error("piece 3");
  };
  EXPECT_THROW(run_pieces(1'000'000, 2, piece), std::runtime_error);
  EXPECT_LT(done, 1'000'000);
}

TEST(UsableThreads, AreAtLeastOne) { EXPECT_GE(usable_threads(), 1u); }

}  // namespace
}  // namespace carrel::model
