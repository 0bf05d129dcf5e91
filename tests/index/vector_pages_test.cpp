// Claim: a checkpoint loads into the same graph, and pages that were damaged, lost, mixed or made
// up give Error corrupt, never a wrong index.
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/hash.h"
#include "index/vector_index.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

constexpr std::size_t kDim = 12;
constexpr VectorIndexOptions kOptions{.m = 8, .ef_construction = 60, .seed = 3};

using Pages = std::vector<std::string>;

class VectorPages : public ::testing::Test {
 protected:
  VectorPages() : clusters_(11, kDim, 30), rows_(clusters_.draw(4'000)), index_(kDim, kOptions) {
    for (std::size_t i = 0; i < rows_.size(); ++i) insert(i);
    for (std::size_t i = 0; i < rows_.size(); i += 7) {
      index_.erase(ChunkId{static_cast<std::int64_t>(i) + 1});
    }
    pages_ = index_.save_pages();
  }

  void insert(std::size_t i) { index_.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, rows_[i]); }

  VectorIndex load(const Pages& pages, std::size_t dim = kDim,
                   const VectorIndexOptions& options = kOptions) {
    return VectorIndex::load_pages(dim, options, pages, [&](ChunkId chunk, std::span<float> out) {
      const auto at = static_cast<std::size_t>(chunk.value) - 1;
      if (at >= rows_.size()) return false;
      std::copy(rows_[at].begin(), rows_[at].end(), out.begin());
      return true;
    });
  }

  // None: it loaded.
  std::optional<ErrorCode> error_of(const Pages& pages) {
    try {
      const VectorIndex loaded = load(pages);
      EXPECT_TRUE(loaded.verify().empty());
      return std::nullopt;
    } catch (const Error& error) {
      return error.code();
    }
  }

  // A forged page: the checksum fits again.
  static void seal(std::string& page) {
    const std::size_t body = page.size() - 8;
    const std::uint64_t sum = checksum64(bytes_of(std::string_view(page).substr(0, body)));
    for (std::size_t i = 0; i < 8; ++i) page[body + i] = static_cast<char>(sum >> (8 * i));
  }

  vector_data::Clusters clusters_;
  vector_data::Rows rows_;
  VectorIndex index_;
  Pages pages_;
};

TEST_F(VectorPages, LoadIntoTheSameGraphAndTheSameAnswers) {
  ASSERT_GT(pages_.size(), 2u);
  for (const std::string& page : pages_) EXPECT_LE(page.size(), VectorIndex::kPageBytes);
  const VectorIndex loaded = load(pages_);
  EXPECT_EQ(loaded.verify(), std::vector<std::string>{});
  EXPECT_EQ(loaded.save_pages(), pages_);
  EXPECT_EQ(loaded.size(), index_.size());
  const vector_data::AdmitAll all;
  const vector_data::Rows queries = clusters_.draw(50);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const VectorSearch how{.k = 10, .ef_search = 30, .strategy = FilterStrategy::graph_walk};
    const auto before = index_.search(queries[q], how, all);
    const auto after = loaded.search(queries[q], how, all);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].chunk, after[i].chunk);
      EXPECT_EQ(before[i].score, after[i].score);
    }
  }
}

TEST_F(VectorPages, AnEmptyIndexSavesAndLoads) {
  const Pages pages = VectorIndex(kDim, kOptions).save_pages();
  EXPECT_EQ(pages.size(), 1u);
  EXPECT_EQ(load(pages).size(), 0u);
}

TEST_F(VectorPages, AnyFlippedBitIsNoticed) {
  Rng rng(carrel::testing::test_seed());
  const int runs = carrel::testing::test_runs(200);
  for (int i = 0; i < runs; ++i) {
    Pages pages = pages_;
    std::string& page = pages[rng.below(pages.size())];
    const std::size_t at = rng.below(rng.chance(0.3) ? 40 : page.size());
    page[at] = static_cast<char>(page[at] ^ (1 << rng.below(8)));
    EXPECT_EQ(error_of(pages), ErrorCode::corrupt) << "byte " << at;
  }
}

