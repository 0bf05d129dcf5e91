// index/distance.h
//
// Inner products over codes (8-bit integers) and over floats, one implementation a family of CPUs.
//
// Codes are stored as value + 128 in unsigned bytes, because the instruction that multiplies four
// bytes at once (VPDPBUSD) takes one unsigned and one signed operand; the query stays signed. Sums
// of integers are exact, so all kernels give equal results on codes; on floats they differ by
// rounding alone.
//
// Embeddings are also kept as halves (float16) for the final score; the query stays in floats.
//
// Sketches (index/vector_sketches.h) are bits; the query meets them as four planes of bits.
//
// Threads: pure functions, any thread. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace carrel::index {

inline constexpr std::size_t kCodeAlign = 64;  // bytes: rows of codes start and end on it
inline constexpr std::size_t kFloatAlign =
    16;  // values: rows of halves and floats are padded to it

// How near two embeddings are; the larger the score, the nearer.
enum class Metric : std::uint8_t {
  cosine,         // embeddings of unit length: their inner product
  inner_product,  // embeddings of any length
  // Minus the squared distance. Codes resolve distances down to about a hundredth of the longest
  // length, so embeddings much nearer to each other than to zero are walked less exactly; a scan is
  // exact for all of them.
  l2,
};

// What an array of floats is as codes: value = scale * code, nearly.
struct Encoded {
  float scale = 0;       // largest absolute value / 127; 0: as good as zero
  float norm = 0;        // of the floats
  float error = 0;       // norm of floats minus codes times scale
  std::int32_t sum = 0;  // of the codes
};

struct Kernel {
  std::string_view name;

  // dots[i] = sum over j < bytes of rows[slots[i] * bytes + j] * query[j]. `bytes` is a multiple of
  // kCodeAlign, rows and query are aligned to it; padding of the query is 0. query[j] is in
  // -127..127.
  void (*dot_codes)(const std::int8_t* query, const std::uint8_t* rows, const std::uint32_t* slots,
                    std::size_t count, std::size_t bytes, std::int32_t* dots);

  // The inner product of `count` floats and halves, a multiple of kFloatAlign.
  float (*dot_halves)(const float* a, const std::uint16_t* b, std::size_t count);

  // The sum of the squared differences of `count` floats and halves, a multiple of kFloatAlign.
  float (*apart_halves)(const float* a, const std::uint16_t* b, std::size_t count);

  // floats[i] = halves[i], for `count` values, a multiple of kFloatAlign.
  void (*widen)(const std::uint16_t* halves, float* floats, std::size_t count);

  // codes[i] = the rounded floats[i] / scale, for `count` finite values, a multiple of kFloatAlign.
  Encoded (*encode)(const float* floats, std::size_t count, std::int8_t* codes);

  // The Walsh-Hadamard transform in place, not normalised, of `count` floats: a power of two, at
  // least kFloatAlign.
  void (*hadamard)(float* floats, std::size_t count);

  // sums[i] = the sum over the bits set in row slots[i] of what the planes say at the same place:
  // bits of weight 1, 2, 4 and -8, [4, words] of them. A row has `words` words, a multiple of 8,
  // and is aligned to kCodeAlign as the planes are. A place with no bit in any plane counts for
  // nothing.
  void (*dot_bits)(const std::uint64_t* planes, const std::uint64_t* rows,
                   const std::uint32_t* slots, std::size_t count, std::size_t words,
                   std::int32_t* sums);
};

inline constexpr std::size_t kPlanes = 4;

enum class KernelKind : std::uint8_t { plain, avx2, avx512_vnni };

// The kernel if this CPU can run it, else nullptr. `plain` always can.
const Kernel* kernel_if_supported(KernelKind kind) noexcept;

// The fastest one that this CPU can run, decided once.
const Kernel& best_kernel() noexcept;

}  // namespace carrel::index
