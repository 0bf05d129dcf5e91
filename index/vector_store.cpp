#include "index/vector_store.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace carrel::index {
namespace {

constexpr float kCodeMax = 127;
constexpr std::size_t kScoreBlock = 128;  // most rows a call of score_rows takes at once

std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

struct Encoded {
  float scale = 0;
  float norm = 0;
  float error = 0;
  std::int32_t sum = 0;
};

// Codes of `values` through `put(i, code)`, with what rounding lost.
template <class Put>
Encoded encode_values(std::span<const float> values, Put put) {
  float largest = 0;
  for (const float v : values) largest = std::max(largest, std::fabs(v));
  Encoded out;
  out.scale = largest / kCodeMax;
  // So small that the division would not be finite: as good as zero.
  if (!(out.scale > 1e-30F)) out.scale = 0;
  const float inverse = out.scale > 0 ? 1 / out.scale : 0;
  double lost = 0;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float code = std::nearbyint(std::clamp(values[i] * inverse, -kCodeMax, kCodeMax));
    put(i, static_cast<int>(code));
    out.sum += static_cast<std::int32_t>(code);
    const double difference = static_cast<double>(values[i]) - double{code} * out.scale;
    lost += difference * difference;
    squares += static_cast<double>(values[i]) * values[i];
  }
  out.error = static_cast<float>(std::sqrt(lost));
  out.norm = static_cast<float>(std::sqrt(squares));
  return out;
}

}  // namespace

VectorStore::VectorStore(std::size_t dim, const Kernel& kernel)
    : dim_(dim),
      code_bytes_(round_up(dim, kCodeAlign)),
      float_count_(round_up(dim, kFloatAlign)),
      kernel_(kernel),
      codes_(code_bytes_),
      scales_(1),
      details_(1),
      floats_(float_count_) {}

void VectorStore::grow_to(std::size_t slots) {
  codes_.grow_to(slots);
  scales_.grow_to(slots);
  details_.grow_to(slots);
  floats_.grow_to(slots);
}

void VectorStore::put(Slot slot, std::span<const float> embedding) {
  std::copy(embedding.begin(), embedding.end(), floats_[slot]);
  std::uint8_t* const codes = codes_[slot];
  const Encoded encoded = encode_values(embedding, [&](std::size_t i, int code) {
    codes[i] = static_cast<std::uint8_t>(code + 128);
  });
  std::fill(codes + dim_, codes + code_bytes_, std::uint8_t{128});
  error_max_.store(std::max(code_error_max(), encoded.error), std::memory_order_relaxed);
  *scales_[slot] = encoded.scale;
  *details_[slot] = {encoded.error, encoded.sum};
}

Query VectorStore::make_query() const {
  Query out;
  out.codes = make_aligned<std::int8_t>(code_bytes_);
  out.floats = make_aligned<float>(float_count_);
  return out;
}

void VectorStore::encode(std::span<const float> values, Query& out) const {
  std::copy(values.begin(), values.end(), out.floats.get());
  std::int8_t* const codes = out.codes.get();
  const Encoded encoded = encode_values(
      values, [&](std::size_t i, int code) { codes[i] = static_cast<std::int8_t>(code); });
  std::fill(codes + dim_, codes + code_bytes_, std::int8_t{0});
  out.scale = encoded.scale;
  out.norm = encoded.norm;
  out.error = encoded.error;
  out.bias = 128 * encoded.sum;
}

void VectorStore::take_codes(Slot slot, Query& out) const {
  const std::uint8_t* const from = codes_[slot];
  std::int8_t* const to = out.codes.get();
  // code + 128 with its top bit flipped is the code; padding (128) becomes 0.
  for (std::size_t i = 0; i < code_bytes_; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + i, 8);
    word ^= 0x8080808080808080ULL;
    std::memcpy(to + i, &word, 8);
  }
  out.scale = *scales_[slot];
  out.bias = 128 * details_[slot]->sum;
}

void VectorStore::score_rows(const Query& query, const std::uint8_t* const* rows, const Slot* slots,
                             std::size_t count, float* scores) const noexcept {
  std::array<std::int32_t, kScoreBlock> dots;
  for (std::size_t from = 0; from < count; from += kScoreBlock) {
    const std::size_t n = std::min(kScoreBlock, count - from);
    kernel_.dot_codes(query.codes.get(), rows + from, n, code_bytes_, dots.data());
    for (std::size_t i = 0; i < n; ++i) {
      scores[from + i] =
          query.scale * *scales_[slots[from + i]] * static_cast<float>(dots[i] - query.bias);
    }
  }
}

}  // namespace carrel::index
