// Claim: weighted sums of gathered rows equal the plain loop, at every width, for float and
// float16.
#include "model/gather.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/half.h"
#include "core/random.h"

namespace carrel::model {
namespace {

TEST(GatherSum, EqualsThePlainLoopAtEveryWidth) {
  Rng rng(5);
  const std::size_t rows = 40;
  for (std::size_t width = 0; width <= 150; ++width) {
    const std::size_t stride = width + rng.below(5);
    std::vector<float> floats(rows * stride);
    std::vector<std::uint16_t> halves(rows * stride);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      halves[i] = to_half(static_cast<float>(rng.normal()));
      floats[i] = from_half(halves[i]);  // so that one expected value serves both
    }
    std::vector<std::uint32_t> indices(rng.below(20));
    std::vector<float> weights;
    for (std::uint32_t& index : indices) {
      index = static_cast<std::uint32_t>(rng.below(rows));
      weights.push_back(static_cast<float>(rng.normal()));
    }
    std::vector<float> from_floats(width, NAN);
    std::vector<float> from_halves(width, NAN);
    gather_sum(indices, weights, floats.data(), stride, from_floats);
    gather_sum(indices, weights, halves.data(), stride, from_halves);
    for (std::size_t j = 0; j < width; ++j) {
      double expected = 0;
      for (std::size_t i = 0; i < indices.size(); ++i)
        expected += double{weights[i]} * double{floats[indices[i] * stride + j]};
      ASSERT_NEAR(from_floats[j], expected, 1e-5) << "width " << width << " column " << j;
      ASSERT_NEAR(from_halves[j], expected, 1e-5) << "width " << width << " column " << j;
    }
  }
}

TEST(GatherSum, OfNoRowsIsZero) {
  std::vector<float> out(70, 9.0f);
  gather_sum({}, {}, static_cast<const float*>(nullptr), 70, out);
  EXPECT_EQ(out, std::vector<float>(70, 0.0f));
}

}  // namespace
}  // namespace carrel::model
