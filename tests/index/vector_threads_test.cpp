// Claim: searches beside one writer see each chunk once, whole, and as it was or is; built with
// -fsanitize=thread this is also where races show.
#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "index/vector_index.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

using vector_data::AdmitAll;
using vector_data::AdmitSet;

constexpr std::size_t kDim = 24;
constexpr std::int64_t kSteady = 200;     // chunks 1..: never touched
constexpr std::int64_t kReplaced = 100;   // then these: always there, one of two embeddings
constexpr std::int64_t kComeAndGo = 300;  // then these
constexpr std::int64_t kGone = 50;        // then these: erased before the readers begin

struct Findings {
  std::atomic<int> lost{0};
  std::atomic<int> twice{0};
  std::atomic<int> torn{0};
  std::atomic<int> risen{0};
  std::atomic<int> searches{0};
};

class Scene {
 public:
  Scene() : clusters_(17, kDim, 40), first_(clusters_.draw(kAll)), second_(clusters_.draw(kAll)) {
    for (std::int64_t i = 1; i <= kAll; ++i) put(i, first_);
    for (std::int64_t i = kAll - kGone + 1; i <= kAll; ++i) index.erase(ChunkId{i});
  }
  void put(std::int64_t chunk, const vector_data::Rows& from) {
    index.insert(ChunkId{chunk}, from[static_cast<std::size_t>(chunk) - 1]);
  }
  void write(std::uint64_t seed, int steps) {
    Rng rng(seed);
    for (int i = 0; i < steps; ++i) {
      const auto replaced = kSteady + 1 + static_cast<std::int64_t>(rng.below(kReplaced));
      put(replaced, rng.chance(0.5) ? first_ : second_);
      const auto moving =
          kSteady + kReplaced + 1 + static_cast<std::int64_t>(rng.below(kComeAndGo));
      if (rng.chance(0.5)) {
        index.erase(ChunkId{moving});
      } else {
        put(moving, rng.chance(0.5) ? first_ : second_);
      }
    }
  }
  void look(std::uint64_t seed, const std::atomic<bool>& done, Findings& findings) {
    Rng rng(seed);
    const AdmitAll all;
    std::vector<ChunkId> chosen;
    for (std::int64_t i = 1; i <= kAll; i += 2) chosen.push_back(ChunkId{i});
    const AdmitSet listed(chosen, true);
    const AdmitSet asked(chosen, false);
    while (!done.load()) {
      const std::span<const float> query = first_[rng.below(kAll)];
      judge(index.search(query, {.k = kAll, .strategy = FilterStrategy::exact_scan}, all), query, 1,
            findings);
      judge(index.search(query, {.k = kAll, .strategy = FilterStrategy::exact_scan}, asked), query,
            2, findings);
      for (int again = 0; again < 2; ++again) {  // the second may know where the first found them
        judge(index.search(query, {.k = kAll, .strategy = FilterStrategy::exact_scan}, listed),
              query, 2, findings);
      }
      for (const Admission* admission :
           {static_cast<const Admission*>(&all), static_cast<const Admission*>(&asked)}) {
        judge(index.search(query, {.k = 20, .strategy = FilterStrategy::graph_walk}, *admission),
              query, 0, findings);
      }
      const auto copy = index.embedding(ChunkId{kSteady + 1});
      if (!copy || !is_one_of(kSteady + 1, *copy)) ++findings.torn;
      ++findings.searches;
    }
  }

  VectorIndex index{kDim, {.m = 6, .ef_construction = 40}};

 private:
  static constexpr std::int64_t kAll = kSteady + kReplaced + kComeAndGo + kGone;

  bool is_one_of(std::int64_t chunk, std::span<const float> embedding) const {
    const auto at = static_cast<std::size_t>(chunk) - 1;
    return std::ranges::equal(embedding, first_[at]) || std::ranges::equal(embedding, second_[at]);
  }
  // `step`: which chunks a scan must have found (each, or each second one); 0: a walk owes none.
  void judge(const std::vector<Candidate>& found, std::span<const float> query, std::int64_t step,
             Findings& findings) const {
    std::set<std::int64_t> seen;
    for (const Candidate& one : found) {
      const auto at = static_cast<std::size_t>(one.chunk.value) - 1;
      if (!seen.insert(one.chunk.value).second) ++findings.twice;
      if (one.chunk.value > kAll - kGone) ++findings.risen;
      const double a = vector_data::inner_product(first_[at], query);
      const double b = vector_data::inner_product(second_[at], query);
      if (std::fabs(one.score - a) > 1e-5 && std::fabs(one.score - b) > 1e-5) ++findings.torn;
    }
    for (std::int64_t i = 1; step > 0 && i <= kSteady + kReplaced; i += step) {
      if (!seen.contains(i)) ++findings.lost;
    }
  }

  vector_data::Clusters clusters_;
  vector_data::Rows first_;
  vector_data::Rows second_;
};

TEST(VectorThreads, SearchesBesideAWriterSeeWholeChunksOnce) {
  const std::uint64_t seed = carrel::testing::test_seed();
  Scene scene;
  Findings findings;
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (std::uint64_t i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] { scene.look(seed + i, done, findings); });
  }
  scene.write(seed, 1'500 * carrel::testing::test_runs(1));
  while (findings.searches.load() < 10) std::this_thread::yield();
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(findings.lost.load(), 0);
  EXPECT_EQ(findings.twice.load(), 0);
  EXPECT_EQ(findings.torn.load(), 0);
  EXPECT_EQ(findings.risen.load(), 0);
  EXPECT_EQ(scene.index.verify(), std::vector<std::string>{});
}

// Slots are used again once no reader can hold them: the memory of an index follows its size, not
// its history.
TEST(VectorThreads, ChurnWithoutReadersReusesEverySlot) {
  Scene scene;
  scene.write(1, 4'000);
  EXPECT_EQ(scene.index.verify(), std::vector<std::string>{});
  EXPECT_LE(scene.index.slot_count(), 652u);
}

}  // namespace
}  // namespace carrel::index
