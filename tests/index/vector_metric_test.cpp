// Claim: with each metric the index finds what a plain loop over the stored values finds, with the
// metric's own value as the score; and batches build one index, on any number of threads.
#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "index/vector_team.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

constexpr std::size_t kDim = 20;
#ifdef CARREL_SANITIZED
constexpr std::size_t kRows = 600;  // the sanitizers are slow
#else
constexpr std::size_t kRows = 2'000;
#endif

vector_data::Rows draw_rows(Rng& rng, std::size_t n, double spread = 0.5) {
  vector_data::Rows rows{kDim, std::vector<float>(n * kDim)};
  for (std::size_t i = 0; i < n; ++i) {
    const double length = std::exp(spread * rng.normal());  // lengths apart
    for (std::size_t j = 0; j < kDim; ++j) {
      rows.values[i * kDim + j] = static_cast<float>(length * rng.normal());
    }
  }
  vector_data::round_to_half(rows.values);
  return rows;
}

double score(Metric metric, std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double distance = 0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    dot += static_cast<double>(a[j]) * b[j];
    distance += (static_cast<double>(a[j]) - b[j]) * (static_cast<double>(a[j]) - b[j]);
  }
  return metric == Metric::l2 ? -distance : dot;
}

std::vector<ChunkId> all_chunks() {
  std::vector<ChunkId> out;
  for (std::size_t i = 0; i < kRows; ++i) out.push_back(ChunkId{static_cast<std::int64_t>(i) + 1});
  return out;
}

TEST(VectorMetric, FindsWhatAPlainLoopFinds) {
  Rng rng(carrel::testing::test_seed());
  const vector_data::Rows rows = draw_rows(rng, kRows);
  const vector_data::Rows queries = draw_rows(rng, 30);
  const vector_data::AdmitAll all;
  for (const Metric metric : {Metric::inner_product, Metric::l2}) {
    VectorIndex index(kDim, {.metric = metric});
    index.insert(all_chunks(), rows.values);
    EXPECT_EQ(index.verify(), std::vector<std::string>{});
    std::size_t walked = 0;
    for (std::size_t q = 0; q < queries.size(); ++q) {
      std::vector<std::pair<double, std::int64_t>> truth;
      for (std::size_t i = 0; i < kRows; ++i) {
        truth.emplace_back(-score(metric, rows[i], queries[q]), static_cast<std::int64_t>(i) + 1);
      }
      std::sort(truth.begin(), truth.end());
      for (const FilterStrategy strategy :
           {FilterStrategy::exact_scan, FilterStrategy::graph_walk}) {
        const auto found =
            index.search(queries[q], {.k = 10, .ef_search = 400, .strategy = strategy}, all);
        ASSERT_EQ(found.size(), 10u);
        for (std::size_t i = 0; i < found.size(); ++i) {
          const double expected =
              score(metric, rows[static_cast<std::size_t>(found[i].chunk.value) - 1], queries[q]);
          EXPECT_NEAR(found[i].score, expected, 1e-4 * (1 + std::fabs(expected)));
          const bool is_hit = -expected <= truth[9].first + 1e-4 * (1 + std::fabs(expected));
          if (strategy == FilterStrategy::exact_scan) {
            EXPECT_TRUE(is_hit);
          } else {
            walked += is_hit ? 1 : 0;
          }
        }
      }
    }
    EXPECT_GE(walked, 10 * queries.size() * 95 / 100) << static_cast<int>(metric);
  }
}

// Lengths from a hundredth to a hundredfold: what the codes lose then is much, and known.
TEST(VectorMetric, AScanIsExactHoweverFarTheLengthsAreApart) {
  Rng rng(carrel::testing::test_seed());
  const vector_data::Rows rows = draw_rows(rng, kRows, 1.5);
  const vector_data::Rows queries = draw_rows(rng, 30, 1.5);
  const vector_data::AdmitAll all;
  for (const Metric metric : {Metric::inner_product, Metric::l2}) {
    VectorIndex index(kDim, {.metric = metric});
    index.insert(all_chunks(), rows.values);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      std::vector<double> truth;
      for (std::size_t i = 0; i < kRows; ++i) truth.push_back(score(metric, rows[i], queries[q]));
      std::sort(truth.begin(), truth.end(), std::greater<>{});
      const auto found =
          index.search(queries[q], {.k = 10, .strategy = FilterStrategy::exact_scan}, all);
      ASSERT_EQ(found.size(), 10u);
      for (std::size_t i = 0; i < found.size(); ++i) {
        const double own =
            score(metric, rows[static_cast<std::size_t>(found[i].chunk.value) - 1], queries[q]);
        // Rounding of float sums is relative to the lengths that cancel.
        const double slack =
            1e-5 * (1 + std::fabs(truth[i]) +
                    std::sqrt(score(Metric::inner_product, queries[q], queries[q])) * 300);
        EXPECT_NEAR(own, truth[i], slack) << "rank " << i;
      }
    }
  }
}

