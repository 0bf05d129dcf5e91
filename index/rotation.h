// index/rotation.h
//
// A rotation that looks random and is cheap: rounds of signs drawn from a seed and Walsh-Hadamard
// transforms, over the first and the last power of two of the values in turn (after Ailon and
// Chazelle 2009, "The fast Johnson-Lindenstrauss transform"; turning from both ends serves counts
// that are no power of two, as the library of RaBitQ does). It spreads whatever an embedding has in
// a few values evenly over all of them; lengths and inner products stay as they are.
//
// Threads: const; any.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "index/distance.h"

namespace carrel::index {

class Rotation {
 public:
  // `dim`: a multiple of kFloatAlign, at least that.
  Rotation(std::size_t dim, const Kernel& kernel);
  void apply(float* values) const noexcept;  // [dim], in place

 private:
  static constexpr std::size_t kRounds = 6;  // with four, single values stay in patterns

  std::size_t dim_;
  std::size_t block_;  // the largest power of two in dim
  const Kernel& kernel_;
  std::array<std::vector<float>, kRounds> signs_;  // [dim], those of the block also normalise it
};

}  // namespace carrel::index
