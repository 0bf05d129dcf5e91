// OpenBLAS through dlopen. Its functions are declared here as the reference BLAS and LAPACK declare
// them (32-bit integers, Fortran's by-address arguments), so that no header of one BLAS is needed.
#include "model/blas.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <mutex>

#include <dlfcn.h>

#include "core/error.h"

namespace carrel::model {
namespace {

constexpr int kRowMajor = 101;  // CBLAS_ORDER and CBLAS_TRANSPOSE, fixed by the CBLAS interface
constexpr int kAsIs = 111;
constexpr int kTransposed = 112;

using SgemmFunction = void (*)(int, int, int, int, int, int, float, const float*, int, const float*,
                               int, float, float*, int);
using DgemmFunction = void (*)(int, int, int, int, int, int, double, const double*, int,
                               const double*, int, double, double*, int);
using DsyevdFunction = void (*)(const char*, const char*, const int*, double*, const int*, double*,
                                double*, const int*, int*, const int*, int*);

// Sets an environment variable for a scope, unless it is set already.
class VariableForNow {
 public:
  VariableForNow(const char* name, std::string_view value) : name_(name) {
    if (value.empty() || std::getenv(name) != nullptr) return;
    is_ours_ = ::setenv(name, std::string(value).c_str(), 1) == 0;
  }
  ~VariableForNow() {
    if (is_ours_) ::unsetenv(name_);
  }
  VariableForNow(const VariableForNow&) = delete;
  VariableForNow& operator=(const VariableForNow&) = delete;

 private:
  const char* name_;
  bool is_ours_ = false;
};

// Never closed: OpenBLAS keeps per-thread buffers that outlive any object of ours.
void* open_first(const std::vector<std::string>& libraries, std::string& reasons) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const VariableForNow coretype("OPENBLAS_CORETYPE", openblas_coretype_for(cpu_features()));
  const VariableForNow threads("OPENBLAS_NUM_THREADS", "1");
  for (const std::string& library : libraries) {
    if (void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) return handle;
    const char* reason = ::dlerror();
    reasons += (reasons.empty() ? "" : "; ") + std::string(reason != nullptr ? reason : library);
  }
  return nullptr;
}

template <class Function>
Function find_function(void* handle, const char* name) {
  void* symbol = ::dlsym(handle, name);
  if (symbol == nullptr)
    throw Error(ErrorCode::unavailable,
                std::string("this OpenBLAS lacks ") + name +
                    "; install Debian's libopenblas0-pthread, which carries LAPACK too");
  return reinterpret_cast<Function>(symbol);
}

// "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." -> "OpenBLAS 0.3.21".
std::string library_name(const std::string& configuration) {
  const std::size_t first = configuration.find(' ');
  if (first == std::string::npos) return configuration;
  return configuration.substr(0, configuration.find(' ', first + 1));
}

// Whether these kernels leave AVX2 unused. Between AVX2 and AVX-512 kernels the difference is
// small, and on some processors in favour of AVX2.
bool is_older_kernel(std::string_view kernel, const CpuFeatures& features) {
  constexpr std::string_view kModern[] = {"Haswell",  "Zen",        "Excavator",
                                          "SkylakeX", "Cooperlake", "SapphireRapids"};
  return features.avx2 &&
         std::find(std::begin(kModern), std::end(kModern), kernel) == std::end(kModern);
}

class OpenBlas final : public Blas {
 public:
  explicit OpenBlas(void* handle)
      : sgemm_(find_function<SgemmFunction>(handle, "cblas_sgemm")),
        dgemm_(find_function<DgemmFunction>(handle, "cblas_dgemm")),
        dsyevd_(find_function<DsyevdFunction>(handle, "dsyevd_")) {
    find_function<void (*)(int)>(handle, "openblas_set_num_threads")(1);
    report_.library =
        library_name(find_function<const char* (*)()>(handle, "openblas_get_config")());
    report_.kernel = find_function<const char* (*)()>(handle, "openblas_get_corename")();
    if (is_older_kernel(report_.kernel, cpu_features()))
      report_.advice =
          "OpenBLAS runs " + report_.kernel + " kernels on a processor with " +
          describe(cpu_features()) +
          ", several times slower than it can; unset OPENBLAS_CORETYPE, or set it to " +
          std::string(openblas_coretype_for(cpu_features()));
  }

