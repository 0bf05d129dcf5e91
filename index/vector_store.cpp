#include "index/vector_store.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/half.h"

namespace carrel::index {
namespace {

constexpr std::size_t kScoreBlock = 128;  // most rows a call of score() takes at once
constexpr double kUnitTolerance = 0.01;   // of the squared length: half-precision encoders round
constexpr float kScoreSlack = 2e-6F;      // rounding of float sums, relative to both lengths

std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

void raise_to(std::atomic<float>& most, float value) {
  float now = most.load(std::memory_order_relaxed);
  while (now < value && !most.compare_exchange_weak(now, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

bool is_storable(std::span<const float> embedding, Metric metric) noexcept {
  double squares = 0;
  float largest = 0;
  for (const float v : embedding) {
    squares += static_cast<double>(v) * v;  // neither after a NaN nor after an infinity
    largest = std::max(largest, std::fabs(v));
  }
  if (!std::isfinite(squares) || largest > kHalfMax) return false;
  return metric != Metric::cosine || squares == 0 || std::fabs(squares - 1) <= kUnitTolerance;
}

VectorStore::VectorStore(std::size_t dim, Metric metric, const Kernel& kernel, const RowFile& file)
    : dim_(dim),
      metric_(metric),
      code_bytes_(round_up(dim, kCodeAlign)),
      float_count_(round_up(dim, kFloatAlign)),
      kernel_(kernel),
      codes_(code_bytes_),
      scales_(1),
      facts_(1),
      halves_(float_count_, file),
      sketches_(dim, kernel) {}

void VectorStore::grow_to(std::size_t slots) {
  codes_.grow_to(slots);
  scales_.grow_to(slots);
  facts_.grow_to(slots);
  halves_.grow_to(slots);
  sketches_.grow_to(slots);
}

void VectorStore::put(Slot slot, std::span<const float> embedding) {
  std::transform(embedding.begin(), embedding.end(), halves_[slot], to_half);
  std::fill(halves_[slot] + dim_, halves_[slot] + float_count_, std::uint16_t{0});
  restore_codes(slot, halves_[slot]);
}

void VectorStore::put_halves(Slot slot, std::span<const std::uint16_t> embedding) {
  std::copy(embedding.begin(), embedding.end(), halves_[slot]);
  std::fill(halves_[slot] + dim_, halves_[slot] + float_count_, std::uint16_t{0});
  restore_codes(slot, halves_[slot]);
}

void VectorStore::wipe(Slot slot) {
  std::fill(halves_[slot], halves_[slot] + float_count_, std::uint16_t{0});
}

// The codes are those of the halves, so that an estimate's error is bounded by what the codes lost.
void VectorStore::restore_codes(Slot slot, const std::uint16_t* halves) {
  thread_local AlignedArray<float> floats;
  thread_local std::size_t room = 0;
  if (room < float_count_) {
    floats = make_aligned<float>(float_count_);
    room = float_count_;
  }
  kernel_.widen(halves, floats.get(), float_count_);
  std::uint8_t* const codes = codes_[slot];
  const Encoded encoded =
      kernel_.encode(floats.get(), float_count_, reinterpret_cast<std::int8_t*>(codes));
  for (std::size_t i = 0; i < float_count_; ++i) codes[i] ^= 0x80;  // code + 128
  std::fill(codes + float_count_, codes + code_bytes_, std::uint8_t{0x80});
  raise_to(error_max_, encoded.error);
  raise_to(norm_max_, encoded.norm);
  sketches_.put(slot, floats.get());
  *scales_[slot] = encoded.scale;
  *facts_[slot] = {metric_ == Metric::l2 ? encoded.norm * encoded.norm : 0, encoded.error,
                   encoded.sum};
}

Query VectorStore::make_query() const {
  Query out;
  out.codes = make_aligned<std::int8_t>(code_bytes_);
  out.floats = make_aligned<float>(float_count_);
  return out;
}

void VectorStore::encode(std::span<const float> values, Query& out) const {
  std::copy(values.begin(), values.end(), out.floats.get());
  std::fill(out.codes.get() + float_count_, out.codes.get() + code_bytes_, std::int8_t{0});
  const Encoded encoded = kernel_.encode(out.floats.get(), float_count_, out.codes.get());
  out.factor = encoded.scale * (metric_ == Metric::l2 ? 2.0F : 1.0F);
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
  out.factor = *scales_[slot] * (metric_ == Metric::l2 ? 2.0F : 1.0F);
  out.bias = 128 * facts_[slot]->sum;
}

void VectorStore::score(const Query& query, const Slot* slots, std::size_t count,
                        float* scores) const noexcept {
  std::array<std::int32_t, kScoreBlock> dots;
  for (std::size_t from = 0; from < count; from += kScoreBlock) {
    const std::size_t n = std::min(kScoreBlock, count - from);
    kernel_.dot_codes(query.codes.get(), codes_[0], slots + from, n, code_bytes_, dots.data());
    for (std::size_t i = 0; i < n; ++i) {
      scores[from + i] =
          query.factor * *scales_[slots[from + i]] * static_cast<float>(dots[i] - query.bias);
    }
  }
  if (metric_ != Metric::l2) return;
  for (std::size_t i = 0; i < count; ++i) scores[i] -= facts_[slots[i]]->offset;
}

float VectorStore::error_bound(const Query& query, float lost) const noexcept {
  const float bound =
      query.norm * (lost + kScoreSlack * norm_max()) + query.error * (norm_max() + lost);
  return metric_ == Metric::l2 ? 2 * bound + kScoreSlack * norm_max() * norm_max() : bound;
}

}  // namespace carrel::index
