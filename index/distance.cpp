#include "index/distance.h"

#include <algorithm>
#include <cmath>

#include "core/half.h"
#include "index/distance_kernels.h"

namespace carrel::index {
namespace {

void dot_codes_plain(const std::int8_t* query, const std::uint8_t* rows, const std::uint32_t* slots,
                     std::size_t count, std::size_t bytes, std::int32_t* dots) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const row = rows + slots[i] * bytes;
    std::int32_t sum = 0;
    for (std::size_t j = 0; j < bytes; ++j) sum += std::int32_t{row[j]} * std::int32_t{query[j]};
    dots[i] = sum;
  }
}

float sum_of(const float (&lanes)[kFloatAlign]) {
  float sums[kFloatAlign];
  std::copy(std::begin(lanes), std::end(lanes), sums);
  for (std::size_t width = kFloatAlign / 2; width > 0; width /= 2) {
    for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return sums[0];
}

// Sixteen sums side by side, as the wide kernels keep them: less rounding than one long sum.
float dot_halves_plain(const float* a, const std::uint16_t* b, std::size_t count) {
  float sums[kFloatAlign] = {};
  for (std::size_t j = 0; j < count; j += kFloatAlign) {
    for (std::size_t lane = 0; lane < kFloatAlign; ++lane) {
      sums[lane] += a[j + lane] * from_half(b[j + lane]);
    }
  }
  return sum_of(sums);
}

float apart_halves_plain(const float* a, const std::uint16_t* b, std::size_t count) {
  float sums[kFloatAlign] = {};
  for (std::size_t j = 0; j < count; j += kFloatAlign) {
    for (std::size_t lane = 0; lane < kFloatAlign; ++lane) {
      const float difference = a[j + lane] - from_half(b[j + lane]);
      sums[lane] += difference * difference;
    }
  }
  return sum_of(sums);
}

void widen_plain(const std::uint16_t* halves, float* floats, std::size_t count) {
  std::transform(halves, halves + count, floats, from_half);
}

// Lengths are summed in units of the scale: their squares neither vanish nor overflow.
Encoded encode_plain(const float* floats, std::size_t count, std::int8_t* codes) {
  float largest = 0;
  for (std::size_t j = 0; j < count; ++j) largest = std::max(largest, std::fabs(floats[j]));
  Encoded out;
  out.scale = detail::scale_for(largest);
  const float inverse = out.scale > 0 ? 1 / out.scale : 0;
  float lost[kFloatAlign] = {};
  float squares[kFloatAlign] = {};
  for (std::size_t j = 0; j < count; ++j) {
    const float scaled = floats[j] * inverse;
    const float code = std::nearbyint(std::clamp(scaled, -detail::kCodeMax, detail::kCodeMax));
    codes[j] = static_cast<std::int8_t>(code);
    out.sum += static_cast<std::int32_t>(code);
    const float difference = scaled - code;
    lost[j % kFloatAlign] += difference * difference;
    squares[j % kFloatAlign] += scaled * scaled;
  }
  out.error = out.scale * std::sqrt(sum_of(lost));
  out.norm = out.scale * std::sqrt(sum_of(squares));
  return out;
}

void hadamard_plain(float* floats, std::size_t count) {
  for (std::size_t half = 1; half < count; half *= 2) {
    for (std::size_t from = 0; from < count; from += 2 * half) {
      for (std::size_t j = from; j < from + half; ++j) {
        const float a = floats[j];
        const float b = floats[j + half];
        floats[j] = a + b;
        floats[j + half] = a - b;
      }
    }
  }
}

void dot_bits_plain(const std::uint64_t* planes, const std::uint64_t* rows,
                    const std::uint32_t* slots, std::size_t count, std::size_t words,
                    std::int32_t* sums) {
  detail::dot_bits(planes, rows, slots, count, words, sums);
}

constexpr Kernel kPlainKernel{"plain",     dot_codes_plain, dot_halves_plain, apart_halves_plain,
                              widen_plain, encode_plain,    hadamard_plain,   dot_bits_plain};

}  // namespace

const Kernel* kernel_if_supported(KernelKind kind) noexcept {
  switch (kind) {
    case KernelKind::plain:
      return &kPlainKernel;
#if defined(__x86_64__)
    case KernelKind::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                     __builtin_cpu_supports("f16c") && __builtin_cpu_supports("popcnt")
                 ? &detail::kAvx2Kernel
                 : nullptr;
    case KernelKind::avx512_vnni:
      if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
          !__builtin_cpu_supports("avx512vnni") || !__builtin_cpu_supports("popcnt")) {
        return nullptr;
      }
      return __builtin_cpu_supports("avx512vpopcntdq") ? &detail::kAvx512PopcountKernel
                                                       : &detail::kAvx512VnniKernel;
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