  BlasReport report() const override { return report_; }

  void eigen_symmetric(std::size_t n, double* a, double* values) const override {
    if (n == 0) return;
    if (!is_finite_above_diagonal(n, a)) refuse();  // LAPACK may loop over it, or not notice
    const int size = static_cast<int>(n);
    int info = 0;
    double work_size = 0;
    int int_work_size = 0;
    const int ask = -1;  // asks for the sizes of the work arrays
    // Row-major upper is column-major lower, and LAPACK's columns of vectors are our rows.
    dsyevd_("V", "L", &size, a, &size, values, &work_size, &ask, &int_work_size, &ask, &info);
    CARREL_ASSERT(info == 0);
    const int work_count = static_cast<int>(work_size);
    std::vector<double> work(static_cast<std::size_t>(work_count));
    std::vector<int> int_work(static_cast<std::size_t>(int_work_size));
    dsyevd_("V", "L", &size, a, &size, values, work.data(), &work_count, int_work.data(),
            &int_work_size, &info);
    if (info != 0)
      throw Error(
          ErrorCode::unavailable,
          "an eigen-decomposition did not converge; train the encoder again, and report this "
          "if it comes back");
  }

 private:
  static bool is_finite_above_diagonal(std::size_t n, const double* a) {
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i; j < n; ++j)
        if (!std::isfinite(a[i * n + j])) return false;
    return true;
  }
  [[noreturn]] static void refuse() {
    throw Error(ErrorCode::unavailable,
                "an eigen-decomposition did not converge; train the encoder again, and report this "
                "if it comes back");
  }

  void sgemm_panel(const GemmShape& shape, float alpha, Factor a, Factor b, float beta, float* c,
                   std::size_t c_stride) const override {
    sgemm_(kRowMajor, a.transposed ? kTransposed : kAsIs, b.transposed ? kTransposed : kAsIs,
           static_cast<int>(shape.rows), static_cast<int>(shape.columns),
           static_cast<int>(shape.inner), alpha, a.data, static_cast<int>(a.stride), b.data,
           static_cast<int>(b.stride), beta, c, static_cast<int>(c_stride));
  }

  void add_gram_panel(std::size_t rows, std::size_t columns, const double* x, const double* y,
                      double* out) const override {
    const int width = static_cast<int>(columns);
    dgemm_(kRowMajor, kTransposed, kAsIs, width, width, static_cast<int>(rows), 1.0, x, width, y,
           width, 1.0, out, width);
  }

  SgemmFunction sgemm_;
  DgemmFunction dgemm_;
  DsyevdFunction dsyevd_;
  BlasReport report_;
};

}  // namespace

std::unique_ptr<Blas> open_openblas(const std::vector<std::string>& libraries) {
  std::string reasons;
  void* handle = open_first(libraries, reasons);
  if (handle == nullptr)
    throw Error(ErrorCode::unavailable,
                "OpenBLAS cannot be opened (" + reasons + "); install libopenblas0-pthread");
  return std::make_unique<OpenBlas>(handle);
}

const Blas& best_blas() {
  static const std::unique_ptr<Blas> blas = []() -> std::unique_ptr<Blas> {
    try {
      return open_openblas();
    } catch (const Error& error) {
      return plain_blas(error.what());
    }
  }();
  return *blas;
}

std::string_view openblas_coretype_for(const CpuFeatures& features) {
  if (features.avx512) return "SKYLAKEX";
  return features.avx2 ? "HASWELL" : "";
}

}  // namespace carrel::model
