// The first look of a scan over many rows: sketches, a line or two of memory each, say which of
// them may be among the best at all; only those are scored by their codes.
#include "index/vector_scope.h"

namespace carrel::index {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kMoreLeaders = 12;

// Four maxima side by side: one vector instruction.
float block_max(const float* scores) {
  float most[4] = {scores[0], scores[1], scores[2], scores[3]};
  for (std::size_t j = 4; j < kBlock; j += 4) {
    for (std::size_t l = 0; l < 4; ++l) most[l] = std::max(most[l], scores[j + l]);
  }
  return std::max(std::max(most[0], most[1]), std::max(most[2], most[3]));
}

std::size_t leaders_for(std::size_t k) { return 2 * k + kMoreLeaders; }

}  // namespace

// The best by their sketches are scored by their codes; the k-th best lower bound of those is what
// a row has to reach with all of its estimate's error. Those of at.slots that may: all, where they
// are few.
std::span<const Slot> VectorIndex::State::sift(WalkContext& at, std::size_t k) const {
  const Sketches& sketches = store.sketches();
  const std::size_t n = at.slots.size();
  if (!sketches.are_kept() || k > n || n < kBlock * leaders_for(k)) {
    return at.slots;
  }
  sketches.encode(at.query.floats.get(), at.sketch);
  at.scores.resize(n);
  at.spreads.resize(n);
  const std::size_t parts = n / kSiftPart;
  const auto estimate_part = [&](std::size_t part, std::size_t) {
    const std::size_t from = n * part / parts;
    const std::size_t to = n * (part + 1) / parts;
    sketches.estimate(at.sketch, &at.slots[from], to - from, &at.scores[from], &at.spreads[from]);
  };
  // Helpers pay while no other search needs the cores.
  const bool alone = readers.running().load(std::memory_order_relaxed) <= 1;
  if (parts < 2 || !alone || !team.try_run(parts, estimate_part)) {
    sketches.estimate(at.sketch, at.slots.data(), n, at.scores.data(), at.spreads.data());
  }
  if (store.metric() == Metric::l2) {
    for (std::size_t i = 0; i < n; ++i) {
      at.scores[i] = store.score_of_product(at.scores[i], at.slots[i]);
      at.spreads[i] *= 2;
    }
  }
  const float least = find_least(at, k);
  const float reach = Sketches::reach(at.sketch, at.query.norm, store.norm_max(),
                                      store.metric() == Metric::l2 ? 0 : least);
  at.kept.resize(n);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < n; ++i) {
    at.kept[kept] = at.slots[i];
    kept += at.scores[i] + reach * at.spreads[i] >= least ? 1 : 0;
  }
  return std::span(at.kept).first(kept);
}

// A lower bound of the k-th best score: the best by its estimate of each of many equal parts of the
// rows is scored by its codes. Two of the k best may share a part, so there are more parts than k.
float VectorIndex::State::find_least(WalkContext& at, std::size_t k) const {
  const std::size_t n = at.slots.size();
  const std::size_t blocks = n / kBlock;
  at.scored.clear();
  for (std::size_t block = 0; block < blocks; ++block) {
    at.scored.push_back({block_max(&at.scores[block * kBlock]), static_cast<Slot>(block)});
  }
  const std::size_t parts = leaders_for(k);  // no more than blocks: see sift()
  at.leaders.clear();
  for (std::size_t part = 0; part < parts; ++part) {
    const auto from = at.scored.begin() + static_cast<std::ptrdiff_t>(blocks * part / parts);
    const auto to = at.scored.begin() + static_cast<std::ptrdiff_t>(blocks * (part + 1) / parts);
    const Scored best = *std::min_element(from, to, is_better);
    const float* const scores = &at.scores[best.slot * kBlock];
    const auto row = std::find(scores, scores + kBlock, best.score) - at.scores.data();
    at.leaders.push_back(at.slots[static_cast<std::size_t>(row)]);
    store.prefetch(at.leaders.back());
  }
  at.leader_scores.resize(parts);
  store.score(at.query, at.leaders.data(), parts, at.leader_scores.data());
  Largest lower(k);
  for (std::size_t part = 0; part < parts; ++part) {
    if (!store.is_zero(at.leaders[part])) lower.offer(at.leader_scores[part]);
  }
  return lower.least() - store.error_bound(at.query);
}

}  // namespace carrel::index
