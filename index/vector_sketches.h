// index/vector_sketches.h
//
// One bit a value: the signs of an embedding after a rotation, with which a scan finds out in one
// or two lines of memory a row that most rows are out (Gao and Long 2024, RaBitQ,
// arXiv:2405.12497, here without its centroid).
//
// With o the rotated embedding, s its signs and f = |o|^2 / sum |o_i|, f <s, q> estimates <o, q>
// without bias. What o has beside s points anywhere, so the estimate is off by a deviation of
// spread * |q across o|, where spread = |o| sqrt(1 - c^2) / (c sqrt(dim - 1)) and c = sum |o_i| /
// (sqrt(dim) |o|). The query is rounded to 15 steps and met as planes of bits.
//
// Embeddings of few dimensions have none: their codes are as quickly read.
//
// Threads: as those of VectorStore: one writer puts into slots no reader holds; the rest is const.
#pragma once

#include <cstdint>
#include <vector>

#include "index/rotation.h"
#include "index/vector_rows.h"

namespace carrel::index {

// A query as bits. Scratch of one search.
struct SketchQuery {
  std::vector<float> rotated;        // [bits]
  std::vector<std::uint64_t> words;  // holds the planes
  std::uint64_t* planes = nullptr;   // [kPlanes, words of a row], aligned to kCodeAlign
  float step = 0;                    // of the rounding
  float lost = 0;                    // norm of the query minus the rounded one
  std::int32_t sum = 0;              // of the rounded values, in steps
};

class Sketches {
 public:
  Sketches(std::size_t dim, const Kernel& kernel);

  bool are_kept() const noexcept { return row_words_ != 0; }

  // --- where they are kept
  void grow_to(std::size_t slots);
  void put(Slot slot, const float* embedding);  // [dim]
  void encode(const float* query, SketchQuery& out) const;

  // Of `count` slots, estimates of their inner products with the query, and their spreads.
  void estimate(const SketchQuery& query, const Slot* slots, std::size_t count, float* products,
                float* spreads) const noexcept;

  // How many spreads the product of an embedding with the query may be above its estimate, if it is
  // to be at least `product`, all but once in some millions of times. `norm`: of the query;
  // `norm_max`: of all embeddings.
  static float reach(const SketchQuery& query, float norm, float norm_max, float product) noexcept;

  void prefetch(Slot slot) const noexcept {
    const std::uint64_t* const row = rows_[slot];
    for (std::size_t at = 0; at < row_words_; at += 8) __builtin_prefetch(row + at);
  }

 private:
  struct Facts {  // behind the bits of a row
    float factor;
    float spread;
  };

  std::size_t dim_;
  std::size_t bits_;       // dim, up to a multiple of 64
  std::size_t row_words_;  // bits and facts, up to a line of memory; 0: none are kept
  const Kernel& kernel_;
  Rotation rotation_;
  Rows<std::uint64_t> rows_;
};

}  // namespace carrel::index
