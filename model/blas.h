// model/blas.h
//
// Dense linear algebra behind one small door: OpenBLAS where it can be opened, plain C++ elsewhere.
//
// OpenBLAS chooses its kernels when it is loaded, by a table of the processors known at its
// release; Debian's 0.3.21 gives newer ones the kernels of a Prescott (2004), five times slower
// than they can run (OpenBLAS, number 4267 of its tracker). So it is opened with dlopen, after
// OPENBLAS_CORETYPE has been set from what the processor says it can do; a value the operator has
// set is left alone. The variable is taken away again afterwards.
//
// Bits do not depend on the number of threads: OpenBLAS computes each call on one thread, and the
// work is cut into panels by its shape alone, which our threads share.
//
// Matrices are row-major; `stride` is the number of elements from one row to the next.
//
// Threads: all const members may run on many threads at once. The first call of best() or
// open_openblas() touches the environment: make it before other threads read theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/cpu.h"

namespace carrel::model {

// For `carrel doctor`.
struct BlasReport {
  std::string library;  // "OpenBLAS 0.3.21", or "built-in"
  std::string kernel;   // "SkylakeX", "Haswell", ..., or "portable"
  std::string advice;   // what to do, where it runs slower than the processor can; else empty
};

struct GemmShape {
  std::size_t rows;     // of c
  std::size_t columns;  // of c
  std::size_t inner;    // length of the sums
};

struct Factor {
  const float* data;
  std::size_t stride;
  bool transposed = false;  // stored as [inner, rows] (a) or [columns, inner] (b)
};

class Blas {
 public:
  virtual ~Blas() = default;
  virtual BlasReport report() const = 0;

  // c = alpha * a * b + beta * c, where a is [rows, inner], b [inner, columns], c [rows, columns].
  // With beta 0, c may hold anything before. threads 0: as many as the process may use.
  void sgemm(const GemmShape& shape, float alpha, Factor a, Factor b, float beta, float* c,
             std::size_t c_stride, std::size_t threads = 0) const;

  // out = transpose(x) * y in double precision, [columns, columns], from float [rows, columns]
  // (both of this stride). For Gram matrices, whose condition is the square of their source's.
  void gram(std::size_t rows, std::size_t columns, const float* x, const float* y,
            std::size_t stride, double* out, std::size_t threads = 0) const;

  // The eigen-decomposition of the symmetric matrix a [n, n], whose upper triangle is read. Row i
  // of `a` becomes the unit-length eigenvector of values[i]; values ascend. Errors: unavailable
  // (did not converge: the matrix holds NaN or infinity).
  virtual void eigen_symmetric(std::size_t n, double* a, double* values) const = 0;

 private:
  virtual void sgemm_panel(const GemmShape& shape, float alpha, Factor a, Factor b, float beta,
                           float* c, std::size_t c_stride) const = 0;
  // out += transpose(x) * y; x, y are [rows, columns], packed.
  virtual void add_gram_panel(std::size_t rows, std::size_t columns, const double* x,
                              const double* y, double* out) const = 0;
};

// What a run of `carrel` uses: OpenBLAS, or the plain code where it cannot be opened (report() says
// which, and what to install). Opened at the first call, closed never.
const Blas& best_blas();

// The first of `libraries` (names or paths for dlopen) that opens. Errors: unavailable, with what
// to install.
std::unique_ptr<Blas> open_openblas(const std::vector<std::string>& libraries = {"libopenblas.so.0",
                                                                                 "libopenblas.so"});

// Portable C++, about a tenth as fast; `advice` is what its report says.
std::unique_ptr<Blas> plain_blas(const std::string& advice = {});

// The OPENBLAS_CORETYPE that uses what the processor has; empty: OpenBLAS' own choice is as good.
std::string_view openblas_coretype_for(const CpuFeatures& features);

}  // namespace carrel::model
