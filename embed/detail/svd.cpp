// With A [n, m], the chunk side holds Y [n, p]. Each step is Y <- A (A' Y), made orthonormal again.
// At the end, Rayleigh and Ritz: the eigenvectors W of H = Q' A A' Q turn the basis Q into left
// singular vectors U = Q W, the eigenvalues are the squared singular values, and the right singular
// vectors are A' U / sigma.
//
// Orthonormalisation is SVQB (Stathopoulos and Wu 2002, SIAM J. Sci. Comput. 23(6)): from the
// eigenvectors of the Gram matrix, in double precision, dropping directions that are rounding
// noise. It needs no pivoting and survives any rank; one round is enough between steps, two at the
// end.
#include "embed/detail/svd.h"

#include <algorithm>
#include <cmath>

#include <malloc.h>

#include "core/error.h"
#include "core/half.h"
#include "core/random.h"
#include "model/gather.h"
#include "model/parallel.h"

namespace carrel::embed::detail {
namespace {

constexpr std::size_t kColumnsAtOnce = 64;  // what model::gather_sum keeps in registers
constexpr double kNoise = 1e-11;            // of the largest eigenvalue of a scaled Gram matrix
constexpr double kSmallestSigma = 1e-5;     // of the largest singular value
constexpr std::size_t kTermsPerPiece = 512;

// [rows, width] floats, row-major and packed.
struct Panel {
  std::size_t rows = 0;
  std::size_t width = 0;
  std::vector<float> data;
  Panel(std::size_t r, std::size_t w) : rows(r), width(w), data(r * w) {}
};

struct Context {
  const SparseMatrix& matrix;
  const SparseMatrix& transposed;
  const model::Blas& blas;
  const CancelToken& cancel;
  std::size_t threads;
};

// to = A (A' from), in blocks of columns.
void apply(const Context& context, Panel& from, Panel& to) {
  std::vector<float> middle(context.transposed.rows() * std::min(kColumnsAtOnce, from.width));
  for (std::size_t c = 0; c < from.width; c += kColumnsAtOnce) {
    const std::size_t width = std::min(kColumnsAtOnce, from.width - c);
    const DenseColumns between{middle.data(), width, width};
    multiply(context.transposed, {from.data.data() + c, from.width, width}, between,
             context.threads, context.cancel);
    multiply(context.matrix, between, {to.data.data() + c, to.width, width}, context.threads,
             context.cancel);
  }
}

// to = from * factors, [from.width, to.width] in double, as float.
void combine(const Context& context, const Panel& from, const std::vector<float>& factors,
             Panel& to) {
  context.blas.sgemm({from.rows, to.width, from.width}, 1.0f, {from.data.data(), from.width},
                     {factors.data(), to.width}, 0.0f, to.data.data(), to.width, context.threads);
}

// `panel` becomes an orthonormal basis of its columns, perhaps with fewer of them.
void orthonormalise(const Context& context, Panel& panel) {
  const std::size_t p = panel.width;
  std::vector<double> gram(p * p);
  context.blas.gram(panel.rows, p, panel.data.data(), panel.data.data(), p, gram.data(),
                    context.threads);
  context.cancel.check();
  std::vector<double> scale(p);  // makes the diagonal 1; zero columns stay zero
  for (std::size_t i = 0; i < p; ++i)
    scale[i] = gram[i * p + i] > 0 ? 1 / std::sqrt(gram[i * p + i]) : 0;
  for (std::size_t i = 0; i < p; ++i)
    for (std::size_t j = 0; j < p; ++j) gram[i * p + j] *= scale[i] * scale[j];
  std::vector<double> values(p);
  context.blas.eigen_symmetric(p, gram.data(), values.data());
  std::size_t dropped = 0;
  while (dropped < p && !(values[dropped] > kNoise * values[p - 1])) ++dropped;
  const std::size_t kept = p - dropped;
  std::vector<float> factors(p * kept);
  for (std::size_t k = 0; k < kept; ++k) {
    const std::size_t from = p - 1 - k;  // largest first
    const double norm = 1 / std::sqrt(values[from]);
    for (std::size_t i = 0; i < p; ++i)
      factors[i * kept + k] = static_cast<float>(scale[i] * gram[from * p + i] * norm);
  }
  Panel out(panel.rows, kept);
  if (kept > 0) combine(context, panel, factors, out);
  panel = std::move(out);
}

// glibc keeps freed blocks below 32 MB for later; here the later never comes.
void return_freed_memory() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
}

// right[t] = sum over chunks of A[chunk, t] * scaled_left[chunk], as float16.
std::vector<std::uint16_t> right_vectors(const Context& context, const Panel& scaled_left) {
  const std::size_t terms = context.transposed.rows();
  const std::size_t dim = scaled_left.width;
  std::vector<std::uint16_t> right(terms * dim);
  const std::size_t pieces = (terms + kTermsPerPiece - 1) / kTermsPerPiece;
  model::run_pieces(pieces, context.threads, [&](std::size_t piece) {
    context.cancel.check();
    std::vector<float> row(dim);
    const std::size_t end = std::min(terms, (piece + 1) * kTermsPerPiece);
    for (std::size_t term = piece * kTermsPerPiece; term < end; ++term) {
      model::gather_sum(context.transposed.row_indices(term), context.transposed.row_values(term),
                        scaled_left.data.data(), dim, row);
      for (std::size_t j = 0; j < dim; ++j) right[term * dim + j] = to_half(row[j]);
    }
  });
  return right;
}

// The last step: singular values, and U / sigma for right_vectors().
Panel scaled_left_vectors(const Context& context, Panel& basis, std::size_t dim,
                          std::vector<float>& singular_values) {
  const std::size_t p = basis.width;
  Panel image(basis.rows, p);
  apply(context, basis, image);
  std::vector<double> h(p * p);
  context.blas.gram(basis.rows, p, basis.data.data(), image.data.data(), p, h.data(),
                    context.threads);
  for (std::size_t i = 0; i < p; ++i)
    for (std::size_t j = 0; j < i; ++j)
      h[i * p + j] = h[j * p + i] = (h[i * p + j] + h[j * p + i]) / 2;
  std::vector<double> values(p);
  context.blas.eigen_symmetric(p, h.data(), values.data());
  const double smallest = values[p - 1] * kSmallestSigma * kSmallestSigma;
  while (singular_values.size() < std::min(dim, p)) {
    const double value = values[p - 1 - singular_values.size()];
    if (!(value > smallest)) break;
    singular_values.push_back(static_cast<float>(std::sqrt(value)));
  }
  const std::size_t kept = singular_values.size();
  std::vector<float> factors(p * kept);
  for (std::size_t k = 0; k < kept; ++k)
    for (std::size_t i = 0; i < p; ++i)
      factors[i * kept + k] = static_cast<float>(h[(p - 1 - k) * p + i]) / singular_values[k];
  Panel out(basis.rows, kept);
  if (kept > 0) combine(context, basis, factors, out);
  return out;
}

}  // namespace

