// How work is cut into panels: by shape, see blas.h.
#include "model/blas.h"

#include <algorithm>
#include <climits>
#include <vector>

#include "core/error.h"
#include "model/parallel.h"

namespace carrel::model {
namespace {

constexpr std::size_t kPanel = 256;     // rows or columns of c that one thread computes at once
constexpr std::size_t kGramRows = 256;  // rows widened to double at once
constexpr std::size_t kGramShards = 8;  // partial sums, added up in order
constexpr double kFlopsPerThread =
    4'000'000;  // below this, starting threads costs more than it saves

std::size_t pieces_of(std::size_t count, std::size_t piece) { return (count + piece - 1) / piece; }

void widen(const float* from, std::size_t stride, std::size_t rows, std::size_t columns,
           std::vector<double>& to) {
  to.resize(rows * columns);
  for (std::size_t r = 0; r < rows; ++r)
    std::copy_n(from + r * stride, columns, to.data() + r * columns);
}

}  // namespace

void Blas::sgemm(const GemmShape& shape, float alpha, Factor a, Factor b, float beta, float* c,
                 std::size_t c_stride, std::size_t threads) const {
  CARREL_ASSERT(std::max({shape.rows, shape.columns, shape.inner, a.stride, b.stride, c_stride}) <=
                static_cast<std::size_t>(INT_MAX));
  const double flops = 2.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.columns) *
                       static_cast<double>(shape.inner);
  if (flops < kFlopsPerThread) threads = 1;
  const bool by_rows = shape.rows >= shape.columns;
  const std::size_t length = by_rows ? shape.rows : shape.columns;
  run_pieces(pieces_of(length, kPanel), threads, [&](std::size_t piece) {
    const std::size_t first = piece * kPanel;
    const std::size_t count = std::min(kPanel, length - first);
    GemmShape part = shape;
    Factor part_a = a;
    Factor part_b = b;
    float* part_c = c;
    if (by_rows) {
      part.rows = count;
      part_a.data += a.transposed ? first : first * a.stride;
      part_c += first * c_stride;
    } else {
      part.columns = count;
      part_b.data += b.transposed ? first * b.stride : first;
      part_c += first;
    }
    sgemm_panel(part, alpha, part_a, part_b, beta, part_c, c_stride);
  });
}

void Blas::gram(std::size_t rows, std::size_t columns, const float* x, const float* y,
                std::size_t stride, double* out, std::size_t threads) const {
  CARREL_ASSERT(columns <= static_cast<std::size_t>(INT_MAX));
  const std::size_t size = columns * columns;
  const std::size_t shard_rows = std::max(kGramRows, pieces_of(rows, kGramShards));
  const std::size_t shards = pieces_of(rows, shard_rows);
  std::vector<double> sums(shards * size, 0.0);
  run_pieces(shards, threads, [&](std::size_t shard) {
    std::vector<double> wide_x;
    std::vector<double> wide_y;
    const std::size_t end = std::min(rows, (shard + 1) * shard_rows);
    for (std::size_t r = shard * shard_rows; r < end; r += kGramRows) {
      const std::size_t count = std::min(kGramRows, end - r);
      widen(x + r * stride, stride, count, columns, wide_x);
      if (x != y) widen(y + r * stride, stride, count, columns, wide_y);
      add_gram_panel(count, columns, wide_x.data(), x == y ? wide_x.data() : wide_y.data(),
                     sums.data() + shard * size);
    }
  });
  std::fill_n(out, size, 0.0);
  for (std::size_t shard = 0; shard < shards; ++shard)
    for (std::size_t i = 0; i < size; ++i) out[i] += sums[shard * size + i];
}

}  // namespace carrel::model
