// embed/detail/svd.h
//
// The first singular directions of a sparse matrix, by subspace iteration from a random start
// (Halko, Martinsson and Tropp 2011, arXiv:0909.4061, algorithms 4.4 and 5.1).
//
// All iteration happens on the side of the rows: [rows, dim + oversampling] floats, twice, and 64
// columns at a time of the other side, which is never held as a whole. For a library there are
// more terms than chunks, and the right vectors leave as float16, so this is what keeps training
// small.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/cancel.h"
#include "embed/detail/sparse.h"
#include "model/blas.h"

namespace carrel::embed::detail {

struct SvdOptions {
  std::size_t dim = 0;
  std::size_t oversampling = 16;
  int power_iterations = 4;
  std::uint64_t seed = 1;
  std::size_t threads = 0;                  // 0: as many as the process may use
  std::function<void(int done)> on_step{};  // after each of svd_steps()
};

struct TruncatedSvd {
  std::vector<float> singular_values;  // [dim], descending, all greater than 0
  std::vector<std::uint16_t> right;    // [columns, dim] float16; orthonormal columns
  std::size_t dim() const { return singular_values.size(); }
};

// How often on_step is called.
int svd_steps(const SvdOptions& options);

// `transposed` is transpose(matrix). Fewer dimensions come back where the rank is smaller.
// Errors: cancelled, deadline.
TruncatedSvd truncated_svd(const SparseMatrix& matrix, const SparseMatrix& transposed,
                           const SvdOptions& options, const model::Blas& blas,
                           const CancelToken& cancel);

}  // namespace carrel::embed::detail
