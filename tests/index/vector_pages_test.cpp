// Claim: a checkpoint loads into the same graph, and pages that were damaged, lost, mixed or made
// up give Error corrupt, never a wrong index.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "index/vector_index.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

constexpr std::size_t kDim = 12;
const VectorIndexOptions kOptions{.m = 8, .ef_construction = 60, .seed = 3};

using vector_data::Checkpoint;

class VectorPages : public ::testing::Test {
 protected:
  VectorPages() : clusters_(11, kDim, 30), rows_(clusters_.draw(4'200)), index_(kDim, kOptions) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      index_.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, rows_[i]);
      stored_[static_cast<std::int64_t>(i) + 1] = {rows_[i].begin(), rows_[i].end()};
    }
    for (std::size_t i = 0; i < rows_.size(); i += 7) erase(static_cast<std::int64_t>(i) + 1);
    saved_.take(index_);
  }

  void erase(std::int64_t chunk) {
    index_.erase(ChunkId{chunk});
    stored_.erase(chunk);
  }

  // None: it loaded.
  std::optional<ErrorCode> error_of(const Checkpoint& checkpoint, std::size_t dim = kDim,
                                    const VectorIndexOptions& options = kOptions) {
    try {
      const VectorIndex loaded = vector_data::load(dim, options, checkpoint, stored_);
      EXPECT_TRUE(loaded.verify().empty());
      return std::nullopt;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("Rebuild the index"), std::string::npos);
      return error.code();
    }
  }

  // A forged page: the checksum fits again.
  static void seal(std::string& page) {
    const std::size_t body = page.size() - 8;
    const std::uint64_t sum =
        bulk_checksum64(bytes_of(std::string_view(page).substr(0, body)), body);
    for (std::size_t i = 0; i < 8; ++i) page[body + i] = static_cast<char>(sum >> (8 * i));
  }

  vector_data::Clusters clusters_;
  vector_data::Rows rows_;
  VectorIndex index_;
  vector_data::StoredEmbeddings stored_;
  Checkpoint saved_;
};

