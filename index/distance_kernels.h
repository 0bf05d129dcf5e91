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

#if defined(__x86_64__)
extern const Kernel kAvx2Kernel;
extern const Kernel kAvx512VnniKernel;
#endif

}  // namespace carrel::index::detail