// Squares of lengths up to a million times the distances: their difference would be rounding alone.
TEST(VectorMetric, AScanIsExactHoweverFarFromZeroAllLie) {
  Rng rng(carrel::testing::test_seed());
  constexpr std::size_t kWide = 200;  // with sketches
  const vector_data::AdmitAll all;
  for (const double far : {30.0, 1000.0}) {
    vector_data::Rows rows{kWide, std::vector<float>((kRows + 10) * kWide)};
    for (float& v : rows.values) v = static_cast<float>(far + rng.normal());
    vector_data::round_to_half(rows.values);
    VectorIndex index(kWide, {.m = 4, .ef_construction = 4, .metric = Metric::l2});
    index.insert(all_chunks(), std::span(rows.values).first(kRows * kWide));
    for (std::size_t q = kRows; q < rows.size(); ++q) {
      std::vector<double> truth;
      for (std::size_t i = 0; i < kRows; ++i) truth.push_back(score(Metric::l2, rows[i], rows[q]));
      std::sort(truth.begin(), truth.end(), std::greater<>{});
      const auto found =
          index.search(rows[q], {.k = 10, .strategy = FilterStrategy::exact_scan}, all);
      ASSERT_EQ(found.size(), 10u);
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_NEAR(found[i].score, truth[i], 1e-4 * std::fabs(truth[i])) << far << ", rank " << i;
      }
    }
  }
}

TEST(VectorMetric, WithL2TheZeroEmbeddingIsAPointLikeOthers) {
  VectorIndex index(2, {.metric = Metric::l2});
  index.insert(ChunkId{1}, std::vector<float>{0, 0});
  index.insert(ChunkId{2}, std::vector<float>{3, 4});
  const vector_data::AdmitAll all;
  for (const std::vector<float>& query : {std::vector<float>{0, 0}, std::vector<float>{0, 1}}) {
    const auto found = index.search(query, {.k = 2}, all);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].chunk, ChunkId{1});
    EXPECT_NEAR(found[0].score, -query[1], 1e-6);
    EXPECT_NEAR(found[1].score, query[1] == 0 ? -25 : -18, 0.02);
  }
}

// The other threads take what parts they get: twice the same work never meets the same schedule.
TEST(VectorBatches, BuildTheSameIndexTwice) {
  vector_data::Clusters clusters(9, kDim, 40);
  const vector_data::Rows rows = clusters.draw(kRows);
  const auto build = [&] {
    VectorIndex index(kDim, {.m = 8, .ef_construction = 60});
    index.insert(all_chunks(), rows.values);
    vector_data::Checkpoint out;
    out.take(index);
    return out;
  };
  EXPECT_EQ(build(), build());
}

TEST(VectorBatches, FindAsWellAsNodesAddedOneByOne) {
  vector_data::Clusters clusters(10, kDim, 40);
  const vector_data::Rows rows = clusters.draw(kRows);
  const vector_data::Rows queries = clusters.draw(100);
  VectorIndex batched(kDim, {});
  batched.insert(all_chunks(), rows.values);
  VectorIndex single(kDim, {});
  for (std::size_t i = 0; i < kRows; ++i) {
    single.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, rows[i]);
  }
  const vector_data::AdmitAll all;
  std::size_t hits[2] = {0, 0};
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto truth = vector_data::brute_force(rows, queries[q], 10, all);
    const VectorSearch how{.k = 10, .ef_search = 20, .strategy = FilterStrategy::graph_walk};
    hits[0] += vector_data::hits(truth, batched.search(queries[q], how, all));
    hits[1] += vector_data::hits(truth, single.search(queries[q], how, all));
  }
  EXPECT_GE(hits[0] + 10, hits[1]);  // of 1,000
}

TEST(VectorBatches, AChunkNamedTwiceKeepsItsLastEmbedding) {
  VectorIndex index(2, {});
  const std::vector<ChunkId> chunks = {ChunkId{1}, ChunkId{2}, ChunkId{1}};
  index.insert(chunks, std::vector<float>{1, 0, 0, 1, -1, 0});
  EXPECT_EQ(index.size(), 2u);
  EXPECT_EQ(index.embedding(ChunkId{1}), (std::vector<float>{-1, 0}));
  EXPECT_EQ(index.verify(), std::vector<std::string>{});
}

TEST(Team, DoesEachPartOnceAndRethrows) {
  Team team;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> done(37);
    team.run(done.size(), [&](std::size_t i, std::size_t who) {
      EXPECT_LT(who, team.width());
      ++done[i];
    });
    for (const auto& one : done) EXPECT_EQ(one.load(), 1);
  }
  EXPECT_THROW(team.run(10,
                        [](std::size_t i, std::size_t) {
                          if (i == 3) throw std::runtime_error("part 3");
                        }),
               std::runtime_error);
  EXPECT_TRUE(team.try_run(1, [](std::size_t, std::size_t) {}));
}

TEST(Team, LeavesTheSecondWorkToItsOwner) {
  Team team;
  bool second = true;
  team.run(1, [&](std::size_t, std::size_t) {
    std::thread other([&] { second = team.try_run(2, [](std::size_t, std::size_t) {}); });
    other.join();
  });
  EXPECT_FALSE(second);
}

}  // namespace
}  // namespace carrel::index
