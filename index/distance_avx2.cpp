// AVX2: bytes are widened to 16 bits first, because the byte multiply of AVX2 (VPMADDUBSW)
// saturates at 16 bits and would not be exact.
#include <cmath>

#include "index/distance_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define CARREL_AVX2 __attribute__((target("avx2,fma,f16c")))

namespace carrel::index::detail {
namespace {

CARREL_AVX2 inline std::int32_t sum_lanes(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, _MM_SHUFFLE(1, 0, 3, 2)));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, _MM_SHUFFLE(2, 3, 0, 1)));
  return _mm_cvtsi128_si32(s);
}

CARREL_AVX2 inline __m256i add_16_products(__m256i sum, const std::uint8_t* row,
                                           const std::int8_t* query) {
  const __m256i a = _mm256_cvtepu8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(row)));
  const __m256i b = _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(query)));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}

CARREL_AVX2 void dot_codes_avx2(const std::int8_t* query, const std::uint8_t* rows,
                                const std::uint32_t* slots, std::size_t count, std::size_t bytes,
                                std::int32_t* dots) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const row = rows + slots[i] * bytes;
    __m256i even = _mm256_setzero_si256();
    __m256i odd = _mm256_setzero_si256();
    for (std::size_t j = 0; j < bytes; j += 64) {
      even = add_16_products(even, row + j, query + j);
      odd = add_16_products(odd, row + j + 16, query + j + 16);
      even = add_16_products(even, row + j + 32, query + j + 32);
      odd = add_16_products(odd, row + j + 48, query + j + 48);
    }
    dots[i] = sum_lanes(_mm256_add_epi32(even, odd));
  }
}

CARREL_AVX2 inline float sum_lanes(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  s = _mm_add_ss(s, _mm_shuffle_ps(s, s, 1));
  return _mm_cvtss_f32(s);
}

CARREL_AVX2 inline __m256 load_halves(const std::uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

CARREL_AVX2 float dot_halves_avx2(const float* a, const std::uint16_t* b, std::size_t count) {
  __m256 even = _mm256_setzero_ps();
  __m256 odd = _mm256_setzero_ps();
  for (std::size_t j = 0; j < count; j += 16) {
    even = _mm256_fmadd_ps(_mm256_loadu_ps(a + j), load_halves(b + j), even);
    odd = _mm256_fmadd_ps(_mm256_loadu_ps(a + j + 8), load_halves(b + j + 8), odd);
  }
  return sum_lanes(_mm256_add_ps(even, odd));
}

CARREL_AVX2 float apart_halves_avx2(const float* a, const std::uint16_t* b, std::size_t count) {
  __m256 even = _mm256_setzero_ps();
  __m256 odd = _mm256_setzero_ps();
  for (std::size_t j = 0; j < count; j += 16) {
    const __m256 one = _mm256_sub_ps(_mm256_loadu_ps(a + j), load_halves(b + j));
    const __m256 two = _mm256_sub_ps(_mm256_loadu_ps(a + j + 8), load_halves(b + j + 8));
    even = _mm256_fmadd_ps(one, one, even);
    odd = _mm256_fmadd_ps(two, two, odd);
  }
  return sum_lanes(_mm256_add_ps(even, odd));
}

CARREL_AVX2 void widen_avx2(const std::uint16_t* halves, float* floats, std::size_t count) {
  for (std::size_t j = 0; j < count; j += 8) _mm256_storeu_ps(floats + j, load_halves(halves + j));
}

CARREL_AVX2 Encoded encode_avx2(const float* floats, std::size_t count, std::int8_t* codes) {
  const __m256 no_sign = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
  __m256 high = _mm256_setzero_ps();
  for (std::size_t j = 0; j < count; j += 8) {
    high = _mm256_max_ps(high, _mm256_and_ps(_mm256_loadu_ps(floats + j), no_sign));
  }
  alignas(32) float lanes[8];
  _mm256_store_ps(lanes, high);
  float largest = 0;
  for (const float lane : lanes) largest = lane > largest ? lane : largest;
  Encoded out;
  out.scale = scale_for(largest);
  const __m256 inverse = _mm256_set1_ps(out.scale > 0 ? 1 / out.scale : 0);
  const __m256 most = _mm256_set1_ps(kCodeMax);
  const __m256 least = _mm256_set1_ps(-kCodeMax);
  __m256 lost = _mm256_setzero_ps();
  __m256 squares = lost;
  __m256i sum = _mm256_setzero_si256();
  for (std::size_t j = 0; j < count; j += 8) {
    const __m256 scaled = _mm256_mul_ps(_mm256_loadu_ps(floats + j), inverse);
    const __m256i code = _mm256_cvtps_epi32(_mm256_max_ps(_mm256_min_ps(scaled, most), least));
    sum = _mm256_add_epi32(sum, code);
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(code), _mm256_extracti128_si256(code, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(codes + j), _mm_packs_epi16(words, words));
    const __m256 difference = _mm256_sub_ps(scaled, _mm256_cvtepi32_ps(code));
    lost = _mm256_fmadd_ps(difference, difference, lost);
    squares = _mm256_fmadd_ps(scaled, scaled, squares);
  }
  out.sum = sum_lanes(sum);
  out.error = out.scale * std::sqrt(sum_lanes(lost));
  out.norm = out.scale * std::sqrt(sum_lanes(squares));
  return out;
}

// Lanes `half` apart, in one register: a + b in the lower one, a - b in the higher.
template <int half>
CARREL_AVX2 inline __m256 mix_lanes(__m256 v) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256 other =
      _mm256_permutevar8x32_ps(v, _mm256_xor_si256(lanes, _mm256_set1_epi32(half)));
  constexpr int kHigher = half == 1 ? 0xAA : half == 2 ? 0xCC : 0xF0;
  return _mm256_blend_ps(_mm256_add_ps(other, v), _mm256_sub_ps(other, v), kHigher);
}

CARREL_AVX2 void hadamard_avx2(float* floats, std::size_t count) {
  for (std::size_t j = 0; j < count; j += 8) {
    const __m256 v = mix_lanes<2>(mix_lanes<1>(_mm256_loadu_ps(floats + j)));
    _mm256_storeu_ps(floats + j, mix_lanes<4>(v));
  }
  for (std::size_t half = 8; half < count; half *= 2) {
    for (std::size_t from = 0; from < count; from += 2 * half) {
      for (std::size_t j = from; j < from + half; j += 8) {
        const __m256 a = _mm256_loadu_ps(floats + j);
        const __m256 b = _mm256_loadu_ps(floats + j + half);
        _mm256_storeu_ps(floats + j, _mm256_add_ps(a, b));
        _mm256_storeu_ps(floats + j + half, _mm256_sub_ps(a, b));
      }
    }
  }
}

}  // namespace

__attribute__((target("popcnt"))) void dot_bits_popcnt(const std::uint64_t* planes,
                                                       const std::uint64_t* rows,
                                                       const std::uint32_t* slots,
                                                       std::size_t count, std::size_t words,
                                                       std::int32_t* sums) {
  dot_bits(planes, rows, slots, count, words, sums);
}

constinit const Kernel kAvx2Kernel{"avx2",     dot_codes_avx2, dot_halves_avx2, apart_halves_avx2,
                                   widen_avx2, encode_avx2,    hadamard_avx2,   dot_bits_popcnt};

}  // namespace carrel::index::detail
#endif
