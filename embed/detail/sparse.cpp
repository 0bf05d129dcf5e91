#include "embed/detail/sparse.h"

#include <algorithm>

#include "core/error.h"
#include "model/gather.h"
#include "model/parallel.h"

namespace carrel::embed::detail {
namespace {

constexpr std::size_t kRowsPerPiece = 256;

}  // namespace

SparseMatrix transpose(const SparseMatrix& matrix) {
  SparseMatrix out;
  out.columns = matrix.rows();
  out.begins.assign(matrix.columns + 1, 0);
  out.indices.resize(matrix.indices.size());
  out.values.resize(matrix.values.size());
  for (const std::uint32_t column : matrix.indices) ++out.begins[column + 1];
  for (std::size_t c = 0; c < matrix.columns; ++c) out.begins[c + 1] += out.begins[c];
  std::vector<std::uint64_t> next(out.begins.begin(), out.begins.end() - 1);
  for (std::size_t row = 0; row < matrix.rows(); ++row)
    for (std::uint64_t i = matrix.begins[row]; i < matrix.begins[row + 1]; ++i) {
      const std::uint64_t at = next[matrix.indices[i]]++;
      out.indices[at] = static_cast<std::uint32_t>(row);
      out.values[at] = matrix.values[i];
    }
  return out;
}

void multiply(const SparseMatrix& matrix, const DenseColumns& in, const DenseColumns& out,
              std::size_t threads, const CancelToken& cancel) {
  CARREL_ASSERT(in.width == out.width);
  const std::size_t rows = matrix.rows();
  model::run_pieces((rows + kRowsPerPiece - 1) / kRowsPerPiece, threads, [&](std::size_t piece) {
    cancel.check();
    const std::size_t end = std::min(rows, (piece + 1) * kRowsPerPiece);
    for (std::size_t row = piece * kRowsPerPiece; row < end; ++row)
      model::gather_sum(matrix.row_indices(row), matrix.row_values(row), in.data, in.stride,
                        {out.data + row * out.stride, out.width});
  });
}

}  // namespace carrel::embed::detail
