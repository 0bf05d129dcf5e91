// AVX-512 with VNNI: 64 byte products an instruction. Four rows run side by side, which hides the
// latency of the accumulators, and their sums are folded together by one transposition.
#include <array>
#include <cmath>

#include "index/distance_kernels.h"

#if defined(__x86_64__)
// g++ 12 takes the deliberately undefined operands of its own AVX-512 header for a mistake (GCC
// bug 105593); the warning lands on the lines that use them.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#define CARREL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni")))

namespace carrel::index::detail {
namespace {

CARREL_AVX512 inline __m512i load_512(const void* p) { return _mm512_load_si512(p); }

// Lane i of the result is the sum of all lanes of the i-th argument.
CARREL_AVX512 inline __m128i sums_of_four(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i abcd =
      _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half =
      _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti64x4_epi64(abcd, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

CARREL_AVX512 void dot_codes_avx512(const std::int8_t* query, const std::uint8_t* rows,
                                    const std::uint32_t* slots, std::size_t count,
                                    std::size_t bytes, std::int32_t* dots) {
  for (std::size_t i = 0; i < count; i += 4) {
    // The last four may name the last row again: cheaper than rows on their own.
    const std::size_t last = count - 1;
    const std::uint8_t* const row_a = rows + slots[i] * bytes;
    const std::uint8_t* const row_b = rows + slots[i + 1 < last ? i + 1 : last] * bytes;
    const std::uint8_t* const row_c = rows + slots[i + 2 < last ? i + 2 : last] * bytes;
    const std::uint8_t* const row_d = rows + slots[i + 3 < last ? i + 3 : last] * bytes;
    __m512i a = _mm512_setzero_si512();
    __m512i b = a;
    __m512i c = a;
    __m512i d = a;
    for (std::size_t j = 0; j < bytes; j += 64) {
      const __m512i q = load_512(query + j);
      a = _mm512_dpbusd_epi32(a, load_512(row_a + j), q);
      b = _mm512_dpbusd_epi32(b, load_512(row_b + j), q);
      c = _mm512_dpbusd_epi32(c, load_512(row_c + j), q);
      d = _mm512_dpbusd_epi32(d, load_512(row_d + j), q);
    }
    const __m128i sums = sums_of_four(a, b, c, d);
    if (count - i >= 4) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(dots + i), sums);
    } else {
      alignas(16) std::int32_t four[4];
      _mm_store_si128(reinterpret_cast<__m128i*>(four), sums);
      for (std::size_t k = i; k < count; ++k) dots[k] = four[k - i];
    }
  }
}

CARREL_AVX512 inline __m512 load_halves(const std::uint16_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

CARREL_AVX512 float dot_halves_avx512(const float* a, const std::uint16_t* b, std::size_t count) {
  __m512 even = _mm512_setzero_ps();
  __m512 odd = _mm512_setzero_ps();
  std::size_t j = 0;
  for (; j + 32 <= count; j += 32) {
    even = _mm512_fmadd_ps(_mm512_loadu_ps(a + j), load_halves(b + j), even);
    odd = _mm512_fmadd_ps(_mm512_loadu_ps(a + j + 16), load_halves(b + j + 16), odd);
  }
  if (j < count) even = _mm512_fmadd_ps(_mm512_loadu_ps(a + j), load_halves(b + j), even);
  return _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
}

CARREL_AVX512 float apart_halves_avx512(const float* a, const std::uint16_t* b, std::size_t count) {
  __m512 sum = _mm512_setzero_ps();
  for (std::size_t j = 0; j < count; j += 16) {
    const __m512 difference = _mm512_sub_ps(_mm512_loadu_ps(a + j), load_halves(b + j));
    sum = _mm512_fmadd_ps(difference, difference, sum);
  }
  return _mm512_reduce_add_ps(sum);
}

CARREL_AVX512 void widen_avx512(const std::uint16_t* halves, float* floats, std::size_t count) {
  for (std::size_t j = 0; j < count; j += 16) _mm512_storeu_ps(floats + j, load_halves(halves + j));
}

CARREL_AVX512 Encoded encode_avx512(const float* floats, std::size_t count, std::int8_t* codes) {
  __m512 high = _mm512_setzero_ps();
  for (std::size_t j = 0; j < count; j += 16) {
    high = _mm512_max_ps(high, _mm512_abs_ps(_mm512_loadu_ps(floats + j)));
  }
  Encoded out;
  out.scale = scale_for(_mm512_reduce_max_ps(high));
  const __m512 inverse = _mm512_set1_ps(out.scale > 0 ? 1 / out.scale : 0);
  const __m512 most = _mm512_set1_ps(kCodeMax);
  const __m512 least = _mm512_set1_ps(-kCodeMax);
  __m512 lost = _mm512_setzero_ps();
  __m512 squares = lost;
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t j = 0; j < count; j += 16) {
    const __m512 scaled = _mm512_mul_ps(_mm512_loadu_ps(floats + j), inverse);
    const __m512i code = _mm512_cvtps_epi32(_mm512_max_ps(_mm512_min_ps(scaled, most), least));
    sum = _mm512_add_epi32(sum, code);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes + j), _mm512_cvtepi32_epi8(code));
    const __m512 difference = _mm512_sub_ps(scaled, _mm512_cvtepi32_ps(code));
    lost = _mm512_fmadd_ps(difference, difference, lost);
    squares = _mm512_fmadd_ps(scaled, scaled, squares);
  }
  out.sum = _mm512_reduce_add_epi32(sum);
  out.error = out.scale * std::sqrt(_mm512_reduce_add_ps(lost));
  out.norm = out.scale * std::sqrt(_mm512_reduce_add_ps(squares));
  return out;
}

