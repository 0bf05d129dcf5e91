// Claims: sketches estimate products as closely as they say, on every kernel; and a scan that sifts
// by them finds what a plain loop finds, whatever the embeddings look like.
#include "index/vector_sketches.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "core/random.h"
#include "index/vector_store.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

constexpr KernelKind kKinds[] = {KernelKind::plain, KernelKind::avx2, KernelKind::avx512_vnni};

double product(std::span<const float> a, std::span<const float> b) {
  double out = 0;
  for (std::size_t j = 0; j < a.size(); ++j) out += static_cast<double>(a[j]) * b[j];
  return out;
}

std::vector<float> draw(Rng& rng, std::size_t dim) {
  std::vector<float> out(dim);
  for (float& v : out) v = static_cast<float>(rng.normal());
  vector_data::make_unit(out);
  return out;
}

TEST(VectorSketches, TheTransformIsItsDefinitionOnEveryKernel) {
  Rng rng(carrel::testing::test_seed());
  for (std::size_t count = kFloatAlign; count <= 512; count *= 2) {
    const std::vector<float> values = draw(rng, count);
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      std::vector<float> mixed = values;
      kernel->hadamard(mixed.data(), count);
      for (std::size_t i = 0; i < count; ++i) {
        double expected = 0;  // row i of the matrix: -1 to the number of bits i and j share
        for (std::size_t j = 0; j < count; ++j) {
          expected += __builtin_popcountll(i & j) % 2 == 0 ? values[j] : -values[j];
        }
        ASSERT_NEAR(mixed[i], expected, 1e-4) << kernel->name << ", " << count << " values";
      }
    }
  }
}

TEST(VectorSketches, BitsGiveTheExactSumOnEveryKernel) {
  Rng rng(carrel::testing::test_seed());
  for (std::size_t words = 8; words <= 72; words += 8) {
    const std::size_t count = rng.below(11);
    auto planes = make_aligned<std::uint64_t>(kPlanes * words);
    auto rows = make_aligned<std::uint64_t>((count + 1) * words);
    for (std::size_t j = 0; j < kPlanes * words; ++j) planes[j] = rng.next();
    for (std::size_t j = 0; j < (count + 1) * words; ++j) rows[j] = rng.next();
    std::vector<Slot> slots;
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < count; ++i) {
      slots.push_back(static_cast<Slot>(rng.below(count + 1)));
      std::int64_t sum = 0;
      for (std::size_t bit = 0; bit < 64 * words; ++bit) {
        const auto is_set = [bit](const std::uint64_t* of) {
          return static_cast<std::int64_t>((of[bit / 64] >> (bit % 64)) & 1);
        };
        const auto weight = [&](std::size_t p) { return is_set(planes.get() + p * words); };
        sum += is_set(rows.get() + slots[i] * words) *
               (weight(0) + 2 * weight(1) + 4 * weight(2) - 8 * weight(3));
      }
      expected.push_back(sum);
    }
    for (const KernelKind kind : kKinds) {
      const Kernel* kernel = kernel_if_supported(kind);
      if (kernel == nullptr) continue;
      std::vector<std::int32_t> sums(count, -1);
      kernel->dot_bits(planes.get(), rows.get(), slots.data(), count, words, sums.data());
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(sums[i], expected[i]) << kernel->name << ", " << words << " words, row " << i;
      }
    }
  }
}

TEST(VectorSketches, ARotationKeepsProductsAndSpreadsWhatOneValueHolds) {
  Rng rng(carrel::testing::test_seed());
  for (const std::size_t dim : {64, 192, 384, 448, 768, 1024, 4096}) {
    const Rotation rotation(dim, best_kernel());
    std::vector<float> a = draw(rng, dim);
    std::vector<float> b = draw(rng, dim);
    const double before = product(a, b);
    rotation.apply(a.data());
    rotation.apply(b.data());
    EXPECT_NEAR(product(a, a), 1, 1e-4);
    EXPECT_NEAR(product(a, b), before, 1e-4);
    std::vector<float> one(dim, 0);
    one[rng.below(dim)] = 1;
    rotation.apply(one.data());
    for (const float v : one) EXPECT_LT(std::fabs(v), 8 / std::sqrt(static_cast<float>(dim)));
  }
}

