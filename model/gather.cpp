// Columns are taken 64 at a time so that the sums stay in eight registers while the rows stream by;
// with one register a row would be loaded as often as there are registers to fill.
#include "model/gather.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>

#include "model/cpu.h"

namespace carrel::model {
namespace {

using Indices = std::span<const std::uint32_t>;
using Weights = std::span<const float>;

inline float widen(float value) { return value; }
inline float widen(std::uint16_t value) { return from_half(value); }

template <class Element>
void sum_portable(Indices indices, Weights weights, const Element* rows, std::size_t stride,
                  float* out, std::size_t width) {
  std::fill_n(out, width, 0.0f);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const Element* row = rows + indices[i] * stride;
    const float weight = weights[i];
    for (std::size_t j = 0; j < width; ++j) out[j] += weight * widen(row[j]);
  }
}

#if defined(__x86_64__)

#define CARREL_AVX2 __attribute__((target("avx2,fma,f16c")))

CARREL_AVX2 inline __m256 load8(const float* p) { return _mm256_loadu_ps(p); }
CARREL_AVX2 inline __m256 load8(const std::uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// kLanes registers of eight columns each.
template <int kLanes, class Element>
CARREL_AVX2 void sum_columns(Indices indices, Weights weights, const Element* rows,
                             std::size_t stride, float* out) {
  __m256 sums[kLanes];
  for (__m256& sum : sums) sum = _mm256_setzero_ps();
  constexpr std::size_t kAhead = 6;  // rows; about the latency of memory at this work per row
  const std::size_t count = indices.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      const char* later = reinterpret_cast<const char*>(rows + indices[i + kAhead] * stride);
      for (std::size_t byte = 0; byte < kLanes * 8 * sizeof(Element); byte += 64)
        _mm_prefetch(later + byte, _MM_HINT_T0);
    }
    const Element* row = rows + indices[i] * stride;
    const __m256 weight = _mm256_set1_ps(weights[i]);
    for (int lane = 0; lane < kLanes; ++lane)
      sums[lane] = _mm256_fmadd_ps(weight, load8(row + lane * 8), sums[lane]);
  }
  for (int lane = 0; lane < kLanes; ++lane) _mm256_storeu_ps(out + lane * 8, sums[lane]);
}

template <class Element>
CARREL_AVX2 void sum_avx2(Indices indices, Weights weights, const Element* rows, std::size_t stride,
                          float* out, std::size_t width) {
  std::size_t j = 0;
  for (; j + 64 <= width; j += 64) sum_columns<8>(indices, weights, rows + j, stride, out + j);
  for (; j + 16 <= width; j += 16) sum_columns<2>(indices, weights, rows + j, stride, out + j);
  if (j + 8 <= width) {
    sum_columns<1>(indices, weights, rows + j, stride, out + j);
    j += 8;
  }
  if (j < width) sum_portable(indices, weights, rows + j, stride, out + j, width - j);
}

#endif

template <class Element>
void sum(Indices indices, Weights weights, const Element* rows, std::size_t stride,
         std::span<float> out) {
#if defined(__x86_64__)
  if (cpu_features().avx2) return sum_avx2(indices, weights, rows, stride, out.data(), out.size());
#endif
  sum_portable(indices, weights, rows, stride, out.data(), out.size());
}

}  // namespace

void gather_sum(Indices indices, Weights weights, const float* rows, std::size_t stride,
                std::span<float> out) {
  sum(indices, weights, rows, stride, out);
}

void gather_sum(Indices indices, Weights weights, const std::uint16_t* rows, std::size_t stride,
                std::span<float> out) {
  sum(indices, weights, rows, stride, out);
}

}  // namespace carrel::model
