// Claim: whatever the filter admits, from everything to one chunk in ten thousand, the nearest
// admitted ones are found: recall@10 >= 0.95 against brute force.
#include <memory>

#include <gtest/gtest.h>

#include "index/vector_index.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

using vector_data::AdmitSet;

constexpr std::size_t kDim = 32;
#ifdef CARREL_SANITIZED
constexpr std::size_t kRows = 3'000;  // the sanitizers are slow; the shares stay
#else
constexpr std::size_t kRows = 12'000;
#endif
constexpr std::size_t kQueries = 20;
constexpr double kShares[] = {1, 0.5, 0.2, 0.1, 0.03, 0.01, 0.001, 0.0001};

enum class Shape { random, region, far_from_query };

class VectorFilter : public ::testing::TestWithParam<Shape> {
 protected:
  static void SetUpTestSuite() {
    const std::size_t n = kRows;
    vector_data::Clusters clusters(carrel::testing::test_seed(), kDim, 200);
    rows_ = new vector_data::Rows(clusters.draw(n));
    queries_ = new vector_data::Rows(clusters.draw(kQueries));
    index_ = new VectorIndex(kDim, {});
    for (std::size_t i = 0; i < n; ++i) {
      index_->insert(ChunkId{static_cast<std::int64_t>(i) + 1}, (*rows_)[i]);
    }
  }
  static void TearDownTestSuite() {
    delete index_;
    delete queries_;
    delete rows_;
  }

  // Which chunks a filter of this shape admits, for one query.
  static std::vector<ChunkId> draw(Shape shape, double share, std::span<const float> query,
                                   Rng& rng) {
    const std::size_t n = rows_->size();
    const auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(share * n));
    std::vector<std::pair<double, std::int64_t>> order;
    const std::span<const float> centre = (*rows_)[rng.below(n)];
    for (std::size_t i = 0; i < n; ++i) {
      double key = rng.uniform();
      if (shape == Shape::region) key = -vector_data::inner_product((*rows_)[i], centre);
      if (shape == Shape::far_from_query) key = vector_data::inner_product((*rows_)[i], query);
      order.emplace_back(key, static_cast<std::int64_t>(i) + 1);
    }
    std::sort(order.begin(), order.end());
    std::vector<ChunkId> out;
    for (std::size_t i = 0; i < wanted; ++i) out.push_back(ChunkId{order[i].second});
    return out;
  }

  static double recall(Shape shape, double share, bool shows_list, FilterStrategy strategy) {
    Rng rng(carrel::testing::test_seed() + static_cast<std::uint64_t>(share * 1e6));
    std::size_t hit = 0;
    std::size_t wanted = 0;
    for (std::size_t q = 0; q < kQueries; ++q) {
      const std::span<const float> query = (*queries_)[q];
      const AdmitSet set(draw(shape, share, query, rng), shows_list);
      const auto truth = vector_data::brute_force(*rows_, query, 10, set);
      const auto found =
          index_->search(query, {.k = 10, .ef_search = 128, .strategy = strategy}, set);
      for (const Candidate& one : found) EXPECT_TRUE(set.admits(one.chunk));
      hit += vector_data::hits(truth, found);
      wanted += truth.size();
    }
    return static_cast<double>(hit) / static_cast<double>(wanted);
  }

  static inline vector_data::Rows* rows_ = nullptr;
  static inline vector_data::Rows* queries_ = nullptr;
  static inline VectorIndex* index_ = nullptr;
};

TEST_P(VectorFilter, AutomaticFindsTheNearestAtEveryShare) {
  for (const double share : kShares) {
    for (const bool shows_list : {false, true}) {
      EXPECT_GE(recall(GetParam(), share, shows_list, FilterStrategy::automatic), 0.95)
          << "share " << share << ", list " << shows_list;
    }
  }
}

TEST_P(VectorFilter, AScanIsExactAtEveryShare) {
  for (const double share : kShares) {
    EXPECT_EQ(recall(GetParam(), share, true, FilterStrategy::exact_scan), 1.0) << share;
  }
}

TEST_P(VectorFilter, AWalkFindsTheNearestAtEveryShare) {
  for (const double share : kShares) {
    EXPECT_GE(recall(GetParam(), share, false, FilterStrategy::graph_walk), 0.95) << share;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, VectorFilter,
                         ::testing::Values(Shape::random, Shape::region, Shape::far_from_query),
                         [](const auto& shape) {
                           return shape.param == Shape::random   ? "Random"
                                  : shape.param == Shape::region ? "Region"
                                                                 : "FarFromQuery";
                         });

}  // namespace
}  // namespace carrel::index
