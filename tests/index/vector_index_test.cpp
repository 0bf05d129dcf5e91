// Claims about single operations of the vector index, with expected values worked by hand.
#include "index/vector_index.h"

#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

using vector_data::AdmitAll;
using vector_data::AdmitSet;

const AdmitAll kAll;
constexpr double kHalfStep = 5e-4;  // embeddings are stored as float16

std::vector<std::int64_t> ids(const std::vector<Candidate>& found) {
  std::vector<std::int64_t> out;
  for (const Candidate& one : found) out.push_back(one.chunk.value);
  return out;
}

std::vector<Candidate> find(const VectorIndex& index, const std::vector<float>& query,
                            std::size_t k = 10,
                            FilterStrategy strategy = FilterStrategy::automatic) {
  return index.search(query, {.k = k, .ef_search = 64, .strategy = strategy}, kAll);
}

ErrorCode code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_FALSE(std::string(error.what()).empty());
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::unavailable;
}

constexpr FilterStrategy kStrategies[] = {FilterStrategy::automatic, FilterStrategy::exact_scan,
                                          FilterStrategy::graph_walk};

TEST(VectorIndex, AnEmptyIndexFindsNothing) {
  VectorIndex index(2, {});
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_TRUE(find(index, {1, 0}, 10, strategy).empty());
  }
  index.erase(ChunkId{1});
  EXPECT_EQ(index.size(), 0u);
  EXPECT_FALSE(index.contains(ChunkId{1}));
  EXPECT_FALSE(index.embedding(ChunkId{1}).has_value());
  EXPECT_TRUE(index.verify().empty());
}

TEST(VectorIndex, FindsTheNearestFirstWithItsInnerProduct) {
  VectorIndex index(2, {});
  index.insert(ChunkId{1}, std::vector<float>{1, 0});
  index.insert(ChunkId{2}, std::vector<float>{0.6F, 0.8F});
  index.insert(ChunkId{3}, std::vector<float>{-1, 0});
  for (const FilterStrategy strategy : kStrategies) {
    const std::vector<Candidate> found = find(index, {0.8F, 0.6F}, 3, strategy);
    EXPECT_EQ(ids(found), (std::vector<std::int64_t>{2, 1, 3}));
    EXPECT_NEAR(found[0].score, 0.96, kHalfStep);
    EXPECT_NEAR(found[1].score, 0.8, kHalfStep);
    EXPECT_NEAR(found[2].score, -0.8, kHalfStep);
  }
}

TEST(VectorIndex, TiesComeByAscendingChunk) {
  VectorIndex index(2, {});
  for (const std::int64_t chunk : {9, 4, 7, 1}) {
    index.insert(ChunkId{chunk}, std::vector<float>{0, 1});
  }
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_EQ(ids(find(index, {0, 1}, 10, strategy)), (std::vector<std::int64_t>{1, 4, 7, 9}));
  }
}

TEST(VectorIndex, AsksForMoreThanThereAreAndGetsAll) {
  VectorIndex index(1, {});
  index.insert(ChunkId{5}, std::vector<float>{1});
  index.insert(ChunkId{6}, std::vector<float>{-1});
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_EQ(ids(find(index, {1}, 1'000'000, strategy)), (std::vector<std::int64_t>{5, 6}));
    EXPECT_TRUE(find(index, {1}, 0, strategy).empty());
  }
}

TEST(VectorIndex, AsManyAsCanBeNamedAreAllThereAre) {
  constexpr std::size_t kDim = 160;  // a scan of so many begins with sketches
  constexpr std::int64_t kCount = 500;
  Rng rng(carrel::testing::test_seed());
  VectorIndex index(kDim, {.m = 4, .ef_construction = 4});
  for (std::int64_t i = 1; i <= kCount; ++i) {
    std::vector<float> values(kDim);
    for (float& v : values) v = static_cast<float>(rng.normal());
    vector_data::make_unit(values);
    index.insert(ChunkId{i}, values);
  }
  for (const FilterStrategy strategy : kStrategies) {
    for (const unsigned bit : {62, 63}) {
      EXPECT_EQ(find(index, std::vector<float>(kDim, 1), std::size_t{1} << bit, strategy).size(),
                static_cast<std::size_t>(kCount));
    }
  }
}

