#include "index/rotation.h"

#include <bit>
#include <cmath>

#include "core/random.h"

namespace carrel::index {
namespace {

constexpr std::uint64_t kSeed = 0x526F746174696F6EULL;  // any; the same on every machine

// In steps of known length, which compilers make vector instructions of.
void multiply(float* __restrict values, const float* __restrict by, std::size_t count) {
  for (std::size_t j = 0; j < count; j += kFloatAlign) {
    for (std::size_t lane = 0; lane < kFloatAlign; ++lane) values[j + lane] *= by[j + lane];
  }
}

}  // namespace

Rotation::Rotation(std::size_t dim, const Kernel& kernel)
    : dim_(dim), block_(std::bit_floor(dim)), kernel_(kernel) {
  Rng rng(kSeed);
  const float length = 1 / std::sqrt(static_cast<float>(block_));
  for (std::size_t round = 0; round < kRounds; ++round) {
    const std::size_t first = round % 2 == 0 ? 0 : dim_ - block_;
    std::vector<float>& signs = signs_[round];
    signs.resize(dim_);
    for (std::size_t j = 0; j < dim_; ++j) {
      const bool in_block = j >= first && j - first < block_;
      signs[j] = (in_block ? length : 1.0F) * (rng.chance(0.5) ? 1.0F : -1.0F);
    }
  }
}

void Rotation::apply(float* values) const noexcept {
  for (std::size_t round = 0; round < kRounds; ++round) {
    multiply(values, signs_[round].data(), dim_);
    kernel_.hadamard(values + (round % 2 == 0 ? 0 : dim_ - block_), block_);
  }
}

}  // namespace carrel::index