// Lanes `half` apart, in one register: a + b in the lower one, a - b in the higher.
template <int half>
CARREL_AVX512 inline __m512 mix_lanes(__m512 v) {
  alignas(64) static constexpr auto kOther = [] {
    std::array<std::int32_t, 16> out{};
    for (int i = 0; i < 16; ++i) out[static_cast<std::size_t>(i)] = i ^ half;
    return out;
  }();
  constexpr auto kHigher = static_cast<__mmask16>(half == 1   ? 0xAAAA
                                                  : half == 2 ? 0xCCCC
                                                  : half == 4 ? 0xF0F0
                                                              : 0xFF00);
  const __m512 other = _mm512_permutexvar_ps(load_512(kOther.data()), v);
  return _mm512_mask_sub_ps(_mm512_add_ps(other, v), kHigher, other, v);
}

CARREL_AVX512 void hadamard_avx512(float* floats, std::size_t count) {
  for (std::size_t j = 0; j < count; j += 16) {
    const __m512 v = mix_lanes<2>(mix_lanes<1>(_mm512_loadu_ps(floats + j)));
    _mm512_storeu_ps(floats + j, mix_lanes<8>(mix_lanes<4>(v)));
  }
  for (std::size_t half = 16; half < count; half *= 2) {
    for (std::size_t from = 0; from < count; from += 2 * half) {
      for (std::size_t j = from; j < from + half; j += 16) {
        const __m512 a = _mm512_loadu_ps(floats + j);
        const __m512 b = _mm512_loadu_ps(floats + j + half);
        _mm512_storeu_ps(floats + j, _mm512_add_ps(a, b));
        _mm512_storeu_ps(floats + j + half, _mm512_sub_ps(a, b));
      }
    }
  }
}

#define CARREL_AVX512_POPCOUNT \
  __attribute__((target("avx512f,avx512bw,avx512vnni,avx512vpopcntdq")))

CARREL_AVX512_POPCOUNT inline __m512i count_common(__m512i bits, const std::uint64_t* plane) {
  return _mm512_popcnt_epi64(_mm512_and_si512(bits, load_512(plane)));
}

CARREL_AVX512_POPCOUNT inline __m512i count_weighted(const std::uint64_t* planes,
                                                     const std::uint64_t* row, std::size_t words) {
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t j = 0; j < words; j += 8) {
    const __m512i bits = load_512(row + j);
    const __m512i one = count_common(bits, planes + j);
    const __m512i two = count_common(bits, planes + words + j);
    const __m512i four = count_common(bits, planes + 2 * words + j);
    const __m512i eight = count_common(bits, planes + 3 * words + j);
    const __m512i low = _mm512_add_epi64(one, _mm512_slli_epi64(two, 1));
    const __m512i high = _mm512_sub_epi64(four, _mm512_slli_epi64(eight, 1));
    sum = _mm512_add_epi64(sum, _mm512_add_epi64(low, _mm512_slli_epi64(high, 2)));
  }
  return sum;
}

CARREL_AVX512_POPCOUNT void dot_bits_vpopcntdq(const std::uint64_t* planes,
                                               const std::uint64_t* rows,
                                               const std::uint32_t* slots, std::size_t count,
                                               std::size_t words, std::int32_t* sums) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m512i a = count_weighted(planes, rows + slots[i] * words, words);
    const __m512i b = count_weighted(planes, rows + slots[i + 1] * words, words);
    const __m512i c = count_weighted(planes, rows + slots[i + 2] * words, words);
    const __m512i d = count_weighted(planes, rows + slots[i + 3] * words, words);
    const __m512i ab = _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    const __m512i cd = _mm512_add_epi64(_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
    // Sums fit 32 bits: the lower halves of the words of ab and cd, side by side.
    const __m512i both = _mm512_castps_si512(_mm512_shuffle_ps(
        _mm512_castsi512_ps(ab), _mm512_castsi512_ps(cd), _MM_SHUFFLE(2, 0, 2, 0)));
    const __m256i half =
        _mm256_add_epi32(_mm512_castsi512_si256(both), _mm512_extracti64x4_epi64(both, 1));
    _mm_storeu_si128(
        reinterpret_cast<__m128i*>(sums + i),
        _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
  }
  for (; i < count; ++i) {
    sums[i] = static_cast<std::int32_t>(
        _mm512_reduce_add_epi64(count_weighted(planes, rows + slots[i] * words, words)));
  }
}

}  // namespace

constinit const Kernel kAvx512VnniKernel{"avx512_vnni",       dot_codes_avx512, dot_halves_avx512,
                                         apart_halves_avx512, widen_avx512,     encode_avx512,
                                         hadamard_avx512,     dot_bits_popcnt};
constinit const Kernel kAvx512PopcountKernel{
    "avx512_vnni", dot_codes_avx512, dot_halves_avx512, apart_halves_avx512,
    widen_avx512,  encode_avx512,    hadamard_avx512,   dot_bits_vpopcntdq};

}  // namespace carrel::index::detail
#endif
