// Claims: who had the worker longest comes last, and is forgiven by halves.
#include "server/recent_work.h"

#include <gtest/gtest.h>

namespace carrel::server {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr RecentWork::Time kStart{std::chrono::hours(1)};

TEST(RecentWork, AddsUpWhatEachPersonHad) {
  RecentWork recent;
  recent.add("ana", seconds(2), kStart);
  recent.add("ana", seconds(3), kStart);
  EXPECT_DOUBLE_EQ(recent.seconds_of("ana", kStart), 5);
  EXPECT_DOUBLE_EQ(recent.seconds_of("ben", kStart), 0);
}

TEST(RecentWork, ForgetsHalfOfItEveryTenMinutes) {
  RecentWork recent;
  recent.add("ana", seconds(120), kStart);
  EXPECT_DOUBLE_EQ(recent.seconds_of("ana", kStart + minutes(10)), 60);
  EXPECT_DOUBLE_EQ(recent.seconds_of("ana", kStart + minutes(30)), 15);
  recent.add("ana", seconds(40), kStart + minutes(10));
  EXPECT_DOUBLE_EQ(recent.seconds_of("ana", kStart + minutes(20)), 50);
  recent.add("ben", seconds(1), kStart + std::chrono::hours(24));  // what is next to nothing goes
  EXPECT_DOUBLE_EQ(recent.seconds_of("ana", kStart + std::chrono::hours(24)), 0);
}

}  // namespace
}  // namespace carrel::server