TEST(VectorIndex, AZeroEmbeddingIsStoredButNeverFound) {
  VectorIndex index(3, {});
  index.insert(ChunkId{1}, std::vector<float>{0, 0, 0});
  index.insert(ChunkId{2}, std::vector<float>{0, 0, -1});
  EXPECT_EQ(index.size(), 2u);
  EXPECT_EQ(index.embedding(ChunkId{1}), (std::vector<float>{0, 0, 0}));
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_EQ(ids(find(index, {0, 0, 1}, 10, strategy)), (std::vector<std::int64_t>{2}));
    EXPECT_TRUE(find(index, {0, 0, 0}, 10, strategy).empty());  // near to nothing
  }
  index.insert(ChunkId{1}, std::vector<float>{0, 0, 1});
  EXPECT_EQ(ids(find(index, {0, 0, 1})), (std::vector<std::int64_t>{1, 2}));
  index.insert(ChunkId{2}, std::vector<float>{0, 0, 0});
  EXPECT_EQ(ids(find(index, {0, 0, 1})), (std::vector<std::int64_t>{1}));
  EXPECT_TRUE(index.verify().empty());
}

TEST(VectorIndex, AReplacedEmbeddingIsFoundAtItsNewPlaceOnly) {
  VectorIndex index(2, {});
  index.insert(ChunkId{1}, std::vector<float>{1, 0});
  index.insert(ChunkId{2}, std::vector<float>{0.8F, 0.6F});
  index.insert(ChunkId{1}, std::vector<float>{0, 1});
  const std::vector<Candidate> found = find(index, {1, 0});
  EXPECT_EQ(ids(found), (std::vector<std::int64_t>{2, 1}));
  EXPECT_NEAR(found[1].score, 0, 1e-6);
  EXPECT_EQ(index.size(), 2u);
  EXPECT_EQ(index.embedding(ChunkId{1}), (std::vector<float>{0, 1}));
}

TEST(VectorIndex, AnErasedChunkIsGoneAtOnceAndMayComeBack) {
  VectorIndex index(2, {});
  index.insert(ChunkId{1}, std::vector<float>{1, 0});
  index.insert(ChunkId{2}, std::vector<float>{0, 1});
  index.erase(ChunkId{1});
  EXPECT_EQ(ids(find(index, {1, 0})), (std::vector<std::int64_t>{2}));
  EXPECT_FALSE(index.contains(ChunkId{1}));
  index.erase(ChunkId{2});
  EXPECT_TRUE(find(index, {1, 0}).empty());
  index.insert(ChunkId{1}, std::vector<float>{1, 0});
  EXPECT_EQ(ids(find(index, {1, 0})), (std::vector<std::int64_t>{1}));
  EXPECT_TRUE(index.verify().empty());
}

