// index/vector_store.h
//
// The embeddings of the vector index, twice: as floats, which decide the result, and as codes of
// eight bits and a scale each, which the walk reads (a quarter of the memory traffic).
//
// Codes: c = round(x / scale), scale = max |x| / 127 per vector, after locally adaptive
// quantization (Aguerrebere et al. 2023, arXiv:2304.04759) without its mean. The norm of what
// rounding lost is kept, so that a scan over codes can bound its error (Cauchy and Schwarz).
//
// Threads: one writer puts into slots no reader holds; the rest is const and runs beside it.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "index/distance.h"
#include "index/vector_rows.h"

namespace carrel::index {

struct FreeMemory {
  void operator()(void* p) const noexcept { std::free(p); }
};
template <class T>
using AlignedArray = std::unique_ptr<T[], FreeMemory>;

// `count` elements on a 64-byte boundary, zeroed.
template <class T>
AlignedArray<T> make_aligned(std::size_t count);

// A query in both forms. score(slot) estimates scale * scales[slot] * (dot - bias).
struct Query {
  AlignedArray<std::int8_t> codes;  // [code_bytes]
  AlignedArray<float> floats;       // [float_count]; not filled by VectorStore::take_codes
  float scale = 0;
  float norm = 0;   // of the floats
  float error = 0;  // norm of floats minus codes times scale
  std::int32_t bias = 0;
};

class VectorStore {
 public:
  VectorStore(std::size_t dim, const Kernel& kernel);

  std::size_t dim() const noexcept { return dim_; }
  std::size_t code_bytes() const noexcept { return code_bytes_; }
  const Kernel& kernel() const noexcept { return kernel_; }

  void grow_to(std::size_t slots);
  void put(Slot slot, std::span<const float> embedding);

  std::span<const float> embedding(Slot slot) const noexcept { return {floats_[slot], dim_}; }
  const std::uint8_t* codes(Slot slot) const noexcept { return codes_[slot]; }
  float scale(Slot slot) const noexcept { return *scales_[slot]; }
  float code_error(Slot slot) const noexcept { return details_[slot]->error; }
  float code_error_max() const noexcept { return error_max_.load(std::memory_order_relaxed); }
  bool is_zero(Slot slot) const noexcept { return scale(slot) == 0; }

  Query make_query() const;
  void encode(std::span<const float> values, Query& out) const;
  void take_codes(Slot slot, Query& out) const;  // the stored one becomes the query, as codes alone

  // The estimates from codes for `count` slots, rows already looked up by codes().
  void score_rows(const Query& query, const std::uint8_t* const* rows, const Slot* slots,
                  std::size_t count, float* scores) const noexcept;
  // The inner product of the floats.
  float exact_score(const Query& query, Slot slot) const noexcept {
    return kernel_.dot_floats(query.floats.get(), floats_[slot], float_count_);
  }
  void prefetch_codes(const std::uint8_t* row) const noexcept {
    for (std::size_t at = 0; at < code_bytes_; at += 64) __builtin_prefetch(row + at);
  }
  void prefetch_floats(Slot slot) const noexcept {
    const float* const row = floats_[slot];
    for (std::size_t at = 0; at < float_count_; at += 16) __builtin_prefetch(row + at);
  }

 private:
  struct Detail {
    float error;
    std::int32_t sum;  // of the signed codes
  };

  std::size_t dim_;
  std::size_t code_bytes_;
  std::size_t float_count_;
  const Kernel& kernel_;
  Rows<std::uint8_t> codes_;
  Rows<float> scales_;
  Rows<Detail> details_;
  Rows<float> floats_;
  std::atomic<float> error_max_{0};  // of all embeddings ever put
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
