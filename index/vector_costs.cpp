#include "index/vector_costs.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/random.h"

namespace carrel::index {
namespace {

constexpr std::size_t kSlotsMin = 4096;  // below this the choice matters little
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kWalks = 12;
constexpr std::size_t kBeam = 64;
constexpr std::size_t kScans = 4;
constexpr std::size_t kRows = 1024;
constexpr std::size_t kBlock = 16;
constexpr double kLeast = 1;
constexpr double kMost = 8;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void VectorCosts::measure(const HnswGraph& graph, const VectorStore& store,
                          const std::atomic<std::size_t>& slots,
                          const std::function<bool(Slot)>& is_visible, WalkContext& at) {
  const std::size_t count = slots.load(std::memory_order_acquire);
  if (count < kSlotsMin || count < kGrowth * measured_at_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(measuring_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  Rng rng(count);
  std::vector<Slot> some;
  for (std::size_t tries = 0; some.size() < kRows && tries < 4 * kRows; ++tries) {
    const auto slot = static_cast<Slot>(rng.below(count));
    if (is_visible(slot)) some.push_back(slot);
  }
  if (some.size() < kWalks) return;
  double walk = 1;  // seconds a node, the best of the walks: others use the machine too
  for (std::size_t i = 0; i < kWalks; ++i) {
    store.take_codes(some[i], at.query);
    const double from = seconds();
    const Starts starts = find_starts(graph, store, at, slots);
    if (starts.count == 0) return;
    index::walk(graph, store, at, starts, 0, kBeam);
    const std::size_t visited = std::max<std::size_t>(1, at.visited);
    walk = std::min(walk, (seconds() - from) / static_cast<double>(visited));
  }
  std::sort(some.begin(), some.end());
  at.scores.resize(some.size());
  double scan = 1;  // seconds a row; each part is met for the first time
  for (std::size_t part = 0; part < kScans; ++part) {
    const std::size_t first = some.size() * part / kScans;
    const std::size_t last = some.size() * (part + 1) / kScans;
    const double from = seconds();
    for (std::size_t r = first; r < last; r += kBlock) {
      const std::size_t end = std::min(last, r + kBlock);
      for (std::size_t n = end; n < std::min(last, end + kBlock); ++n) store.prefetch(some[n]);
      store.score(at.query, &some[r], end - r, &at.scores[r]);
    }
    scan = std::min(scan, (seconds() - from) / static_cast<double>(last - first));
  }
  // In steps of half an octave, so that small differences of time change no answer.
  const double ratio = std::clamp(walk / scan, kLeast, kMost);
  rows_per_visit_.store(std::exp2(std::round(2 * std::log2(ratio)) / 2), std::memory_order_relaxed);
  measured_at_.store(count, std::memory_order_relaxed);
}

}  // namespace carrel::index
