#include "index/vector_sketches.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

namespace carrel::index {
namespace {

constexpr std::size_t kDimMin = 160;  // below it codes are two lines, and sketches say little
constexpr std::size_t kWordBits = 64;
constexpr std::size_t kLineWords = kCodeAlign / sizeof(std::uint64_t);
constexpr float kStepsMax = 7;  // rounded values are -7 to 7: four bits, the fourth of weight -8
constexpr std::size_t kLanes = 16;  // sums side by side
constexpr float kRounding = 8.5F;   // makes steps positive, so that truncating rounds them
constexpr std::int32_t kRoundingOff = 8;
constexpr std::size_t kBlock = 64;
constexpr std::size_t kAhead = 24;   // rows fetched before they are read
constexpr float kDeviations = 5.5F;  // of a normal variable: above it once in fifty million times
constexpr float kRoundingWeight = 1.7F;  // the rounding's deviation, in spreads: 1 / sqrt(1 - c^2)

// One bit of each of 64 bytes, the first byte's lowest. Eight at once: the product moves bit 8 i
// to bit 56 + i, and no two terms meet.
std::uint64_t gather_bits(const std::uint8_t* bytes, unsigned bit) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < kWordBits; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i, 8);
    const std::uint64_t bits = (eight >> bit) & 0x0101010101010101ULL;
    out |= ((bits * 0x0102040810204080ULL) >> 56) << i;
  }
  return out;
}

std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

Sketches::Sketches(std::size_t dim, const Kernel& kernel)
    : dim_(dim),
      bits_(round_up(dim, kWordBits)),
      row_words_(dim < kDimMin ? 0
                               : round_up(bits_ / kWordBits + sizeof(Facts) / sizeof(std::uint64_t),
                                          kLineWords)),
      kernel_(kernel),
      rotation_(bits_, kernel),
      rows_(std::max<std::size_t>(1, row_words_)) {}

void Sketches::grow_to(std::size_t slots) {
  if (are_kept()) rows_.grow_to(slots);
}

void Sketches::put(Slot slot, const float* embedding) {
  if (!are_kept()) return;
  thread_local std::vector<float> rotated;
  rotated.assign(bits_, 0);
  std::copy(embedding, embedding + dim_, rotated.begin());
  rotation_.apply(rotated.data());
  float sums[kLanes] = {};
  float all_squares[kLanes] = {};
  std::uint64_t* const row = rows_[slot];
  for (std::size_t w = 0; w < bits_ / kWordBits; ++w) {
    const float* const values = &rotated[w * kWordBits];
    std::uint8_t positive[kWordBits];
    for (std::size_t j = 0; j < kWordBits; ++j) positive[j] = values[j] > 0 ? 1 : 0;
    row[w] = gather_bits(positive, 0);
    for (std::size_t j = 0; j < kWordBits; j += kLanes) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        sums[l] += std::fabs(values[j + l]);
        all_squares[l] += values[j + l] * values[j + l];
      }
    }
  }
  const float sum = std::accumulate(std::begin(sums), std::end(sums), 0.0F);
  const float squares = std::accumulate(std::begin(all_squares), std::end(all_squares), 0.0F);
  const float alignment = sum > 0 ? sum / std::sqrt(squares * static_cast<float>(bits_)) : 1;
  const float across = std::sqrt(std::max(0.0F, 1 - alignment * alignment)) / alignment;
  const Facts facts{sum > 0 ? squares / sum : 0,
                    std::sqrt(squares / static_cast<float>(bits_ - 1)) * across};
  std::memcpy(row + bits_ / kWordBits, &facts, sizeof(facts));
}

void Sketches::encode(const float* query, SketchQuery& out) const {
  out.rotated.assign(bits_, 0);
  std::copy(query, query + dim_, out.rotated.begin());
  rotation_.apply(out.rotated.data());
  float largest = 0;
  for (const float v : out.rotated) largest = std::max(largest, std::fabs(v));
  out.step = largest / kStepsMax;
  out.words.assign(kPlanes * row_words_ + kLineWords, 0);
  void* start = out.words.data();
  std::size_t room = out.words.size() * sizeof(std::uint64_t);
  out.planes = static_cast<std::uint64_t*>(
      std::align(kCodeAlign, kPlanes * row_words_ * sizeof(std::uint64_t), start, room));
  std::int32_t sums[kLanes] = {};
  float lost[kLanes] = {};
  const float inverse = out.step > 0 ? 1 / out.step : 0;
  for (std::size_t w = 0; w < bits_ / kWordBits; ++w) {
    const float* const values = &out.rotated[w * kWordBits];
    std::uint8_t steps[kWordBits];
    for (std::size_t j = 0; j < kWordBits; j += kLanes) {
      for (std::size_t l = 0; l < kLanes; ++l) {
        const float scaled = values[j + l] * inverse;
        const auto rounded = static_cast<std::int32_t>(scaled + kRounding) - kRoundingOff;
        steps[j + l] = static_cast<std::uint8_t>(rounded);
        sums[l] += rounded;
        lost[l] += (scaled - static_cast<float>(rounded)) * (scaled - static_cast<float>(rounded));
      }
    }
    for (std::size_t p = 0; p < kPlanes; ++p) {
      out.planes[p * row_words_ + w] = gather_bits(steps, static_cast<unsigned>(p));
    }
  }
  out.sum = std::accumulate(std::begin(sums), std::end(sums), 0);
  out.lost = out.step * std::sqrt(std::accumulate(std::begin(lost), std::end(lost), 0.0F));
}

// The bits say s_i = 2 b_i - 1.
void Sketches::estimate(const SketchQuery& query, const Slot* slots, std::size_t count,
                        float* products, float* spreads) const noexcept {
  std::array<std::int32_t, kBlock> sums;
  for (std::size_t i = 0; i < std::min(kAhead, count); ++i) prefetch(slots[i]);
  for (std::size_t from = 0; from < count; from += kBlock) {
    const std::size_t n = std::min(kBlock, count - from);
    for (std::size_t i = from + kAhead; i < std::min(from + n + kAhead, count); ++i) {
      prefetch(slots[i]);
    }
    kernel_.dot_bits(query.planes, rows_[0], slots + from, n, row_words_, sums.data());
    for (std::size_t i = 0; i < n; ++i) {
      Facts of;
      std::memcpy(&of, rows_[slots[from + i]] + bits_ / kWordBits, sizeof(of));
      products[from + i] = of.factor * query.step * static_cast<float>(2 * sums[i] - query.sum);
      spreads[from + i] = of.spread;
    }
  }
}

float Sketches::reach(const SketchQuery& query, float norm, float norm_max,
                      float product) noexcept {
  const float along = norm_max > 0 ? std::clamp(product / norm_max, 0.0F, norm) : 0;
  return kDeviations *
         std::hypot(std::sqrt(norm * norm - along * along), kRoundingWeight * query.lost);
}

}  // namespace carrel::index
