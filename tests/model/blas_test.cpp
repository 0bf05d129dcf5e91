// Claim: both BLAS compute what the definitions say, with the same bits on any number of threads,
// and OpenBLAS runs the kernels that the processor deserves without anybody's help.
// The judge is the textbook's triple loop in double precision.
#include "model/blas.h"

#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/testing.h"

namespace carrel::model {
namespace {

std::vector<float> random_floats(Rng& rng, std::size_t count) {
  std::vector<float> out(count);
  for (float& x : out) x = static_cast<float>(rng.uniform() * 2 - 1);
  return out;
}

bool has_openblas() { return best_blas().report().library != "built-in"; }

struct GemmCase {
  GemmShape shape;
  bool a_transposed;
  bool b_transposed;
  float alpha;
  float beta;
};

// The largest difference from the definition, over all entries of c.
double gemm_error(const Blas& blas, const GemmCase& test, Rng& rng) {
  const auto [m, n, k] = test.shape;
  const Factor a{nullptr, (test.a_transposed ? m : k) + 3, test.a_transposed};
  const Factor b{nullptr, (test.b_transposed ? k : n) + 1, test.b_transposed};
  const std::vector<float> a_data = random_floats(rng, a.stride * std::max(m, k));
  const std::vector<float> b_data = random_floats(rng, b.stride * std::max(n, k));
  const std::size_t c_stride = n + 2;
  const std::vector<float> before = random_floats(rng, m * c_stride);
  std::vector<float> c = before;
  blas.sgemm(test.shape, test.alpha, {a_data.data(), a.stride, a.transposed},
             {b_data.data(), b.stride, b.transposed}, test.beta, c.data(), c_stride, 2);
  double worst = 0;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t l = 0; l < k; ++l)
        sum += double{a.transposed ? a_data[l * a.stride + i] : a_data[i * a.stride + l]} *
               double{b.transposed ? b_data[j * b.stride + l] : b_data[l * b.stride + j]};
      const double expected = test.alpha * sum + test.beta * before[i * c_stride + j];
      worst = std::max(worst, std::abs(expected - c[i * c_stride + j]));
    }
    for (std::size_t j = n; j < c_stride; ++j)  // between the rows nothing may be written
      if (c[i * c_stride + j] != before[i * c_stride + j]) return INFINITY;
  }
  return worst;
}

void expect_gemm_is_right(const Blas& blas) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  const GemmShape shapes[] = {{1, 1, 1}, {3, 5, 7}, {17, 300, 33}, {600, 20, 40}, {20, 700, 40}};
  for (const GemmShape& shape : shapes)
    for (const bool a_transposed : {false, true})
      for (const bool b_transposed : {false, true})
        for (const float beta : {0.0f, 0.5f})
          EXPECT_LT(gemm_error(blas, {shape, a_transposed, b_transposed, -1.5f, beta}, rng), 1e-4)
              << shape.rows << " x " << shape.columns << " x " << shape.inner << " " << a_transposed
              << b_transposed << " beta " << beta;
}

TEST(PlainBlas, MultipliesAsDefined) { expect_gemm_is_right(*plain_blas()); }

TEST(OpenBlas, MultipliesAsDefined) {
  if (!has_openblas()) GTEST_SKIP() << best_blas().report().advice;
  expect_gemm_is_right(best_blas());
}

// What stands in c before must not matter, not even a NaN.
TEST(PlainBlas, IgnoresWhatStoodInTheTargetWhenBetaIsZero) {
  const float a = 2;
  const float b = 3;
  float c = NAN;
  plain_blas()->sgemm({1, 1, 1}, 1, {&a, 1}, {&b, 1}, 0, &c, 1);
  EXPECT_EQ(c, 6.0f);
}

TEST(Blas, HasTheSameBitsOnOneThreadAndOnMany) {
  Rng rng(7);
  const GemmShape shape{1500, 130, 70};
  const std::vector<float> a = random_floats(rng, shape.rows * shape.inner);
  const std::vector<float> b = random_floats(rng, shape.inner * shape.columns);
  std::vector<std::vector<float>> products;
  std::vector<std::vector<double>> grams;
  for (const std::size_t threads : {1, 2, 3, 8}) {
    products.emplace_back(shape.rows * shape.columns);
    best_blas().sgemm(shape, 1, {a.data(), shape.inner}, {b.data(), shape.columns}, 0,
                      products.back().data(), shape.columns, threads);
    grams.emplace_back(shape.inner * shape.inner);
    best_blas().gram(shape.rows, shape.inner, a.data(), a.data(), shape.inner, grams.back().data(),
                     threads);
    EXPECT_EQ(products.back(), products.front()) << threads << " threads";
    EXPECT_EQ(grams.back(), grams.front()) << threads << " threads";
  }
}

void expect_gram_is_right(const Blas& blas) {
  Rng rng(3);
  const std::size_t rows = 777;  // several panels, the last one short
  const std::size_t columns = 9;
  const std::size_t stride = 11;
  const std::vector<float> x = random_floats(rng, rows * stride);
  const std::vector<float> y = random_floats(rng, rows * stride);
  std::vector<double> gram(columns * columns, -1.0);
  blas.gram(rows, columns, x.data(), y.data(), stride, gram.data());
  for (std::size_t i = 0; i < columns; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      double expected = 0;
      for (std::size_t r = 0; r < rows; ++r)
        expected += double{x[r * stride + i]} * double{y[r * stride + j]};
      EXPECT_NEAR(gram[i * columns + j], expected, 1e-10);
    }
}