// The error in spreads has the deviation it is said to have, whether query and embedding lie near
// each other or not, and is centred.
TEST(VectorSketches, EstimatesAreAsCloseAsTheySay) {
  Rng rng(carrel::testing::test_seed());
  for (const std::size_t dim : {160, 384, 1000}) {
    for (const double nearness : {0.0, 0.5, 0.9}) {
      Sketches sketches(dim, best_kernel());
      ASSERT_TRUE(sketches.are_kept());
      constexpr std::size_t kPairs = 1500;
      sketches.grow_to(1);
      SketchQuery query;
      double sum = 0;
      double squares = 0;
      std::size_t beyond = 0;
      for (std::size_t i = 0; i < kPairs; ++i) {
        const std::vector<float> q = draw(rng, dim);
        std::vector<float> o = draw(rng, dim);
        for (std::size_t j = 0; j < dim; ++j) {
          o[j] = static_cast<float>(nearness * q[j] + std::sqrt(1 - nearness * nearness) * o[j]);
        }
        vector_data::make_unit(o);
        sketches.put(0, o.data());
        sketches.encode(q.data(), query);
        const Slot slot = 0;
        float estimate = 0;
        float spread = 0;
        sketches.estimate(query, &slot, 1, &estimate, &spread);
        const double exact = product(q, o);
        const double off = (exact - estimate) / (spread * std::sqrt(1 - exact * exact));
        sum += off;
        squares += off * off;
        const float reach = Sketches::reach(query, 1, 1, static_cast<float>(exact));
        beyond += exact > estimate + reach * spread ? 1 : 0;
      }
      EXPECT_LE(beyond, 1u);
      const double deviation = std::sqrt(squares / kPairs);
      EXPECT_NEAR(sum / kPairs, 0, 0.12);
      EXPECT_GT(deviation, 0.85);
      EXPECT_LT(deviation, 1.2) << dim << " values, " << nearness;
    }
  }
}

// The hardest to spread: with too few rounds, where one value's signs end up depends on where
// another's do, and pairs are many deviations off. All pairs of single values, which the rotation
// alone decides: a normal variable would be beyond four deviations in 63 of a million.
TEST(VectorSketches, EstimatesAreAsCloseForEmbeddingsOfASingleValue) {
  for (const std::size_t dim : {160, 448, 768}) {
    Sketches sketches(dim, best_kernel());
    sketches.grow_to(dim);
    std::vector<float> one(dim, 0);
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < dim; ++i) {
      one[i] = 1;
      sketches.put(static_cast<Slot>(i), one.data());
      one[i] = 0;
      slots.push_back(static_cast<Slot>(i));
    }
    SketchQuery query;
    std::vector<float> estimates(dim);
    std::vector<float> spreads(dim);
    std::size_t beyond_four = 0;
    std::size_t beyond_reach = 0;
    for (std::size_t q = 0; q < dim; ++q) {
      one[q] = 1;
      sketches.encode(one.data(), query);
      one[q] = 0;
      sketches.estimate(query, slots.data(), dim, estimates.data(), spreads.data());
      for (std::size_t i = 0; i < dim; ++i) {
        const float exact = i == q ? 1 : 0;
        const float off = std::fabs(exact - estimates[i]);
        const float reach = Sketches::reach(query, 1, 1, exact) * spreads[i];
        beyond_four += off > reach * 4 / 5.5F ? 1 : 0;
        beyond_reach += off > reach ? 1 : 0;
      }
    }
    EXPECT_EQ(beyond_reach, 0u) << dim << " values";
    EXPECT_LT(static_cast<double>(beyond_four), 2 + 130e-6 * static_cast<double>(dim * dim));
  }
}

