#include <atomic>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/random.h"
#include "ingest/read_ahead.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

using namespace std::chrono_literals;

TEST(IngestorReadAhead, ResultsComeInOrderAndWithinTheBudget) {
  const std::uint64_t seed = testing::test_seed();
  constexpr std::size_t kCount = 3000;
  constexpr std::size_t kBytesMax = 50;
  std::atomic<std::size_t> held{0};
  std::atomic<std::size_t> most{0};
  ReadAhead<std::size_t> ahead(kCount, {.threads = 4, .items_max = 16, .bytes_max = kBytesMax},
                               {.cost_before = [](std::size_t i) { return i % 13 + 1; },
                                .work =
                                    [&](std::size_t i) {
                                      const std::size_t now = held += i % 13 + 1;
                                      for (std::size_t seen = most;
                                           now > seen && !most.compare_exchange_weak(seen, now);) {
                                      }
                                      if (Rng(seed + i).chance(0.02))
                                        std::this_thread::sleep_for(1ms);
                                      return i;
                                    },
                                .cost_after = [](const std::size_t& i) { return i % 13 + 1; }});
  std::vector<std::pair<std::size_t, std::size_t>>
      batch;  // number and charge, as a writer keeps them
  std::size_t expected = 0;
  const auto settle = [&] {
    for (const auto& [number, charge] : batch) {
      held -= number % 13 + 1;
      ahead.release(charge);
    }
    batch.clear();
  };
  while (!ahead.is_finished()) {
    auto item = ahead.next(5s, !batch.empty());
    if (item) {
      ASSERT_EQ(item->result, expected++);
      batch.emplace_back(item->result, item->charge);
    }
    if (!item || batch.size() == 20) settle();
  }
  settle();
  EXPECT_EQ(expected, kCount);
  EXPECT_LE(most, kBytesMax);
  EXPECT_GT(most, 13u);  // it did run ahead
}

TEST(IngestorReadAhead, AnItemLargerThanTheBudgetGoesAlone) {
  ReadAhead<int> ahead(3, {.threads = 2, .items_max = 8, .bytes_max = 10},
                       {.cost_before = [](std::size_t) { return std::size_t{1000}; },
                        .work = [](std::size_t i) { return static_cast<int>(i); },
                        .cost_after = [](const int&) { return std::size_t{1000}; }});
  for (int i = 0; i < 3; ++i) {
    auto item = ahead.next(10s, false);
    ASSERT_TRUE(item.has_value());
    EXPECT_EQ(item->result, i);
    EXPECT_FALSE(ahead.is_finished() ? false : ahead.next(1ms, true).has_value());
    ahead.release(item->charge);
  }
  EXPECT_TRUE(ahead.is_finished());
}

TEST(IngestorReadAhead, WhatWorkThrowsComesOutAndTheThreadsEnd) {
  ReadAhead<int> ahead(100, {.threads = 3},
                       {.cost_before = [](std::size_t) { return std::size_t{1}; },
                        .work =
                            [](std::size_t i) {
                              if (i == 1) throw std::runtime_error("broken");
                              return static_cast<int>(i);
                            },
                        .cost_after = [](const int&) { return std::size_t{1}; }});
  EXPECT_EQ(ahead.next(10s, false)->result, 0);
  EXPECT_THROW(ahead.next(10s, false), std::runtime_error);
}

}  // namespace
}  // namespace carrel::ingest
