// index/distance_kernels.h
//
// Private to distance*.cpp: the kernels that need instructions the CPU may not have. Only
// distance.cpp names them, after it has asked the CPU.
#pragma once

#include "index/distance.h"

namespace carrel::index::detail {

inline constexpr float kCodeMax = 127;

// So small that dividing by it would not be finite: as good as zero.
inline float scale_for(float largest) {
  const float scale = largest / kCodeMax;
  return scale > 1e-30F ? scale : 0;
}

// Kernel::dot_bits over words, for whatever the CPU counts bits with: inlined into functions that
// name its instructions.
__attribute__((always_inline)) inline void dot_bits(const std::uint64_t* planes,
                                                    const std::uint64_t* rows,
                                                    const std::uint32_t* slots, std::size_t count,
                                                    std::size_t words, std::int32_t* sums) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t* const row = rows + slots[i] * words;
    std::int32_t at[kPlanes] = {};
    for (std::size_t j = 0; j < words; ++j) {
      for (std::size_t p = 0; p < kPlanes; ++p) {
        at[p] += __builtin_popcountll(row[j] & planes[p * words + j]);
      }
    }
    sums[i] = at[0] + 2 * at[1] + 4 * at[2] - 8 * at[3];
  }
}

#if defined(__x86_64__)
// Kernel::dot_bits with POPCNT, a word at a time.
void dot_bits_popcnt(const std::uint64_t* planes, const std::uint64_t* rows,
                     const std::uint32_t* slots, std::size_t count, std::size_t words,
                     std::int32_t* sums);

// Both kernels of AVX-512: the second counts bits eight words at a time (VPOPCNTDQ).
extern const Kernel kAvx512PopcountKernel;
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512VnniKernel;
#endif

}  // namespace carrel::index::detail