TEST_F(VectorPages, LoadIntoTheSameGraphAndTheSameAnswers) {
  ASSERT_GT(saved_.pages.size(), 2u);
  VectorIndex loaded = vector_data::load(kDim, kOptions, saved_, stored_);
  EXPECT_EQ(loaded.verify(), std::vector<std::string>{});
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

// Written once; then what one more node touches, which is few of many; then nothing.
TEST_F(VectorPages, OnlyChangedPagesAreWritten) {
  Checkpoint again;
  EXPECT_EQ(again.take(index_), 0u);
  EXPECT_EQ(again.header, saved_.header);
  index_.insert(ChunkId{5'000}, rows_[0]);
  stored_[5'000] = {rows_[0].begin(), rows_[0].end()};
  const std::size_t written = saved_.take(index_);
  EXPECT_GE(written, 1u);
  EXPECT_LE(written, 1 + 8u + 8u + 1u);  // its own page and those that link back, and upper levels
  VectorIndex loaded = vector_data::load(kDim, kOptions, saved_, stored_);
  EXPECT_EQ(saved_.take(loaded), 0u);  // what was loaded is what was saved
  EXPECT_TRUE(loaded.contains(ChunkId{5'000}));
  EXPECT_EQ(loaded.verify(), std::vector<std::string>{});
}

// What was written but never became the checkpoint is written again.
TEST_F(VectorPages, ACheckpointThatWasNotFinishedIsWrittenAgain) {
  index_.erase(ChunkId{2});
  std::size_t first = 0;
  index_.checkpoint([&](std::uint32_t, std::string_view) { ++first; });
  Checkpoint second = saved_;
  EXPECT_EQ(second.take(index_), first);
  EXPECT_GT(first, 0u);
  stored_.erase(2);
  EXPECT_EQ(error_of(second), std::nullopt);
}

TEST_F(VectorPages, AnEmptyIndexSavesAndLoads) {
  VectorIndex empty(kDim, kOptions);
  Checkpoint saved;
  EXPECT_EQ(saved.take(empty), 0u);
  EXPECT_EQ(vector_data::load(kDim, kOptions, saved, {}).size(), 0u);
}

TEST_F(VectorPages, AnyFlippedBitIsNoticed) {
  Rng rng(carrel::testing::test_seed());
  const int runs = carrel::testing::test_runs(100);
  for (int i = 0; i < runs; ++i) {
    Checkpoint damaged = saved_;
    auto at = damaged.pages.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(rng.below(damaged.pages.size())));
    std::string& bytes = rng.chance(0.2) ? damaged.header : at->second;
    const std::size_t byte = rng.below(rng.chance(0.3) ? 40 : bytes.size());
    bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << rng.below(8)));
    EXPECT_EQ(error_of(damaged), ErrorCode::corrupt) << "byte " << byte;
  }
}

TEST_F(VectorPages, MissingSwappedRepeatedAndCutPagesAreNoticed) {
  EXPECT_EQ(error_of({}), ErrorCode::corrupt);
  const auto count = static_cast<std::uint32_t>(saved_.pages.size());
  for (const std::uint32_t page : {std::uint32_t{0}, count / 2, count - 1}) {
    Checkpoint missing = saved_;
    missing.pages.erase(page);
    EXPECT_EQ(error_of(missing), ErrorCode::corrupt);
    Checkpoint repeated = saved_;
    repeated.pages[count] = saved_.pages.at(page);
    EXPECT_EQ(error_of(repeated), ErrorCode::corrupt);
    Checkpoint replaced = saved_;
    replaced.pages[page] = saved_.pages.at((page + 1) % count);
    EXPECT_EQ(error_of(replaced), ErrorCode::corrupt);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{7}, std::size_t{43}, saved_.pages.at(page).size() - 1}) {
      Checkpoint cut = saved_;
      cut.pages[page].resize(size);
      EXPECT_EQ(error_of(cut), ErrorCode::corrupt);
      cut = saved_;
      cut.header.resize(std::min(size, saved_.header.size() - 1));
      EXPECT_EQ(error_of(cut), ErrorCode::corrupt);
    }
  }
}

TEST_F(VectorPages, PagesOfTwoCheckpointsDoNotMix) {
  const Checkpoint before = saved_;
  erase(2);
  ASSERT_GT(saved_.take(index_), 0u);
  for (const auto& [page, bytes] : saved_.pages) {
    if (bytes == before.pages.at(page)) continue;
    Checkpoint mixed = saved_;
    mixed.pages[page] = before.pages.at(page);
    EXPECT_EQ(error_of(mixed), ErrorCode::corrupt);
  }
}

TEST_F(VectorPages, OtherSettingsDoNotFit) {
  EXPECT_EQ(error_of(saved_, kDim + 1), ErrorCode::corrupt);
  VectorIndexOptions other = kOptions;
  other.m = 9;
  EXPECT_EQ(error_of(saved_, kDim, other), ErrorCode::corrupt);
  other = kOptions;
  other.metric = Metric::l2;
  EXPECT_EQ(error_of(saved_, kDim, other), ErrorCode::corrupt);
}

// Bytes made up by someone who can compute checksums: any answer but a crash or a broken index.
// Page and header of a one-page checkpoint are forged together.
TEST_F(VectorPages, ForgedBytesGiveAWholeIndexOrAnError) {
  VectorIndex small(kDim, kOptions);
  vector_data::StoredEmbeddings stored;
  for (std::size_t i = 0; i < 60; ++i) {
    const ChunkId chunk{static_cast<std::int64_t>(i) + 1};
    small.insert(chunk, rows_[i]);
    stored[chunk.value] = {rows_[i].begin(), rows_[i].end()};
  }
  Checkpoint good;
  ASSERT_EQ(good.take(small), 1u);
  stored_ = stored;
  Rng rng(carrel::testing::test_seed());
  const int runs = carrel::testing::test_runs(2'000);
  int refused = 0;
  for (int i = 0; i < runs; ++i) {
    Checkpoint forged = good;
    std::string& page = forged.pages[0];
    for (std::uint64_t n = 1 + rng.below(3); n > 0; --n) {
      std::string& bytes = rng.chance(0.2) ? forged.header : page;
      constexpr std::size_t kMagicBytes = 8;
      const std::size_t at = kMagicBytes + rng.below(bytes.size() - 8 - kMagicBytes);
      constexpr std::uint8_t kValues[] = {0, 1, 2, 255, 254, 127};
      bytes[at] = static_cast<char>(rng.chance(0.5) ? kValues[rng.below(6)] : rng.below(256));
    }
    seal(page);
    std::uint64_t digest = 0;
    std::memcpy(&digest, page.data() + page.size() - 8, 8);
    digest *= 0x9E3779B97F4A7C15ULL;
    std::memcpy(forged.header.data() + forged.header.size() - 16, &digest, 8);
    seal(forged.header);
    const auto code = error_of(forged);
    if (!code) continue;
    ++refused;
    EXPECT_EQ(*code, ErrorCode::corrupt);
  }
  EXPECT_TRUE(runs < 100 || refused > runs / 2) << refused;  // the judge can tell
}

// The embeddings' own file: whatever of it is not as the checkpoint knew it comes from the
// database.
class VectorFile : public ::testing::Test {
 protected:
  VectorFile() {
    options_.file = folder_ / "embeddings";
    vector_data::Clusters clusters(12, kDim, 30);
    const vector_data::Rows rows = clusters.draw(600);
    VectorIndex index(kDim, options_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const ChunkId chunk{static_cast<std::int64_t>(i) + 1};
      index.insert(chunk, rows[i]);
      stored_[chunk.value] = {rows[i].begin(), rows[i].end()};
    }
    index.erase(ChunkId{2});
    stored_.erase(2);
    saved_.take(index);
    bytes_ = read_file(options_.file, std::size_t{1} << 30);
  }

  // How many embeddings the index asks for, with the file as `bytes` say.
  std::size_t asked_with(const std::string& bytes) {
    std::ofstream(options_.file, std::ios::binary | std::ios::trunc) << bytes;
    return asked();
  }
  std::size_t asked() {
    std::size_t asked = 0;
    const VectorIndex index = vector_data::load(kDim, options_, saved_, stored_, &asked);
    EXPECT_EQ(index.verify(), std::vector<std::string>{});
    EXPECT_EQ(index.size(), stored_.size());
    for (const auto& [chunk, embedding] : stored_) {
      EXPECT_EQ(index.embedding(ChunkId{chunk}), embedding);
    }
    return asked;
  }

  carrel::testing::TempDir folder_;
  VectorIndexOptions options_ = kOptions;
  vector_data::StoredEmbeddings stored_;
  Checkpoint saved_;
  std::string bytes_;
};

TEST_F(VectorFile, IsAllThatAnOpeningReads) { EXPECT_EQ(asked(), 0u); }

TEST_F(VectorFile, ThatWasAlteredCutOrLostIsMadeWholeFromTheDatabase) {
  Rng rng(carrel::testing::test_seed());
  for (int i = 0; i < 20; ++i) {
    std::string altered = bytes_;
    const auto at =
        static_cast<std::size_t>(rng.below(stored_.size())) * 32 + rng.below(32);  // padding, too
    altered[at] = static_cast<char>(altered[at] ^ (1 << rng.below(8)));
    EXPECT_LE(asked_with(altered), 1u);  // none: nobody's place
  }
  std::string swapped = bytes_;
  std::swap_ranges(swapped.begin() + 320, swapped.begin() + 352, swapped.begin() + 640);
  EXPECT_EQ(asked_with(swapped), 2u);
  const std::size_t rows = stored_.size();
  EXPECT_EQ(asked_with(bytes_.substr(0, 32 * 100)), rows + 1 - 100);
  EXPECT_EQ(asked_with(""), rows);
  std::filesystem::remove(options_.file);
  EXPECT_EQ(asked(), rows);
  EXPECT_EQ(asked(), 0u);  // healed
}

TEST_F(VectorFile, HoldsNothingOfWhatWasErasedAfterTheNextCheckpoint) {
  const std::vector<float>& erased = stored_.at(3);
  std::vector<std::uint16_t> halves(kDim);
  std::transform(erased.begin(), erased.end(), halves.begin(), to_half);
  const std::string needle(reinterpret_cast<const char*>(halves.data()), 2 * kDim);
  EXPECT_NE(bytes_.find(needle), std::string::npos);
  VectorIndex index = vector_data::load(kDim, options_, saved_, stored_);
  index.erase(ChunkId{3});
  saved_.take(index);
  EXPECT_EQ(read_file(options_.file, std::size_t{1} << 30).find(needle), std::string::npos);
}

// What came after the checkpoint is not the checkpoint's: its places are free again, and empty.
TEST_F(VectorFile, HoldsNothingOfACrashedProcessThatTheCheckpointDoesNotName) {
  const std::vector<float> late(kDim, std::sqrt(1.0F / kDim));
  std::vector<std::uint16_t> halves(kDim, to_half(late[0]));
  const std::string needle(reinterpret_cast<const char*>(halves.data()), 2 * kDim);
  {
    VectorIndex index = vector_data::load(kDim, options_, saved_, stored_);
    for (std::int64_t chunk = 9'000; chunk < 9'003; ++chunk) index.insert(ChunkId{chunk}, late);
  }
  EXPECT_NE(read_file(options_.file, std::size_t{1} << 30).find(needle), std::string::npos);
  EXPECT_EQ(asked(), 0u);
  EXPECT_EQ(read_file(options_.file, std::size_t{1} << 30).find(needle), std::string::npos);
}

TEST_F(VectorPages, WhatTheDatabaseLostIsErased) {
  std::erase_if(stored_, [](const auto& one) { return one.first % 3 == 0; });
  const VectorIndex loaded = vector_data::load(kDim, kOptions, saved_, stored_);
  EXPECT_EQ(loaded.verify(), std::vector<std::string>{});
  EXPECT_FALSE(loaded.contains(ChunkId{3}));
  EXPECT_TRUE(loaded.contains(ChunkId{2}));
}

}  // namespace
}  // namespace carrel::index
