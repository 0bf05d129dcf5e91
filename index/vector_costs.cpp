#include "index/vector_costs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>
#include <vector>

#include "core/half.h"
#include "core/random.h"

namespace carrel::index {
namespace {

constexpr std::size_t kSlotsMin = 4096;  // below this the choice matters little
constexpr std::size_t kGrowth = 4;
constexpr std::size_t kWalks = 12;
constexpr std::size_t kBeam = 16;
constexpr std::size_t kScans = 4;
constexpr std::size_t kRows = 16'384;
constexpr std::size_t kBlock = 16;
constexpr double kMost = 32;  // rows a node can cost

// As rights are where the choice is closest.
class OneInTen final : public WalkFilter {
 public:
  explicit OneInTen(const std::function<bool(Slot)>& is_visible) : is_visible_(is_visible) {}
  bool admits(Slot slot) const noexcept override { return slot % 10 == 0 && is_visible_(slot); }

 private:
  const std::function<bool(Slot)>& is_visible_;
};

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// In steps of half an octave, so that small differences of time change no answer.
double in_steps(double value) { return std::exp2(std::round(2 * std::log2(value)) / 2); }

// The first look of a scan, as vector_sift.cpp and vector_scan.cpp take it.
void look(const VectorStore& store, WalkContext& at, std::span<const Slot> slots) {
  if (store.sketches().are_kept()) {
    store.sketches().estimate(at.sketch, slots.data(), slots.size(), at.scores.data(),
                              at.spreads.data());
    return;
  }
  for (std::size_t r = 0; r < slots.size(); r += kBlock) {
    const std::size_t end = std::min(slots.size(), r + kBlock);
    for (std::size_t n = end; n < std::min(slots.size(), end + kBlock); ++n) {
      store.prefetch(slots[n]);
    }
    store.score(at.query, &slots[r], end - r, &at.scores[r]);
  }
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
  const OneInTen filter(is_visible);
  double walk = 1;  // seconds a node, the best of the walks: others use the machine too
  for (std::size_t i = 0; i < kWalks; ++i) {
    store.take_codes(some[i], at.query);
    const double from = seconds();
    const Starts starts = find_starts(graph, store, at, slots);
    if (starts.count == 0) return;
    walk_admitted(graph, store, at, starts, kBeam, filter, count);
    const std::size_t visited = std::max<std::size_t>(1, at.visited);
    walk = std::min(walk, (seconds() - from) / static_cast<double>(visited));
  }
  std::sort(some.begin(), some.end());
  at.scores.resize(some.size());
  at.spreads.resize(some.size());
  std::vector<float> floats(store.dim());
  std::ranges::transform(store.halves(some.front()), floats.begin(), from_half);
  if (store.sketches().are_kept()) store.sketches().encode(floats.data(), at.sketch);
  // The first time the rows come from far; questions that follow each other find many again.
  look(store, at, some);
  double scan = 1;  // seconds a row, the best of the parts
  for (std::size_t part = 0; part < kScans; ++part) {
    const std::size_t first = some.size() * part / kScans;
    const std::size_t last = some.size() * (part + 1) / kScans;
    const double from = seconds();
    look(store, at, std::span(some).subspan(first, last - first));
    scan = std::min(scan, (seconds() - from) / static_cast<double>(last - first));
  }
  visit_.store(in_steps(walk), std::memory_order_relaxed);
  row_.store(in_steps(std::clamp(scan, walk / kMost, walk)), std::memory_order_relaxed);
  measured_at_.store(count, std::memory_order_relaxed);
}

}  // namespace carrel::index