TEST_F(VectorPages, MissingSwappedRepeatedAndCutPagesAreNoticed) {
  EXPECT_EQ(error_of({}), ErrorCode::corrupt);
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    Pages missing = pages_;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(error_of(missing), ErrorCode::corrupt);
    Pages swapped = pages_;
    std::swap(swapped[i], swapped[(i + 1) % pages_.size()]);
    EXPECT_EQ(error_of(swapped), ErrorCode::corrupt);
    Pages repeated = pages_;
    repeated.push_back(pages_[i]);
    EXPECT_EQ(error_of(repeated), ErrorCode::corrupt);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, std::size_t{43}, pages_[i].size() - 1}) {
      Pages cut = pages_;
      cut[i].resize(size);
      EXPECT_EQ(error_of(cut), ErrorCode::corrupt);
    }
  }
}

TEST_F(VectorPages, PagesOfTwoCheckpointsDoNotMix) {
  index_.erase(ChunkId{2});
  const Pages later = index_.save_pages();
  ASSERT_EQ(later.size(), pages_.size());
  Pages mixed = pages_;
  mixed.back() = later.back();
  EXPECT_EQ(error_of(mixed), ErrorCode::corrupt);
}

TEST_F(VectorPages, OtherSettingsDoNotFit) {
  const auto code = [&](std::size_t dim, const VectorIndexOptions& options) {
    try {
      load(pages_, dim, options);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::unavailable;
  };
  EXPECT_EQ(code(kDim + 1, kOptions), ErrorCode::corrupt);
  EXPECT_EQ(code(kDim, {.m = 9}), ErrorCode::corrupt);
}

// Bytes made up by someone who can compute checksums: any answer but a crash or a broken index.
// Payload and joined stamp of a one-page checkpoint are forged together.
TEST_F(VectorPages, ForgedBytesGiveAWholeIndexOrAnError) {
  VectorIndex small(kDim, kOptions);
  for (std::size_t i = 0; i < 60; ++i) {
    small.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, rows_[i]);
  }
  const Pages good = small.save_pages();
  ASSERT_EQ(good.size(), 1u);
  Rng rng(carrel::testing::test_seed());
  const int runs = carrel::testing::test_runs(2'000);
  int refused = 0;
  for (int i = 0; i < runs; ++i) {
    Pages pages = good;
    std::string& page = pages[0];
    constexpr std::size_t kPayload = 36;
    for (std::uint64_t n = 1 + rng.below(3); n > 0; --n) {
      const std::size_t at = kPayload + rng.below(page.size() - 8 - kPayload);
      constexpr std::uint8_t kValues[] = {0, 1, 2, 255, 254, 127};
      page[at] = static_cast<char>(rng.chance(0.5) ? kValues[rng.below(6)] : rng.below(256));
    }
    const std::uint64_t stamp =
        checksum64(bytes_of(std::string_view(page).substr(kPayload, page.size() - 8 - kPayload)));
    for (std::size_t b = 0; b < 8; ++b) page[24 + b] = static_cast<char>(stamp >> (8 * b));
    seal(page);
    const auto code = error_of(pages);
    if (!code) continue;
    ++refused;
    EXPECT_EQ(*code, ErrorCode::corrupt);
  }
  EXPECT_TRUE(runs < 100 || refused > runs / 2) << refused;  // the judge can tell
}

TEST_F(VectorPages, WhatTheDatabaseLostIsErased) {
  const VectorIndex loaded =
      VectorIndex::load_pages(kDim, kOptions, pages_, [&](ChunkId chunk, std::span<float> out) {
        if (chunk.value % 3 == 0) return false;
        const auto at = static_cast<std::size_t>(chunk.value) - 1;
        std::copy(rows_[at].begin(), rows_[at].end(), out.begin());
        return true;
      });
  EXPECT_EQ(loaded.verify(), std::vector<std::string>{});
  EXPECT_FALSE(loaded.contains(ChunkId{3}));
  EXPECT_TRUE(loaded.contains(ChunkId{2}));
}

}  // namespace
}  // namespace carrel::index
