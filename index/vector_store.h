// index/vector_store.h
//
// The embeddings of the vector index, three times: as halves (float16), which decide the result; as
// codes of eight bits and a scale each, which the walk reads (half of the memory traffic, and
// integer arithmetic); and as sketches of a bit a value, with which a scan begins.
//
// Codes: c = round(x / scale), scale = max |x| / 127 per vector, after locally adaptive
// quantization (Aguerrebere et al. 2023, arXiv:2304.04759) without its mean. The norm of what
// rounding lost is kept, so that a scan over codes can bound its error (Cauchy and Schwarz).
//
// Scores of one query are comparable with each other; final_score() makes them what the metric
// says.
//
// Threads: one writer puts into slots no reader holds, several at once into different slots; the
// rest is const and runs beside it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "index/distance.h"
#include "index/vector_rows.h"
#include "index/vector_sketches.h"

namespace carrel::index {

inline constexpr float kHalfMax = 65504;  // the largest value of a stored or sought embedding

struct FreeMemory {
  void operator()(void* p) const noexcept { std::free(p); }
};
template <class T>
using AlignedArray = std::unique_ptr<T[], FreeMemory>;

// `count` elements on a 64-byte boundary, zeroed.
template <class T>
AlignedArray<T> make_aligned(std::size_t count);

// A query in both forms. score(slot) estimates factor * scale of slot * (dot - bias) - offset of
// slot.
struct Query {
  AlignedArray<std::int8_t> codes;  // [code_bytes]
  AlignedArray<float> floats;       // [float_count]; not filled by VectorStore::take_codes
  float factor = 0;                 // the scale, twice it for l2
  float norm = 0;                   // of the floats
  float error = 0;                  // norm of floats minus codes times scale
  std::int32_t bias = 0;
};

// Whether an embedding can be stored: finite as float16 and, with cosine, zero or of unit length.
bool is_storable(std::span<const float> embedding, Metric metric) noexcept;

class VectorStore {
 public:
  // `file`: where the halves lie.
  VectorStore(std::size_t dim, Metric metric, const Kernel& kernel, const RowFile& file);

  std::size_t dim() const noexcept { return dim_; }
  Metric metric() const noexcept { return metric_; }

  void grow_to(std::size_t slots);
  void put(Slot slot, std::span<const float> embedding);
  void put_halves(Slot slot, std::span<const std::uint16_t> embedding);
  void wipe(Slot slot);  // its halves become zero
  void sync() { halves_.sync(); }
  void trim(std::size_t slots) { halves_.trim(slots); }  // a kept file forgets what follows

  // What a kept file has of rows [first, first + count): to [count, row_halves()].
  std::size_t row_halves() const noexcept { return float_count_; }
  std::span<const std::uint16_t> row(Slot slot) const noexcept {  // the halves, padded with zeros
    return {halves_[slot], float_count_};
  }
  void copy_halves(Slot first, std::size_t count, std::uint16_t* to) const noexcept {
    halves_.copy_out(first, count, to);
  }
  // Makes the codes of a row whose halves are in place already.
  void restore_codes(Slot slot, const std::uint16_t* halves);

  std::span<const std::uint16_t> halves(Slot slot) const noexcept { return {halves_[slot], dim_}; }
  // Near to nothing. With l2 it is a point like others.
  bool is_zero(Slot slot) const noexcept { return metric_ != Metric::l2 && *scales_[slot] == 0; }
  bool is_zero(const Query& query) const noexcept {
    return metric_ != Metric::l2 && query.factor == 0;
  }
  float norm_max() const noexcept { return norm_max_.load(std::memory_order_relaxed); }

  Query make_query() const;
  void encode(std::span<const float> values, Query& out) const;
  void take_codes(Slot slot, Query& out) const;  // the stored one becomes the query, as codes alone

  // The estimates from codes for `count` slots.
  void score(const Query& query, const Slot* slots, std::size_t count,
             float* scores) const noexcept;
  // From the halves, as the metric says it. With l2 by the differences: where embeddings lie near
  // to each other and far from zero, lengths and product cancel to nothing but rounding.
  float exact_score(const Query& query, Slot slot) const noexcept {
    const float* const floats = query.floats.get();
    return metric_ == Metric::l2 ? -kernel_.apart_halves(floats, halves_[slot], float_count_)
                                 : kernel_.dot_halves(floats, halves_[slot], float_count_);
  }
  // A score by codes as the metric says it.
  float final_score(const Query& query, float score) const noexcept {
    return metric_ == Metric::l2 ? score - query.norm * query.norm : score;
  }
  // How far an estimate may be off from the exact score: |q| |x - x'| + |q - q'| |x'|.
  float error_bound(const Query& query, Slot slot) const noexcept {
    return error_bound(query, facts_[slot]->error);
  }
  float error_bound(const Query& query) const noexcept {  // of any slot
    return error_bound(query, error_max_.load(std::memory_order_relaxed));
  }

  const Sketches& sketches() const noexcept { return sketches_; }
  // A score whose product is estimated by a sketch, if it is `product`.
  float score_of_product(float product, Slot slot) const noexcept {
    return metric_ == Metric::l2 ? 2 * product - offset(slot) : product;
  }

  void prefetch(Slot slot) const noexcept {
    const std::uint8_t* const row = codes_[slot];
    for (std::size_t at = 0; at < code_bytes_; at += 64) __builtin_prefetch(row + at);
    __builtin_prefetch(scales_[slot]);
  }
  void prefetch_halves(Slot slot) const noexcept {
    const std::uint16_t* const row = halves_[slot];
    for (std::size_t at = 0; at < float_count_; at += 32) __builtin_prefetch(row + at);
  }

 private:
  struct Facts {
    float offset;  // l2: the squared length
    float error;
    std::int32_t sum;  // of the signed codes
  };
  float offset(Slot slot) const noexcept {
    return metric_ == Metric::l2 ? facts_[slot]->offset : 0;
  }
  float error_bound(const Query& query, float lost) const noexcept;

  std::size_t dim_;
  Metric metric_;
  std::size_t code_bytes_;
  std::size_t float_count_;
  const Kernel& kernel_;
  Rows<std::uint8_t> codes_;
  Rows<float> scales_;  // apart from the other facts: every score asks for one
  Rows<Facts> facts_;
  Rows<std::uint16_t> halves_;
  Sketches sketches_;
  std::atomic<float> error_max_{0};  // of all embeddings ever put
  std::atomic<float> norm_max_{0};
};

template <class T>
AlignedArray<T> make_aligned(std::size_t count) {
  const std::size_t bytes = (count * sizeof(T) + 63) / 64 * 64;
  void* const memory = std::aligned_alloc(64, bytes == 0 ? 64 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  AlignedArray<T> out(static_cast<T*>(memory));
  for (std::size_t i = 0; i < count; ++i) out[i] = T{};
  return out;
}

}  // namespace carrel::index