TEST(PlainBlas, GramMatrixIsAsDefined) { expect_gram_is_right(*plain_blas()); }

TEST(OpenBlas, GramMatrixIsAsDefined) {
  if (!has_openblas()) GTEST_SKIP() << best_blas().report().advice;
  expect_gram_is_right(best_blas());
}

// [[2, 1], [1, 2]]: 1 with (1, -1)/sqrt 2, 3 with (1, 1)/sqrt 2, by hand. The lower triangle is not
// read. Then random matrices: A v = lambda v, and the vectors orthonormal.
void expect_eigen_is_right(const Blas& blas) {
  std::vector<double> two{2, 1, NAN, 2};
  double values_of_two[2];
  blas.eigen_symmetric(2, two.data(), values_of_two);
  EXPECT_NEAR(values_of_two[0], 1, 1e-12);
  EXPECT_NEAR(values_of_two[1], 3, 1e-12);
  EXPECT_NEAR(two[0] * two[1], -0.5, 1e-12);
  EXPECT_NEAR(two[2] * two[3], 0.5, 1e-12);

  Rng rng(11);
  const std::size_t n = 60;
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i; j < n; ++j) a[i * n + j] = a[j * n + i] = rng.normal();
  std::vector<double> vectors = a;
  std::vector<double> values(n);
  blas.eigen_symmetric(n, vectors.data(), values.data());
  EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
  for (std::size_t v = 0; v < n; ++v) {
    const double* vector = &vectors[v * n];
    for (std::size_t i = 0; i < n; ++i) {
      double image = 0;
      for (std::size_t j = 0; j < n; ++j) image += a[i * n + j] * vector[j];
      EXPECT_NEAR(image, values[v] * vector[i], 1e-9);
    }
    for (std::size_t w = 0; w <= v; ++w) {
      double dot = 0;
      for (std::size_t j = 0; j < n; ++j) dot += vector[j] * vectors[w * n + j];
      EXPECT_NEAR(dot, v == w ? 1.0 : 0.0, 1e-11);
    }
  }
}

TEST(PlainBlas, FindsEigenvectors) { expect_eigen_is_right(*plain_blas()); }

TEST(OpenBlas, FindsEigenvectors) {
  if (!has_openblas()) GTEST_SKIP() << best_blas().report().advice;
  expect_eigen_is_right(best_blas());
}

TEST(PlainBlas, RefusesAMatrixThatHoldsNoNumbers) {
  std::vector<double> a{1, NAN, NAN, 1};
  double values[2];
  EXPECT_THROW(plain_blas()->eigen_symmetric(2, a.data(), values), Error);
}

TEST(OpenBlas, RefusesAMatrixThatHoldsNoNumbers) {
  if (!has_openblas()) GTEST_SKIP() << best_blas().report().advice;
  std::vector<double> a{1, NAN, NAN, 1};
  double values[2];
  EXPECT_THROW(best_blas().eigen_symmetric(2, a.data(), values), Error);
}

TEST(OpenBlas, SaysWhatToInstallWhereItIsMissing) {
  try {
    open_openblas({"libno-such-blas.so.0"});
    FAIL() << "opened what does not exist";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_NE(std::string(error.what()).find("install libopenblas0-pthread"), std::string::npos);
  }
}

TEST(OpenBlas, TakesTheKernelsOfTheInstructionsThatAreThere) {
  EXPECT_EQ(openblas_coretype_for({.avx2 = true, .avx512 = true}), "SKYLAKEX");
  EXPECT_EQ(openblas_coretype_for({.avx2 = true}), "HASWELL");
  EXPECT_EQ(openblas_coretype_for({}), "");
}

TEST(OpenBlas, UsesNewKernelsUnlessTheOperatorChose) {
  if (!has_openblas()) GTEST_SKIP() << best_blas().report().advice;
  if (!cpu_features().avx2) GTEST_SKIP() << "this processor has no AVX2";
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr) GTEST_SKIP() << "OPENBLAS_CORETYPE is set";
  EXPECT_EQ(best_blas().report().kernel, cpu_features().avx512 ? "SkylakeX" : "Haswell");
  EXPECT_EQ(best_blas().report().advice, "");
  EXPECT_EQ(std::getenv("OPENBLAS_CORETYPE"), nullptr) << "left behind in the environment";
}

// OpenBLAS chooses once a process, so this runs in a process of its own, before any other use.
TEST(OpenBlasDeathTest, LeavesTheOperatorsChoiceAloneButReportsIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  if (!cpu_features().avx2) GTEST_SKIP() << "this processor has no AVX2";
  const auto open_with_old_kernels = [] {
    ::setenv("OPENBLAS_CORETYPE", "PRESCOTT", 1);
    const BlasReport report = best_blas().report();
    if (report.library == "built-in") std::exit(0);  // nothing to choose where it is not installed
    const bool is_kept = std::string_view(std::getenv("OPENBLAS_CORETYPE")) == "PRESCOTT";
    std::exit(report.kernel == "Prescott" && !report.advice.empty() && is_kept ? 0 : 1);
  };
  EXPECT_EXIT(open_with_old_kernels(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace carrel::model