TEST(VectorIndex, RefusesWhatIsNotAnEmbedding) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  VectorIndex index(2, {});
  for (const std::vector<float>& bad :
       {std::vector<float>{1}, {1, 0, 0}, {kNan, 0}, {kInfinity, 0}, {3, 4}, {0.1F, 0.1F}}) {
    EXPECT_EQ(code_of([&] { index.insert(ChunkId{1}, bad); }), ErrorCode::invalid_argument);
  }
  for (const std::int64_t bad : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 32}) {
    EXPECT_EQ(code_of([&] {
                index.insert(ChunkId{bad}, std::vector<float>{1, 0});
              }),
              ErrorCode::invalid_argument);
    EXPECT_FALSE(index.contains(ChunkId{bad}));
  }
  for (const std::vector<float>& bad :
       {std::vector<float>{1}, {1, 0, 0}, {kNan, 0}, {0, -kInfinity}, {1e20F, 0}}) {
    EXPECT_EQ(code_of([&] { find(index, bad); }), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(index.size(), 0u);
}

TEST(VectorIndex, RefusesOptionsOutOfRange) {
  for (const std::size_t dim : {0, 4097}) {
    EXPECT_EQ(code_of([&] { VectorIndex(dim, {}); }), ErrorCode::invalid_argument);
  }
  for (const std::size_t m : {3, 65}) {
    EXPECT_EQ(code_of([&] { VectorIndex(8, {.m = m}); }), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(code_of([&] { VectorIndex(8, {.ef_construction = 0}); }), ErrorCode::invalid_argument);
}

TEST(VectorIndex, WorksInEveryDimension) {
  Rng rng(carrel::testing::test_seed());
  for (const std::size_t dim : {1, 2, 15, 16, 17, 63, 64, 65, 384, 1000, 4096}) {
    SCOPED_TRACE(dim);
    vector_data::Rows rows{dim, std::vector<float>(dim * 40)};
    VectorIndex index(dim, {.m = 4, .ef_construction = 50});
    for (std::size_t i = 0; i < 40; ++i) {
      const std::span<float> row(&rows.values[i * dim], dim);
      for (float& v : row) v = static_cast<float>(rng.normal());
      vector_data::make_unit(row);
      vector_data::round_to_half(row);
      index.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, row);
    }
    for (std::size_t i = 0; i < 40; ++i) {
      const std::vector<Candidate> truth = vector_data::brute_force(rows, rows[i], 5, kAll);
      for (const FilterStrategy strategy : kStrategies) {
        const auto found = index.search(rows[i], {.k = 5, .strategy = strategy}, kAll);
        EXPECT_EQ(vector_data::hits(truth, found), 5u);
        EXPECT_NEAR(found[0].score, 1, 2e-3);
      }
    }
    EXPECT_TRUE(index.verify().empty());
  }
}

// Many copies of one text are common in a library; a graph that links copies to copies alone falls
// apart.
TEST(VectorIndex, ManyEqualEmbeddingsStayReachable) {
  VectorIndex index(8, {.m = 4, .ef_construction = 20});
  vector_data::Clusters clusters(3, 8, 4);
  const vector_data::Rows rows = clusters.draw(3);
  constexpr std::int64_t kCopies = 700;
  for (std::int64_t i = 0; i < kCopies; ++i) {
    index.insert(ChunkId{i + 1}, rows[static_cast<std::size_t>(i) % 3]);
  }
  EXPECT_EQ(index.verify(), std::vector<std::string>{});
  const auto found = index.search(
      rows[0], {.k = kCopies, .ef_search = kCopies, .strategy = FilterStrategy::graph_walk}, kAll);
  EXPECT_EQ(found.size(), static_cast<std::size_t>(kCopies));
  for (std::int64_t i = 0; i < kCopies; i += 2) index.erase(ChunkId{i + 1});
  EXPECT_EQ(index.verify(), std::vector<std::string>{});
  const auto left = index.search(
      rows[0], {.k = kCopies, .ef_search = kCopies, .strategy = FilterStrategy::graph_walk}, kAll);
  EXPECT_EQ(left.size(), static_cast<std::size_t>(kCopies / 2));
}

TEST(VectorIndex, EqualSeedsBuildEqualGraphs) {
  vector_data::Clusters clusters(5, 24, 20);
  const vector_data::Rows rows = clusters.draw(400);
  const auto build = [&](std::uint64_t seed) {
    VectorIndex index(24, {.m = 8, .seed = seed});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      index.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, rows[i]);
    }
    vector_data::Checkpoint out;
    out.take(index);
    return out;
  };
  EXPECT_EQ(build(1), build(1));
  EXPECT_NE(build(1), build(2));
}

// Admission that counts how often it is asked.
class CountingAdmission final : public Admission {
 public:
  bool admits(ChunkId chunk) const noexcept override {
    ++asked;
    return chunk.value == 3;
  }
  std::size_t admitted_count() const noexcept override { return upper_bound; }
  std::size_t upper_bound = 0;
  mutable std::size_t asked = 0;
};

TEST(VectorIndex, AFilterThatAdmitsNothingIsTakenAtItsWord) {
  VectorIndex index(1, {});
  for (std::int64_t i = 1; i <= 5; ++i) index.insert(ChunkId{i}, std::vector<float>{1});
  CountingAdmission none;
  EXPECT_TRUE(index.search(std::vector<float>{1}, {}, none).empty());
  EXPECT_EQ(none.asked, 0u);
  none.upper_bound = 1'000'000;  // an upper bound may be far too large
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_EQ(ids(index.search(std::vector<float>{1}, {.strategy = strategy}, none)),
              (std::vector<std::int64_t>{3}));
  }
}

// A list may be older than the filter's mind: what is listed is still asked for.
class StaleList final : public Admission {
 public:
  bool admits(ChunkId chunk) const noexcept override { return chunk.value == 2; }
  std::size_t admitted_count() const noexcept override { return 4; }
  bool can_list() const noexcept override { return true; }
  void list(std::vector<ChunkId>& out) const override {
    out.insert(out.end(), list_.begin(), list_.end());
  }

 private:
  std::vector<ChunkId> list_{ChunkId{2}, ChunkId{1}, ChunkId{2}, ChunkId{77}};
};

TEST(VectorIndex, AListedChunkIsStillAskedForAndComesOnce) {
  VectorIndex index(1, {});
  for (std::int64_t i = 1; i <= 5; ++i) index.insert(ChunkId{i}, std::vector<float>{1});
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_EQ(ids(index.search(std::vector<float>{1}, {.strategy = strategy}, StaleList{})),
              (std::vector<std::int64_t>{2}));
  }
}

