// Claim: every kernel this machine can run gives the sums that the plain definition gives.
#include <cmath>

#include <gtest/gtest.h>

#include "core/half.h"
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
    std::vector<Slot> slots;
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < count; ++i) {
      slots.push_back(static_cast<Slot>(rng.below(count)));
      std::int64_t sum = 0;
      for (std::size_t j = 0; j < bytes; ++j) {
        sum += std::int64_t{codes[slots[i] * bytes + j]} * query[j];
      }
      expected.push_back(sum);
    }
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      std::vector<std::int32_t> dots(count, -1);
      kernel->dot_codes(query.get(), codes.get(), slots.data(), count, bytes, dots.data());
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(dots[i], expected[i]) << kernel->name << ", " << bytes << " bytes, row " << i;
      }
    }
  }
}

TEST(VectorDistance, HalvesAgreeWithADoubleSumOnEveryKernel) {
  Rng rng(carrel::testing::test_seed());
  for (std::size_t count = kFloatAlign; count <= 4096; count += kFloatAlign * (1 + rng.below(9))) {
    auto a = make_aligned<float>(count);
    auto b = make_aligned<std::uint16_t>(count);
    double expected = 0;
    double apart = 0;
    double size = 0;
    for (std::size_t j = 0; j < count; ++j) {
      a[j] = static_cast<float>(rng.normal());
      b[j] = to_half(static_cast<float>(rng.normal()));
      apart += std::pow(static_cast<double>(a[j]) - from_half(b[j]), 2);
      expected += static_cast<double>(a[j]) * from_half(b[j]);
      size += std::fabs(static_cast<double>(a[j]) * from_half(b[j]));
    }
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      EXPECT_NEAR(kernel->dot_halves(a.get(), b.get(), count), expected, 1e-5 * size)
          << kernel->name << ", " << count << " values";
      EXPECT_NEAR(kernel->apart_halves(a.get(), b.get(), count), apart, 1e-5 * apart)
          << kernel->name << ", " << count << " values";
    }
  }
}

TEST(VectorDistance, HalvesWidenToTheirValueOnEveryKernel) {
  auto halves = make_aligned<std::uint16_t>(0x10000);
  for (std::size_t i = 0; i < 0x10000; ++i) halves[i] = static_cast<std::uint16_t>(i);
  for (const KernelKind kind : kKinds) {
    const Kernel* kernel = kernel_if_supported(kind);
    if (kernel == nullptr) continue;
    auto floats = make_aligned<float>(0x10000);
    kernel->widen(halves.get(), floats.get(), 0x10000);
    for (std::size_t i = 0; i < 0x10000; ++i) {
      const float expected = from_half(halves[i]);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(floats[i]));
      } else {
        EXPECT_EQ(floats[i], expected) << kernel->name << ", " << i;
      }
    }
  }
}

// One definition of the codes, so that an index is the same on every machine.
TEST(VectorDistance, EveryKernelMakesTheSameCodes) {
  Rng rng(carrel::testing::test_seed());
  for (int run = 0; run < 300; ++run) {
    const std::size_t count = kFloatAlign * (1 + rng.below(40));
    auto values = make_aligned<float>(count);
    const double size = std::exp(rng.normal() * (run % 10 == 0 ? 30 : 2));
    double squares = 0;
    for (std::size_t j = 0; j < count; ++j) {
      values[j] = run == 0 ? 0 : static_cast<float>(size * rng.normal());
      squares += static_cast<double>(values[j]) * values[j];
    }
    std::vector<std::int8_t> expected(count);
    const Encoded of =
        kernel_if_supported(KernelKind::plain)->encode(values.get(), count, expected.data());
    double lost = 0;
    std::int32_t sum = 0;
    for (std::size_t j = 0; j < count; ++j) {
      const double difference = static_cast<double>(values[j]) - double{of.scale} * expected[j];
      lost += difference * difference;
      sum += expected[j];
      EXPECT_LE(std::fabs(difference), of.scale == 0 ? 1e-25 : 0.5001 * of.scale);
    }
    EXPECT_EQ(of.sum, sum);
    if (std::isfinite(of.norm) && of.scale > 0) {
      EXPECT_NEAR(of.norm, std::sqrt(squares), 1e-5 * std::sqrt(squares));
      EXPECT_NEAR(of.error, std::sqrt(lost), 1e-4 * std::sqrt(lost) + 1e-6 * std::sqrt(squares));
    }
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      std::vector<std::int8_t> codes(count);
      const Encoded found = kernel->encode(values.get(), count, codes.data());
      EXPECT_EQ(codes, expected) << kernel->name;
      EXPECT_EQ(found.scale, of.scale);
      EXPECT_EQ(found.sum, of.sum);
      if (std::isfinite(of.norm) && of.scale > 0) {
        EXPECT_NEAR(found.norm, of.norm, 1e-5 * of.norm);
        EXPECT_NEAR(found.error, of.error, 1e-4 * of.error + 1e-6 * of.norm);
      }
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