int svd_steps(const SvdOptions& options) { return options.power_iterations + 2; }

TruncatedSvd truncated_svd(const SparseMatrix& matrix, const SparseMatrix& transposed,
                           const SvdOptions& options, const model::Blas& blas,
                           const CancelToken& cancel) {
  CARREL_ASSERT(matrix.rows() == transposed.columns && matrix.columns == transposed.rows());
  const Context context{matrix, transposed, blas, cancel, options.threads};
  int steps = 0;
  const auto step_done = [&] {
    if (options.on_step) options.on_step(++steps);
  };
  const std::size_t rank_max = std::min(matrix.rows(), matrix.columns);
  Panel basis(matrix.rows(), std::min(rank_max, options.dim + options.oversampling));
  Rng rng(options.seed);
  for (float& x : basis.data) x = static_cast<float>(rng.uniform() * 2 - 1);

  Panel image(0, 0);
  for (int i = 0; i <= options.power_iterations && basis.width > 0; ++i) {
    image = Panel(basis.rows, basis.width);
    apply(context, basis, image);
    std::swap(basis, image);
    image = Panel(0, 0);  // its memory first: orthonormalise() needs as much again
    orthonormalise(context, basis);
    step_done();
  }
  orthonormalise(context, basis);
  TruncatedSvd svd;
  if (basis.width > 0) {
    const Panel left = scaled_left_vectors(context, basis, options.dim, svd.singular_values);
    basis = Panel(0, 0);
    return_freed_memory();  // the result is the largest piece of all
    svd.right = right_vectors(context, left);
  }
  step_done();
  return svd;
}

}  // namespace carrel::embed::detail
