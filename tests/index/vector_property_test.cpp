// Claim: after any sequence of inserts, replacements, erasures and checkpoints the index answers
// as a plain list of embeddings does, and its invariants hold.
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "index/vector_index.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

using vector_data::AdmitAll;
using vector_data::AdmitSet;

using Model = vector_data::StoredEmbeddings;

class Case {
 public:
  explicit Case(std::uint64_t seed) : rng_(seed) {
    constexpr std::size_t kDims[] = {1, 2, 3, 8, 33, 100, 384};
    constexpr std::size_t kDegrees[] = {4, 5, 8, 16};
    dim_ = kDims[rng_.below(std::size(kDims))];
    options_ = {.m = kDegrees[rng_.below(std::size(kDegrees))],
                .ef_construction = 10 + rng_.below(60),
                .seed = rng_.next()};
    chunks_ = 2 + static_cast<std::int64_t>(rng_.below(400));
    repeats_ = rng_.uniform() * 0.9;
    erases_ = 0.1 + 0.4 * rng_.uniform();
    if (rng_.chance(0.5)) options_.file = folder_ / "embeddings";
    index_ = std::make_unique<VectorIndex>(dim_, options_);
  }

  void run() {
    const std::size_t steps = 50 + rng_.below(1200);
    for (std::size_t i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
    check_all();
  }

 private:
  void step() {
    const ChunkId chunk{1 +
                        static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(chunks_)))};
    const double what = rng_.uniform();
    if (what < erases_) {
      index_->erase(chunk);
      model_.erase(chunk.value);
      changed_.insert(chunk.value);
    } else if (what < 0.88) {
      const std::vector<float> embedding = draw();
      index_->insert(chunk, embedding);
      model_[chunk.value] = embedding;
      changed_.insert(chunk.value);
    } else if (what < 0.9) {
      insert_many();
    } else if (what < 0.99) {
      search();
    } else if (rng_.chance(0.3)) {
      check_all();
      reload();
    } else if (rng_.chance(0.3)) {
      crash();
    }
  }

  void insert_many() {
    std::vector<ChunkId> chunks;
    std::vector<float> embeddings;
    for (std::uint64_t n = rng_.below(80); n > 0; --n) {
      const ChunkId chunk{
          1 + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(chunks_)))};
      const std::vector<float> embedding = draw();
      chunks.push_back(chunk);
      embeddings.insert(embeddings.end(), embedding.begin(), embedding.end());
      model_[chunk.value] = embedding;
      changed_.insert(chunk.value);
    }
    index_->insert(chunks, embeddings);
  }

  // The process ends, perhaps amid writing a checkpoint that then never counts. What opens next is
  // the last one that did, and what the change log says has changed since.
  void crash() {
    if (rng_.chance(0.5)) {
      try {
        std::uint64_t left = rng_.below(4);
        index_->checkpoint([&](std::uint32_t, std::string_view) {
          if (left-- == 0) throw std::runtime_error("the process ends");
        });
      } catch (const std::runtime_error&) {
      }
    }
    open_again();
  }

  // The last checkpoint that counts, and what the change log says has changed since. One index at a
  // time owns the file.
  void open_again() {
    index_.reset();
    if (!options_.file.empty() && rng_.chance(0.3)) damage_file();
    index_ = std::make_unique<VectorIndex>(
        checkpoint_.header.empty() ? VectorIndex(dim_, options_)
                                   : vector_data::load(dim_, options_, checkpoint_, model_));
    ASSERT_EQ(index_->verify(), std::vector<std::string>{});
    for (const std::int64_t id : changed_) {
      index_->erase(ChunkId{id});
      const auto stored = model_.find(id);
      if (stored != model_.end()) index_->insert(ChunkId{id}, stored->second);
    }
    check_all();
  }

  // A flipped bit, a lost end, a lost file.
  void damage_file() {
    std::string bytes = read_file(options_.file, std::size_t{1} << 24);
    if (bytes.empty() || rng_.chance(0.2)) {
      std::filesystem::remove(options_.file);
      return;
    }
    if (rng_.chance(0.3)) bytes.resize(rng_.below(bytes.size()));
    for (std::uint64_t n = rng_.below(5); n > 0 && !bytes.empty(); --n) {
      char& byte = bytes[rng_.below(bytes.size())];
      byte = static_cast<char>(byte ^ (1 << rng_.below(8)));
    }
    std::ofstream(options_.file, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::vector<float> draw() {
    if (!model_.empty() && rng_.chance(repeats_)) {  // the same again
      auto at = model_.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(rng_.below(model_.size())));
      return at->second;
    }
    std::vector<float> out(dim_, 0.0F);
    if (rng_.chance(0.02)) return out;
    for (float& v : out) v = static_cast<float>(rng_.normal());
    vector_data::make_unit(out);
    vector_data::round_to_half(out);
    return out;
  }

  AdmitSet draw_filter() {
    std::vector<ChunkId> chosen;
    const double share = rng_.uniform();
    for (std::int64_t i = 1; i <= chunks_; ++i) {
      if (rng_.chance(share)) chosen.push_back(ChunkId{i});
    }
    return {std::move(chosen), rng_.chance(0.5)};
  }

  std::vector<Candidate> expected(const std::vector<float>& query, std::size_t k,
                                  const Admission& admission) const {
    std::vector<Candidate> all;
    for (const auto& [id, embedding] : model_) {
      const bool is_zero =
          std::all_of(embedding.begin(), embedding.end(), [](float v) { return v == 0; });
      if (is_zero || !admission.admits(ChunkId{id})) continue;
      all.push_back({ChunkId{id}, vector_data::inner_product(embedding, query)});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    all.resize(std::min(k, all.size()));
    return all;
  }

  // With a beam as wide as the index a walk sees every node, so it owes the exact answer too.
  void search() {
    const bool everything = rng_.chance(0.3);
    const AdmitAll all;
    const AdmitSet set = draw_filter();
    const Admission& admission = everything ? static_cast<const Admission&>(all) : set;
    std::vector<float> query = draw();
    if (std::all_of(query.begin(), query.end(), [](float v) { return v == 0; })) query[0] = 1;
    const std::size_t k = 1 + rng_.below(30);
    const std::vector<Candidate> truth = expected(query, k, admission);
    for (const FilterStrategy strategy :
         {FilterStrategy::automatic, FilterStrategy::exact_scan, FilterStrategy::graph_walk}) {
      const auto found =
          index_->search(query, {.k = k, .ef_search = 1'000, .strategy = strategy}, admission);
      ASSERT_EQ(found.size(), truth.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i].score, truth[i].score, 1e-5)
            << "rank " << i << ", strategy " << static_cast<int>(strategy) << ", chunk "
            << found[i].chunk.value;
        ASSERT_TRUE(admission.admits(found[i].chunk));
        const auto stored = model_.find(found[i].chunk.value);
        ASSERT_NE(stored, model_.end());
        ASSERT_NEAR(found[i].score, vector_data::inner_product(stored->second, query), 1e-5);
        if (i == 0) continue;
        ASSERT_TRUE(found[i - 1].score > found[i].score ||
                    (found[i - 1].score == found[i].score && found[i - 1].chunk < found[i].chunk));
      }
    }
  }

  void check_all() {
    ASSERT_EQ(index_->verify(), std::vector<std::string>{});
    ASSERT_EQ(index_->size(), model_.size());
    for (std::int64_t i = 1; i <= chunks_; ++i) {
      const auto stored = model_.find(i);
      ASSERT_EQ(index_->contains(ChunkId{i}), stored != model_.end());
      const auto embedding = index_->embedding(ChunkId{i});
      ASSERT_EQ(embedding.has_value(), stored != model_.end());
      if (embedding) {
        ASSERT_EQ(*embedding, stored->second);
      }
    }
    search();
  }

  // A checkpoint; sometimes the database loses, changes or zeroes an embedding before the process
  // ends.
  void reload() {
    checkpoint_.take(*index_);
    changed_.clear();
    if (rng_.chance(0.5)) {
      const Model before = model_;
      for (const auto& [id, embedding] : before) {
        if (!rng_.chance(0.15)) continue;
        changed_.insert(id);
        model_.erase(id);
        if (rng_.chance(0.3)) continue;
        const std::vector<float> zero(dim_, 0.0F);
        model_[id] = rng_.chance(0.5) ? zero : draw();
      }
    }
    open_again();
  }

  carrel::testing::TempDir folder_;
  Rng rng_;
  std::size_t dim_ = 0;
  VectorIndexOptions options_;
  std::int64_t chunks_ = 0;
  double repeats_ = 0;
  double erases_ = 0;
  std::unique_ptr<VectorIndex> index_;
  vector_data::Checkpoint checkpoint_;
  std::set<std::int64_t> changed_;  // chunks, since the last checkpoint that counts
  Model model_;
};

TEST(VectorProperty, AnswersAsAPlainListDoes) {
  const std::uint64_t seed = carrel::testing::test_seed();
  const int runs = carrel::testing::test_runs(40);
  for (int i = 0; i < runs && !HasFailure(); ++i) {
    SCOPED_TRACE(::testing::Message()
                 << "repeat with CARREL_RUNS=1 CARREL_SEED=" << seed + static_cast<unsigned>(i));
    Case(seed + static_cast<unsigned>(i)).run();
  }
}

}  // namespace
}  // namespace carrel::index