struct Shape {
  const char* name;
  std::function<void(Rng&, std::span<float>)> draw;
};

// Embeddings as encoders give them, and as nobody should: of few values, of one sign, all alike.
const Shape kShapes[] = {
    {"everywhere",
     [](Rng& rng, std::span<float> v) {
       for (float& x : v) x = static_cast<float>(rng.normal());
     }},
    {"a narrow cone",
     [](Rng& rng, std::span<float> v) {
       for (float& x : v) x = static_cast<float>(1 + 0.3 * rng.normal());
     }},
    {"few values",
     [](Rng& rng, std::span<float> v) {
       std::ranges::fill(v, 0.0F);
       for (int i = 0; i < 3; ++i) v[rng.below(v.size())] = rng.chance(0.5) ? 1.0F : -1.0F;
     }},
    {"often equal",
     [](Rng& rng, std::span<float> v) {
       Rng same(rng.below(40));
       for (float& x : v) x = static_cast<float>(same.normal());
     }},
};

double score(Metric metric, std::span<const float> a, std::span<const float> b) {
  if (metric != Metric::l2) return product(a, b);
  return 2 * product(a, b) - product(a, a) - product(b, b);
}

TEST(VectorSketches, AScanThatSiftsFindsWhatAPlainLoopFinds) {
  Rng rng(carrel::testing::test_seed());
  constexpr std::size_t kRows = 1200;
  for (const Shape& shape : kShapes) {
    for (const Metric metric : {Metric::cosine, Metric::inner_product, Metric::l2}) {
      const std::size_t dim = 160 + rng.below(300);
      vector_data::Rows rows{dim, std::vector<float>((kRows + 20) * dim)};
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::span<float> row(&rows.values[i * dim], dim);
        shape.draw(rng, row);
        vector_data::make_unit(row);
        const double length = metric == Metric::cosine ? 1 : std::exp(rng.normal());
        for (float& v : row) v *= static_cast<float>(length);
        if (rng.chance(0.01)) std::ranges::fill(row, 0.0F);
      }
      vector_data::round_to_half(rows.values);
      VectorIndex index(dim, {.m = 4, .ef_construction = 4, .metric = metric});
      std::vector<ChunkId> chunks;
      for (std::size_t i = 1; i <= kRows; ++i) chunks.push_back(ChunkId{static_cast<int>(i)});
      // Some are replaced, and some erased, so that slots are used again.
      index.insert(std::span(chunks).first(400), std::span(rows.values).last(400 * dim));
      for (int i = 1; i <= 50; ++i) index.erase(ChunkId{i});
      index.insert(chunks, std::span(rows.values).first(kRows * dim));
      std::erase_if(chunks, [&](ChunkId) { return rng.chance(0.3); });
      const vector_data::AdmitSet some(chunks, rng.chance(0.5));
      for (std::size_t q = kRows; q < rows.size(); ++q) {
        const std::size_t k = rng.chance(0.5) ? 10 : 60;
        if (metric == Metric::cosine && product(rows[q], rows[q]) == 0) continue;
        std::vector<double> truth;
        for (const ChunkId chunk : chunks) {
          const auto row = rows[static_cast<std::size_t>(chunk.value) - 1];
          if (metric != Metric::l2 && product(row, row) == 0) continue;  // never found
          truth.push_back(score(metric, row, rows[q]));
        }
        std::sort(truth.begin(), truth.end(), std::greater<>{});
        const auto found =
            index.search(rows[q], {.k = k, .strategy = FilterStrategy::exact_scan}, some);
        if (metric != Metric::l2 && product(rows[q], rows[q]) == 0) {
          EXPECT_TRUE(found.empty());
          continue;
        }
        ASSERT_EQ(found.size(), k) << shape.name;
        for (std::size_t i = 0; i < k; ++i) {
          EXPECT_NEAR(found[i].score, truth[i], 2e-3 * (1 + std::fabs(truth[i])))
              << shape.name << ", metric " << static_cast<int>(metric) << ", rank " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace carrel::index
