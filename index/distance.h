// index/distance.h
//
// Inner products over codes (8-bit integers) and over floats, one implementation a family of CPUs.
//
// Codes are stored as value + 128 in unsigned bytes, because the instruction that multiplies four
// bytes at once (VPDPBUSD) takes one unsigned and one signed operand; the query stays signed. Sums
// of integers are exact, so all kernels give equal results on codes; on floats they differ by
// rounding alone.
//
// Threads: pure functions, any thread. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carrel::index {

inline constexpr std::size_t kCodeAlign = 64;   // bytes: rows of codes start and end on it
inline constexpr std::size_t kFloatAlign = 16;  // floats: rows of floats are padded to it

struct Kernel {
  std::string_view name;

  // dots[i] = sum over j < bytes of rows[i][j] * query[j]. `bytes` is a multiple of kCodeAlign,
  // rows and query are aligned to it; padding of the query is 0. query[j] is in -127..127.
  void (*dot_codes)(const std::int8_t* query, const std::uint8_t* const* rows, std::size_t count,
                    std::size_t bytes, std::int32_t* dots);

  // The inner product of `count` floats, a multiple of kFloatAlign.
  float (*dot_floats)(const float* a, const float* b, std::size_t count);
};

enum class KernelKind : std::uint8_t { plain, avx2, avx512_vnni };

// The kernel if this CPU can run it, else nullptr. `plain` always can.
const Kernel* kernel_if_supported(KernelKind kind) noexcept;

// The fastest one that this CPU can run, decided once.
const Kernel& best_kernel() noexcept;

}  // namespace carrel::index
