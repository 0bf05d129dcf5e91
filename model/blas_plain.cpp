// The portable path: loops in the order of memory, and the cyclic Jacobi method for eigenvectors
// (Jacobi 1846; thresholds as in Golub and Van Loan, Matrix Computations, section 8.5). Jacobi is
// slower than LAPACK's divide and conquer, but short, and accurate for the nearly diagonal matrices
// that subspace iteration gives it.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "model/blas.h"

namespace carrel::model {
namespace {

constexpr int kSweepsMax = 60;  // convergence is quadratic: ten are usual

// c and s of the rotation that makes entry (p, q) zero.
std::pair<double, double> rotation(double pp, double pq, double qq) {
  const double theta = (qq - pp) / (2 * pq);
  const double tangent = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::hypot(theta, 1.0));
  const double cosine = 1 / std::hypot(tangent, 1.0);
  return {cosine, tangent * cosine};
}

// Mixes two rows of length n.
void rotate_rows(double* p, double* q, std::size_t n, double cosine, double sine) {
  for (std::size_t k = 0; k < n; ++k) {
    const double from_p = p[k];
    const double from_q = q[k];
    p[k] = cosine * from_p - sine * from_q;
    q[k] = sine * from_p + cosine * from_q;
  }
}

class PlainBlas final : public Blas {
 public:
  explicit PlainBlas(const std::string& advice) : advice_(advice) {}

  BlasReport report() const override { return {"built-in", "portable", advice_}; }

  void eigen_symmetric(std::size_t n, double* a, double* values) const override {
    // `m` is rotated on both sides; row i of `vectors` follows.
    std::vector<double> m(n * n);
    double norm = 0;
    for (std::size_t r = 0; r < n; ++r)
      for (std::size_t c = 0; c < n; ++c) {
        m[r * n + c] = a[std::min(r, c) * n + std::max(r, c)];
        norm += m[r * n + c] * m[r * n + c];
      }
    std::vector<double> vectors(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) vectors[i * n + i] = 1;
    const double tiny = 1e-15 * std::sqrt(norm) / std::max<double>(1, static_cast<double>(n));
    bool converged = false;
    for (int sweep = 0; sweep < kSweepsMax && std::isfinite(norm) && !converged; ++sweep)
      converged = !sweep_once(n, m, vectors, tiny);
    if (!converged)
      throw Error(
          ErrorCode::unavailable,
          "an eigen-decomposition did not converge; train the encoder again, and report this "
          "if it comes back");
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t x, std::size_t y) { return m[x * n + x] < m[y * n + y]; });
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = m[order[i] * n + order[i]];
      std::copy_n(vectors.data() + order[i] * n, n, a + i * n);
    }
  }

 private:
  // True if any entry was still worth a rotation.
  static bool sweep_once(std::size_t n, std::vector<double>& m, std::vector<double>& vectors,
                         double tiny) {
    bool rotated = false;
    for (std::size_t p = 0; p + 1 < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        const double pq = m[p * n + q];
        if (std::abs(pq) <= tiny) continue;
        rotated = true;
        const auto [cosine, sine] = rotation(m[p * n + p], pq, m[q * n + q]);
        rotate_rows(&m[p * n], &m[q * n], n, cosine, sine);
        for (std::size_t k = 0; k < n; ++k) {
          const double from_p = m[k * n + p];
          const double from_q = m[k * n + q];
          m[k * n + p] = cosine * from_p - sine * from_q;
          m[k * n + q] = sine * from_p + cosine * from_q;
        }
        rotate_rows(&vectors[p * n], &vectors[q * n], n, cosine, sine);
      }
    return rotated;
  }

  void sgemm_panel(const GemmShape& shape, float alpha, Factor a, Factor b, float beta, float* c,
                   std::size_t c_stride) const override {
    const auto a_at = [&](std::size_t r, std::size_t k) {
      return a.transposed ? a.data[k * a.stride + r] : a.data[r * a.stride + k];
    };
    for (std::size_t r = 0; r < shape.rows; ++r) {
      float* row = c + r * c_stride;
      if (beta == 0.0f)
        std::fill_n(row, shape.columns, 0.0f);
      else
        for (std::size_t j = 0; j < shape.columns; ++j) row[j] *= beta;
      if (b.transposed) {
        for (std::size_t j = 0; j < shape.columns; ++j) {
          float sum = 0;
          for (std::size_t k = 0; k < shape.inner; ++k)
            sum += a_at(r, k) * b.data[j * b.stride + k];
          row[j] += alpha * sum;
        }
      } else {
        for (std::size_t k = 0; k < shape.inner; ++k) {
          const float factor = alpha * a_at(r, k);
          const float* b_row = b.data + k * b.stride;
          for (std::size_t j = 0; j < shape.columns; ++j) row[j] += factor * b_row[j];
        }
      }
    }
  }

  void add_gram_panel(std::size_t rows, std::size_t columns, const double* x, const double* y,
                      double* out) const override {
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = 0; i < columns; ++i) {
        const double factor = x[r * columns + i];
        for (std::size_t j = 0; j < columns; ++j)
          out[i * columns + j] += factor * y[r * columns + j];
      }
  }

  std::string advice_;
};

}  // namespace

std::unique_ptr<Blas> plain_blas(const std::string& advice) {
  return std::make_unique<PlainBlas>(advice);
}

}  // namespace carrel::model