// Lists all that there is, and admits every other one.
class HalfTrueList final : public Admission {
 public:
  explicit HalfTrueList(std::int64_t count) : count_(count) {}
  bool admits(ChunkId chunk) const noexcept override { return chunk.value % 2 == 1; }
  std::size_t admitted_count() const noexcept override { return static_cast<std::size_t>(count_); }
  bool can_list() const noexcept override { return true; }
  void list(std::vector<ChunkId>& out) const override {
    for (std::int64_t i = 1; i <= count_; ++i) out.push_back(ChunkId{i});
  }

 private:
  std::int64_t count_;
};

TEST(VectorIndex, AListedChunkThatIsRefusedTakesNobodysPlace) {
  constexpr std::int64_t kCount = 300;
  VectorIndex index(2, {.metric = Metric::inner_product});
  for (std::int64_t i = 1; i <= kCount; ++i) {
    index.insert(ChunkId{i}, std::vector<float>{static_cast<float>(i), 1});
  }
  for (const FilterStrategy strategy : kStrategies) {
    EXPECT_EQ(ids(index.search(std::vector<float>{1, 0}, {.k = 3, .strategy = strategy},
                               HalfTrueList(kCount))),
              (std::vector<std::int64_t>{299, 297, 295}));
  }
}

// Between the count of what is stored and the list of it, another chunk comes.
class GrowingList final : public Admission {
 public:
  explicit GrowingList(VectorIndex& index) : index_(index) {}
  bool admits(ChunkId) const noexcept override { return true; }
  std::size_t admitted_count() const noexcept override { return 6; }
  bool can_list() const noexcept override { return true; }
  void list(std::vector<ChunkId>& out) const override {
    index_.insert(ChunkId{6}, std::vector<float>{6});
    for (std::int64_t i = 1; i <= 6; ++i) out.push_back(ChunkId{i});
  }

 private:
  VectorIndex& index_;
};

TEST(VectorIndex, AChunkThatComesMeanwhileTakesNobodysPlace) {
  VectorIndex index(1, {.metric = Metric::inner_product});
  for (std::int64_t i = 1; i <= 5; ++i) {
    index.insert(ChunkId{i}, std::vector<float>{static_cast<float>(i)});
  }
  const auto found = ids(index.search(
      std::vector<float>{1}, {.strategy = FilterStrategy::exact_scan}, GrowingList(index)));
  for (std::int64_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(std::count(found.begin(), found.end(), i), 1) << "chunk " << i;
  }
}

TEST(VectorIndex, MovesWithAllItHolds) {
  VectorIndex index(1, {});
  index.insert(ChunkId{1}, std::vector<float>{1});
  const VectorIndex moved = std::move(index);
  EXPECT_EQ(ids(find(moved, {1})), (std::vector<std::int64_t>{1}));
}

// A search may know from the one before it where the chunks of the same list are.
TEST(VectorIndex, AListAskedForAgainIsOfTheIndexAsItIsNow) {
  constexpr std::int64_t kChunks = 30;
  constexpr std::size_t kDim = 24;
  Rng rng(carrel::testing::test_seed());
  VectorIndex index(kDim, {});
  vector_data::Clusters clusters(rng.next(), kDim, 5);
  std::map<ChunkId, std::vector<float>> stored;
  std::vector<ChunkId> odd;
  for (std::int64_t i = 1; i <= kChunks; i += 2) odd.push_back(ChunkId{i});
  const vector_data::AdmitSet list(odd, true);
  for (int step = 0; step < 300; ++step) {
    const ChunkId chunk{1 + static_cast<std::int64_t>(rng.below(kChunks))};
    if (rng.chance(0.4)) {
      index.erase(chunk);
      stored.erase(chunk);
    } else {
      const vector_data::Rows row = clusters.draw(1);
      index.insert(chunk, row[0]);
      stored[chunk].assign(row[0].begin(), row[0].end());
    }
    const vector_data::Rows query = clusters.draw(1);
    for (int again = 0; again < 2; ++again) {
      const auto found = index.search(query[0], {.k = kChunks}, list);
      std::map<ChunkId, double> scores;
      for (const Candidate& one : found) scores[one.chunk] = one.score;
      EXPECT_EQ(scores.size(), found.size());
      std::size_t expected = 0;
      for (const ChunkId one : odd) {
        if (!stored.contains(one)) continue;
        ++expected;
        ASSERT_TRUE(scores.contains(one)) << "step " << step;
        EXPECT_NEAR(scores[one], vector_data::inner_product(stored[one], query[0]), 1e-4);
      }
      EXPECT_EQ(found.size(), expected);
    }
  }
}

}  // namespace
}  // namespace carrel::index
