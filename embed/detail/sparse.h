// embed/detail/sparse.h
//
// A sparse matrix by rows, and its products with narrow dense ones. Each row of a product is summed
// by one thread in stored order, so bits do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/cancel.h"

namespace carrel::embed::detail {

struct SparseMatrix {
  std::size_t columns = 0;
  std::vector<std::uint64_t> begins{0};  // [rows + 1]
  std::vector<std::uint32_t> indices;    // column of each entry, ascending within a row
  std::vector<float> values;

  std::size_t rows() const { return begins.size() - 1; }
  std::span<const std::uint32_t> row_indices(std::size_t row) const {
    return std::span(indices).subspan(begins[row], begins[row + 1] - begins[row]);
  }
  std::span<const float> row_values(std::size_t row) const {
    return std::span(values).subspan(begins[row], begins[row + 1] - begins[row]);
  }
};

SparseMatrix transpose(const SparseMatrix& matrix);

// Some columns, side by side, of a dense row-major matrix.
struct DenseColumns {
  float* data;  // first entry of the first row's part
  std::size_t stride;
  std::size_t width;
};

// out = matrix * in, for the given columns of `in` [matrix.columns, .] and `out` [matrix.rows, .].
// Errors: cancelled, deadline.
void multiply(const SparseMatrix& matrix, const DenseColumns& in, const DenseColumns& out,
              std::size_t threads, const CancelToken& cancel);

}  // namespace carrel::embed::detail
