// AVX2: bytes are widened to 16 bits first, because the byte multiply of AVX2 (VPMADDUBSW)
// saturates at 16 bits and would not be exact.
#include "index/distance_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define CARREL_AVX2 __attribute__((target("avx2,fma")))

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

CARREL_AVX2 void dot_codes_avx2(const std::int8_t* query, const std::uint8_t* const* rows,
                                std::size_t count, std::size_t bytes, std::int32_t* dots) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* row = rows[i];
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

CARREL_AVX2 float dot_floats_avx2(const float* a, const float* b, std::size_t count) {
  __m256 even = _mm256_setzero_ps();
  __m256 odd = _mm256_setzero_ps();
  for (std::size_t j = 0; j < count; j += 16) {
    even = _mm256_fmadd_ps(_mm256_loadu_ps(a + j), _mm256_loadu_ps(b + j), even);
    odd = _mm256_fmadd_ps(_mm256_loadu_ps(a + j + 8), _mm256_loadu_ps(b + j + 8), odd);
  }
  const __m256 both = _mm256_add_ps(even, odd);
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  s = _mm_add_ss(s, _mm_shuffle_ps(s, s, 1));
  return _mm_cvtss_f32(s);
}

}  // namespace

constinit const Kernel kAvx2Kernel{"avx2", dot_codes_avx2, dot_floats_avx2};

}  // namespace carrel::index::detail
#endif
