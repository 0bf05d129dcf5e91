// Claim: the randomised SVD finds the singular directions that a slow, obvious method finds.
// The judge is power iteration with deflation on the dense matrix, in double precision.
#include "embed/detail/svd.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/half.h"
#include "core/random.h"
#include "tests/embed/power_iteration.h"

namespace carrel::embed::detail {
namespace {

// Seven blocks of falling weight under sparse noise: singular values that fall off.
Dense random_dense(Rng& rng, std::size_t rows, std::size_t columns) {
  Dense a(rows, std::vector<double>(columns, 0.0));
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      if (r % 7 == c % 7) a[r][c] = 1.0 / (1.0 + static_cast<double>(c % 7)) + rng.uniform();
      if (rng.chance(0.1)) a[r][c] += rng.uniform();
    }
  return a;
}

SparseMatrix to_sparse(const Dense& a) {
  SparseMatrix sparse;
  sparse.columns = a.front().size();
  for (const auto& row : a) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (row[c] == 0) continue;
      sparse.indices.push_back(static_cast<std::uint32_t>(c));
      sparse.values.push_back(static_cast<float>(row[c]));
    }
    sparse.begins.push_back(sparse.indices.size());
  }
  return sparse;
}

TruncatedSvd decompose(const Dense& a, const SvdOptions& options,
                       const model::Blas& blas = model::best_blas()) {
  const SparseMatrix sparse = to_sparse(a);
  return truncated_svd(sparse, transpose(sparse), options, blas, CancelToken());
}

std::vector<double> right_vector(const TruncatedSvd& svd, std::size_t columns, std::size_t k) {
  std::vector<double> v(columns);
  for (std::size_t c = 0; c < columns; ++c) v[c] = from_half(svd.right[c * svd.dim() + k]);
  return v;
}

void expect_right(const Dense& a, const TruncatedSvd& svd, std::size_t dim) {
  const std::size_t columns = a.front().size();
  const Dense gram = gram_of_columns(a);
  const std::vector<EigenPair> expected = eigenpairs(gram, dim);
  const double largest = expected[0].value;
  ASSERT_EQ(svd.dim(), dim);
  ASSERT_EQ(svd.right.size(), dim * columns);
  for (std::size_t k = 0; k < dim; ++k) {
    const double squared = double{svd.singular_values[k]} * double{svd.singular_values[k]};
    EXPECT_NEAR(squared, expected[k].value, 1e-3 * largest) << "value " << k;
    const std::vector<double> v = right_vector(svd, columns, k);
    for (std::size_t l = 0; l <= k; ++l)  // float16 keeps 11 bits
      EXPECT_NEAR(dense_dot(v, right_vector(svd, columns, l)), k == l ? 1.0 : 0.0, 2e-3)
          << k << " with " << l;
    const std::vector<double> image = times(gram, v);  // must be sigma^2 v
    double error = 0;
    for (std::size_t c = 0; c < columns; ++c)
      error += std::pow(image[c] - expected[k].value * v[c], 2);
    EXPECT_LT(std::sqrt(error), 5e-3 * largest) << "vector " << k;
  }
}

TEST(TruncatedSvd, EqualsPowerIterationWithDeflation) {
  Rng rng(21);
  const Dense wide = random_dense(rng, 50, 90);
  expect_right(wide, decompose(wide, {.dim = 7}), 7);
  const Dense tall = random_dense(rng, 120, 35);
  expect_right(tall, decompose(tall, {.dim = 7}), 7);
}

TEST(TruncatedSvd, IsTheSameWithoutOpenBlas) {
  Rng rng(22);
  const Dense a = random_dense(rng, 60, 80);
  expect_right(a, decompose(a, {.dim = 6}, *model::plain_blas()), 6);
}

// diag(3, 2, 1) inside zeros: the rank bounds the dimension, and the axes come back.
TEST(TruncatedSvd, GivesNoMoreDimensionsThanTheRank) {
  Dense a(20, std::vector<double>(30, 0.0));
  a[2][5] = 3;
  a[7][1] = 2;
  a[8][9] = 1;
  const TruncatedSvd svd = decompose(a, {.dim = 10});
  ASSERT_EQ(svd.dim(), 3u);
  EXPECT_NEAR(svd.singular_values[0], 3, 1e-4);
  EXPECT_NEAR(svd.singular_values[1], 2, 1e-4);
  EXPECT_NEAR(svd.singular_values[2], 1, 1e-4);
  EXPECT_NEAR(std::abs(right_vector(svd, 30, 0)[5]), 1, 1e-3);
  EXPECT_NEAR(std::abs(right_vector(svd, 30, 2)[9]), 1, 1e-3);
}

TEST(TruncatedSvd, OfAZeroMatrixHasNoDimensions) {
  const Dense a(20, std::vector<double>(30, 0.0));
  EXPECT_EQ(decompose(a, {.dim = 4}).dim(), 0u);
}

TEST(TruncatedSvd, HasTheSameBitsOnOneThreadAndOnMany) {
  Rng rng(23);
  const Dense a = random_dense(rng, 900, 1200);
  const TruncatedSvd one = decompose(a, {.dim = 90, .threads = 1});
  for (const std::size_t threads : {2, 3, 5}) {
    const TruncatedSvd many = decompose(a, {.dim = 90, .threads = threads});
    EXPECT_EQ(one.singular_values, many.singular_values) << threads << " threads";
    EXPECT_EQ(one.right, many.right) << threads << " threads";
  }
  const TruncatedSvd other = decompose(a, {.dim = 90, .seed = 2, .threads = 1});
  EXPECT_NE(one.right, other.right) << "the seed is not used";
}

TEST(TruncatedSvd, StopsWhenCancelledBetweenSteps) {
  Rng rng(24);
  const SparseMatrix sparse = to_sparse(random_dense(rng, 100, 100));
  const CancelToken cancel;
  int steps = 0;
  SvdOptions options{.dim = 5};
  options.on_step = [&](int done) {
    steps = done;
    cancel.cancel();
  };
  try {
    truncated_svd(sparse, transpose(sparse), options, model::best_blas(), cancel);
    FAIL() << "went on to the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
    EXPECT_EQ(steps, 1);
  }
}

}  // namespace
}  // namespace carrel::embed::detail
