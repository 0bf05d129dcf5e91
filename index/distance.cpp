#include "index/distance.h"

#include "index/distance_kernels.h"

namespace carrel::index {
namespace {

void dot_codes_plain(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t count,
                     std::size_t bytes, std::int32_t* dots) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* row = rows[i];
    std::int32_t sum = 0;
    for (std::size_t j = 0; j < bytes; ++j) sum += std::int32_t{row[j]} * std::int32_t{query[j]};
    dots[i] = sum;
  }
}

// Sixteen sums side by side, as the wide kernels keep them: less rounding than one long sum.
float dot_floats_plain(const float* a, const float* b, std::size_t count) {
  float sums[kFloatAlign] = {};
  for (std::size_t j = 0; j < count; j += kFloatAlign) {
    for (std::size_t lane = 0; lane < kFloatAlign; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  }
  for (std::size_t width = kFloatAlign / 2; width > 0; width /= 2) {
    for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

constexpr Kernel kPlainKernel{"plain", dot_codes_plain, dot_floats_plain};

}  // namespace

const Kernel* kernel_if_supported(KernelKind kind) noexcept {
  switch (kind) {
    case KernelKind::plain:
      return &kPlainKernel;
#if defined(__x86_64__)
    case KernelKind::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &detail::kAvx2Kernel
                                                                             : nullptr;
    case KernelKind::avx512_vnni:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vnni")
                 ? &detail::kAvx512VnniKernel
                 : nullptr;
#else
    case KernelKind::avx2:
    case KernelKind::avx512_vnni:
      return nullptr;
#endif
  }
  return nullptr;
}

const Kernel& best_kernel() noexcept {
  static const Kernel* const best = [] {
    for (const KernelKind kind : {KernelKind::avx512_vnni, KernelKind::avx2}) {
      if (const Kernel* kernel = kernel_if_supported(kind)) return kernel;
    }
    return &kPlainKernel;
  }();
  return *best;
}

}  // namespace carrel::index
