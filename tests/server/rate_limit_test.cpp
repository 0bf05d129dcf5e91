// Claims: each key has its own tokens, twice the rate in one moment, then the rate.
#include "server/rate_limit.h"

#include <gtest/gtest.h>

namespace carrel::server {
namespace {

TEST(RateLimit, GivesABurstOfTwoSecondsAndThenTheRate) {
  RateLimit limit(10);
  const RateLimit::Time start{};
  const auto taken = [&](const std::string& key, std::chrono::milliseconds at) {
    int n = 0;
    while (limit.try_take(key, start + at)) ++n;
    return n;
  };
  using std::chrono::milliseconds;
  EXPECT_EQ(taken("ana", milliseconds(0)), 20);
  EXPECT_EQ(taken("ben", milliseconds(0)), 20);
  EXPECT_EQ(taken("ana", milliseconds(500)), 5);
  EXPECT_EQ(taken("ana", milliseconds(3'600'000)), 20);  // never more than a burst
}

TEST(RateLimit, AFloodOfKeysTakesNoMoreMemoryAndLocksNobodyOut) {
  RateLimit limit(1);
  for (int i = 0; i < 100'000; ++i)
    ASSERT_TRUE(limit.try_take(std::to_string(i), RateLimit::Time{}));
}

}  // namespace
}  // namespace carrel::server
