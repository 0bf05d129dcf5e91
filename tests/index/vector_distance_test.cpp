// Claim: every kernel this machine can run gives the sums that the plain definition gives.
#include <cmath>

#include <gtest/gtest.h>

#include "core/random.h"
#include "index/distance.h"
#include "index/vector_store.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

constexpr KernelKind kKinds[] = {KernelKind::plain, KernelKind::avx2, KernelKind::avx512_vnni};

TEST(VectorDistance, CodesGiveTheExactSumOnEveryKernel) {
  const std::uint64_t seed = carrel::testing::test_seed();
  Rng rng(seed);
  for (std::size_t bytes = kCodeAlign; bytes <= 4096; bytes += rng.below(6) * 64 + 64) {
    const std::size_t count = rng.below(11);
    auto query = make_aligned<std::int8_t>(bytes);
    auto codes = make_aligned<std::uint8_t>(bytes * (count + 1));
    const bool extreme = rng.chance(0.3);  // the largest products, where narrow sums overflow
    for (std::size_t j = 0; j < bytes; ++j) {
      query[j] = static_cast<std::int8_t>(extreme ? (rng.chance(0.9) ? 127 : -127)
                                                  : static_cast<int>(rng.below(255)) - 127);
    }
    for (std::size_t j = 0; j < bytes * count; ++j) {
      codes[j] = static_cast<std::uint8_t>(extreme ? 255 : rng.below(256));
    }
    std::vector<const std::uint8_t*> rows;
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(&codes[i * bytes]);
      std::int64_t sum = 0;
      for (std::size_t j = 0; j < bytes; ++j) sum += std::int64_t{rows[i][j]} * query[j];
      expected.push_back(sum);
    }
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      std::vector<std::int32_t> dots(count, -1);
      kernel->dot_codes(query.get(), rows.data(), count, bytes, dots.data());
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(dots[i], expected[i]) << kernel->name << ", " << bytes << " bytes, row " << i;
      }
    }
  }
}

TEST(VectorDistance, FloatsAgreeWithADoubleSumOnEveryKernel) {
  Rng rng(carrel::testing::test_seed());
  for (std::size_t count = kFloatAlign; count <= 4096; count += kFloatAlign * (1 + rng.below(9))) {
    auto a = make_aligned<float>(count);
    auto b = make_aligned<float>(count);
    double expected = 0;
    double size = 0;
    for (std::size_t j = 0; j < count; ++j) {
      a[j] = static_cast<float>(rng.normal());
      b[j] = static_cast<float>(rng.normal());
      expected += static_cast<double>(a[j]) * b[j];
      size += std::fabs(static_cast<double>(a[j]) * b[j]);
    }
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      EXPECT_NEAR(kernel->dot_floats(a.get(), b.get(), count), expected, 1e-5 * size)
          << kernel->name << ", " << count << " floats";
    }
  }
}

TEST(VectorDistance, TheBestKernelIsOneThatRunsHere) {
  bool found = false;
  for (const KernelKind kind : kKinds) found |= kernel_if_supported(kind) == &best_kernel();
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace carrel::index
