// tests/index/vector_data.h
//
// Embeddings drawn from a seed, for the tests and benchmarks of the vector index: a mixture of
// clusters in a small latent space, lifted to `dim` with noise, unit length, rounded to float16 as
// they are stored. And filters over them, and checkpoints in memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/half.h"
#include "core/random.h"
#include "index/vector_index.h"

namespace carrel::index::vector_data {

struct Rows {
  std::size_t dim = 0;
  std::vector<float> values;  // [n, dim]
  std::size_t size() const { return values.size() / dim; }
  std::span<const float> operator[](std::size_t i) const { return {&values[i * dim], dim}; }
};

inline void make_unit(std::span<float> v) {
  double squares = 0;
  for (const float x : v) squares += static_cast<double>(x) * x;
  const auto inverse = static_cast<float>(1 / std::sqrt(squares));
  for (float& x : v) x *= inverse;
}

inline void round_to_half(std::span<float> v) {
  for (float& x : v) x = from_half(to_half(x));
}

class Clusters {
 public:
  static constexpr std::size_t kLatent = 48;

  Clusters(std::uint64_t seed, std::size_t dim, std::size_t clusters)
      : rng_(seed), dim_(dim), lift_(kLatent * dim), centres_(clusters * kLatent) {
    for (float& v : lift_) v = normal() / std::sqrt(static_cast<float>(kLatent));
    for (std::size_t i = 0; i < centres_.size(); ++i) centres_[i] = normal() * scale(i % kLatent);
  }

  Rows draw(std::size_t n, float spread = 0.9F, float noise = 0.03F) {
    Rows out{dim_, std::vector<float>(n * dim_)};
    std::vector<float> z(kLatent);
    for (std::size_t i = 0; i < n; ++i) {
      const float* centre = &centres_[rng_.below(centres_.size() / kLatent) * kLatent];
      for (std::size_t l = 0; l < kLatent; ++l) z[l] = centre[l] + spread * scale(l) * normal();
      const std::span<float> row(&out.values[i * dim_], dim_);
      for (float& v : row) v = noise * normal();
      for (std::size_t l = 0; l < kLatent; ++l) {
        for (std::size_t j = 0; j < dim_; ++j) row[j] += z[l] * lift_[l * dim_ + j];
      }
      make_unit(row);
      round_to_half(row);
    }
    return out;
  }

 private:
  static float scale(std::size_t l) { return 1 / std::sqrt(1 + 0.15F * static_cast<float>(l)); }
  float normal() { return static_cast<float>(rng_.normal()); }

  Rng rng_;
  std::size_t dim_;
  std::vector<float> lift_;
  std::vector<float> centres_;
};

class AdmitAll final : public Admission {
 public:
  bool admits(ChunkId) const noexcept override { return true; }
  std::size_t admitted_count() const noexcept override { return static_cast<std::size_t>(-1); }
  bool admits_all() const noexcept override { return true; }
};

// A set of chunks 1..n as one byte each; shows its list only if told to.
class AdmitSet final : public Admission {
 public:
  AdmitSet(std::vector<ChunkId> chunks, bool shows_list)
      : chunks_(std::move(chunks)), shows_list_(shows_list) {
    for (const ChunkId chunk : chunks_) {
      const auto at = static_cast<std::size_t>(chunk.value);
      if (marks_.size() <= at) marks_.resize(at + 1, 0);
      marks_[at] = 1;
    }
  }
  bool admits(ChunkId chunk) const noexcept override {
    const auto at = static_cast<std::size_t>(chunk.value);
    return at < marks_.size() && marks_[at] != 0;
  }
  std::size_t admitted_count() const noexcept override { return chunks_.size(); }
  bool can_list() const noexcept override { return shows_list_; }
  void list(std::vector<ChunkId>& out) const override {
    out.insert(out.end(), chunks_.begin(), chunks_.end());
  }
  std::uint64_t list_key() const noexcept override { return key_; }
  const std::vector<ChunkId>& chunks() const { return chunks_; }

 private:
  std::vector<ChunkId> chunks_;
  static std::uint64_t next_key() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }

  std::vector<std::uint8_t> marks_;
  bool shows_list_;
  std::uint64_t key_ = next_key();  // a copy lists the same
};

inline double inner_product(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// The slow obvious version: row i is chunk i + 1.
inline std::vector<Candidate> brute_force(const Rows& rows, std::span<const float> query,
                                          std::size_t k, const Admission& admission) {
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ChunkId chunk{static_cast<std::int64_t>(i) + 1};
    if (admission.admits(chunk)) all.push_back({chunk, inner_product(rows[i], query)});
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  };
  const std::size_t kept = std::min(k, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    better);
  all.resize(kept);
  return all;
}

// How many of `truth` were found, counting an equally good one as found.
inline std::size_t hits(const std::vector<Candidate>& truth, const std::vector<Candidate>& found) {
  if (truth.empty()) return 0;
  std::size_t out = 0;
  for (const Candidate& one : found) out += one.score >= truth.back().score - 1e-6 ? 1 : 0;
  return std::min(out, truth.size());
}

// A checkpoint as a database would keep it.
struct Checkpoint {
  std::string header;
  std::map<std::uint32_t, std::string> pages;
  bool operator==(const Checkpoint&) const = default;

  // What changed since the last call replaces what was kept of it; returns how many pages did.
  std::size_t take(VectorIndex& index) {
    std::size_t written = 0;
    header = index.checkpoint([&](std::uint32_t page, std::string_view bytes) {
      pages[page] = bytes;
      ++written;
    });
    index.checkpoint_done();
    return written;
  }
};

using StoredEmbeddings = std::map<std::int64_t, std::vector<float>>;

inline VectorIndex load(std::size_t dim, const VectorIndexOptions& options,
                        const Checkpoint& checkpoint, const StoredEmbeddings& stored,
                        std::size_t* asked = nullptr) {
  auto page = checkpoint.pages.begin();
  return VectorIndex::load(
      dim, options, checkpoint.header,
      [&](std::string& bytes) {
        if (page == checkpoint.pages.end()) return false;
        bytes = (page++)->second;
        return true;
      },
      [&](ChunkId chunk, std::span<std::uint16_t> embedding) {
        if (asked != nullptr) ++*asked;
        const auto found = stored.find(chunk.value);
        if (found == stored.end()) return false;
        std::transform(found->second.begin(), found->second.end(), embedding.begin(), to_half);
        return true;
      });
}

}  // namespace carrel::index::vector_data
