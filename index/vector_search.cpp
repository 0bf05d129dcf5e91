// Searching: whether to scan the admitted ones or to walk the graph, and the exact scores at the
// end of both.
//
// A walk under a filter that admits a share s costs about T / s, T being the cost of a walk without
// filter: it has to pass 1 / s nodes for each it keeps. A scan costs s N t. They meet at
// s* = sqrt(T / (N t)); below it the scan is cheaper, and exact.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "core/error.h"
#include "index/vector_state.h"

namespace carrel::index {
namespace {

// Costs in units of one row scanned. Read off bench/vector_index_bench with 20,000 x 128 on a Zen 4
// server that others used too: 20 to 45 a place of the beam, falling with the share.
constexpr double kWalkCostPerEf = 40;     // scored nodes per place of the beam, and their upkeep
constexpr double kAskCost = 0.3;          // asking a filter about a chunk that it refuses
constexpr std::size_t kScanAlways = 512;  // rows: below this nothing beats a scan
constexpr std::size_t kPrefetchAhead = 8;
constexpr std::size_t kScanBlock = 16;
constexpr float kDeviations = 6;
constexpr float kScoreSlack = 2e-6F;  // rounding of float sums, relative to the query's length

// How far a score by codes may be off, of which rounding lost `lost`: |q| |x - x'| + |q - q'| |x'|.
float error_of(const Query& query, float lost) noexcept {
  return query.norm * (lost + kScoreSlack) + query.error * (1.01F + lost);
}

bool is_better_candidate(const Candidate& a, const Candidate& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
}

std::vector<Candidate> best_of(std::vector<Candidate> all, std::size_t k) {
  const std::size_t kept = std::min(k, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    is_better_candidate);
  all.resize(kept);
  return all;
}

}  // namespace

// What one search may see.
struct VectorIndex::State::Scope final : WalkFilter {
  Scope(const State& state_in, std::uint64_t version_in, const Admission& admission_in)
      : state(state_in),
        version(version_in),
        admission(admission_in),
        all(admission_in.admits_all()),
        listed(all ? std::nullopt : admission_in.admitted_chunks()) {
    const std::size_t live_now = state.live.load(std::memory_order_relaxed);
    admitted = all ? live_now : std::min(live_now, admission.admitted_count());
    if (listed) admitted = std::min(admitted, listed->size());
    scan_cost = static_cast<double>(admitted);
    if (!listed && !all) scan_cost += kAskCost * static_cast<double>(live_now);
    share = live_now == 0 ? 1 : static_cast<double>(admitted) / static_cast<double>(live_now);
  }
  bool admits(Slot slot) const noexcept override {
    return state.lives.is_visible(slot, version) &&
           (all || admission.admits(state.lives.chunk(slot)));
  }
  // Every chunk this search may return, once.
  void collect(WalkContext& at) const;

  const State& state;
  std::uint64_t version;
  const Admission& admission;
  bool all;
  std::optional<std::span<const ChunkId>> listed;
  std::size_t admitted = 0;  // at most
  double scan_cost = 0;
  double share = 1;
};

void VectorIndex::State::Scope::collect(WalkContext& at) const {
  at.slots.clear();
  if (!listed) {
    const auto count = static_cast<Slot>(state.slots.load(std::memory_order_acquire));
    for (Slot slot = 0; slot < count; ++slot) {
      if (admits(slot) && !state.store.is_zero(slot)) at.slots.push_back(slot);
    }
    return;
  }
  // The table names one slot a chunk, perhaps one younger than this search, and no slot found in
  // it is reused while the search runs.
  for (const ChunkId chunk : *listed) {
    const Slot slot = state.chunks.find(chunk);
    if (slot != kNoSlot && admission.admits(chunk) && !state.store.is_zero(slot)) {
      at.slots.push_back(slot);
    }
  }
  at.begin(state.slots.load(std::memory_order_acquire));
  std::erase_if(at.slots, [&](Slot slot) { return !at.visit(slot); });
}

std::vector<Candidate> VectorIndex::State::search(std::span<const float> query,
                                                  const VectorSearch& how,
                                                  const Admission& admission) const {
  if (query.size() != store.dim() ||
      !std::all_of(query.begin(), query.end(), [](float v) { return std::isfinite(v); })) {
    throw Error(ErrorCode::invalid_argument,
                "The question's embedding does not fit the index or has values that are not "
                "numbers. Check the embedding model.");
  }
  Readers::Stay stay(readers);
  WalkContext& at = stay.context();
  const Scope scope(*this, stay.version(), admission);
  const std::size_t k = std::min(how.k, scope.admitted);
  if (k == 0) return {};
  store.encode(query, at.query);
  if (at.query.scale == 0) return {};

  const std::size_t slots_now = slots.load(std::memory_order_acquire);
  const std::size_t ef = std::min(std::max(how.ef_search, k), slots_now);
  const bool automatic = how.strategy == FilterStrategy::automatic;
  const double walk_cost = kWalkCostPerEf * static_cast<double>(ef) / scope.share;
  if (how.strategy == FilterStrategy::exact_scan ||
      (automatic && (scope.scan_cost <= kScanAlways || scope.scan_cost <= walk_cost))) {
    return scan(at, scope, k);
  }
  const Starts starts = find_starts(graph, store, at, slots);
  if (scope.all) {
    walk(graph, store, at, starts, 0, ef);
    std::vector<Candidate> found = rescore(at, scope, at.pool, k);
    if (found.size() == k || at.pool.size() < ef) return found;
    // Nodes born or dead beside this search took the places: look again, counting only visible
    // ones.
    at.begin(slots.load(std::memory_order_acquire));
  }
  const std::size_t visits_max =
      automatic ? static_cast<std::size_t>(scope.scan_cost) : static_cast<std::size_t>(-1);
  if (!walk_admitted(graph, store, at, starts, ef, scope, visits_max)) return scan(at, scope, k);
  return rescore(at, scope, at.admitted, k);
}

// Exact scores from the top of the pool down, until a score by codes is so far below the k-th best
// exact one that its error cannot make up for it: rounding errors of single values are independent,
// so their sum stays within a few deviations of error / sqrt(dim), and always within the bound.
std::vector<Candidate> VectorIndex::State::rescore(WalkContext& at, const Scope& scope,
                                                   const CandidatePool& pool, std::size_t k) const {
  const std::size_t n = pool.size();
  const float spread = std::min(1.0F, kDeviations / std::sqrt(static_cast<float>(store.dim())));
  const float slack = spread * error_of(at.query, store.code_error_max());
  std::vector<Candidate> out;  // a heap, worst on top
  out.reserve(k + 1);
  for (std::size_t i = 0; i < std::min(n, kPrefetchAhead); ++i) store.prefetch_floats(pool[i].slot);
  for (std::size_t i = 0; i < n; ++i) {
    const auto [score, slot] = pool[i];
    if (out.size() == k && score + slack < out.front().score) break;
    if (i + kPrefetchAhead < n) store.prefetch_floats(pool[i + kPrefetchAhead].slot);
    if (!lives.is_visible(slot, scope.version)) continue;
    out.push_back({lives.chunk(slot), store.exact_score(at.query, slot)});
    std::push_heap(out.begin(), out.end(), is_better_candidate);
    if (out.size() <= k) continue;
    std::pop_heap(out.begin(), out.end(), is_better_candidate);
    out.pop_back();
  }
  std::sort_heap(out.begin(), out.end(), is_better_candidate);
  return out;
}

// Scores all admitted ones by their codes, then those by their floats that could still be among
// the k best.
std::vector<Candidate> VectorIndex::State::scan(WalkContext& at, const Scope& scope,
                                                std::size_t k) const {
  scope.collect(at);
  const std::size_t n = at.slots.size();
  at.scores.resize(n);
  std::vector<float> lower;  // the k largest lower bounds: a heap, smallest on top
  lower.reserve(k + 1);
  std::array<const std::uint8_t*, kScanBlock> rows;
  for (std::size_t from = 0; from < n; from += kScanBlock) {
    const std::size_t count = std::min(kScanBlock, n - from);
    const std::size_t next = std::min(kScanBlock, n - from - count);
    for (std::size_t i = 0; i < next; ++i) {
      store.prefetch_codes(store.codes(at.slots[from + count + i]));
    }
    for (std::size_t i = 0; i < count; ++i) rows[i] = store.codes(at.slots[from + i]);
    store.score_rows(at.query, rows.data(), &at.slots[from], count, &at.scores[from]);
    for (std::size_t i = from; i < from + count; ++i) {
      if (lower.size() == k && at.scores[i] <= lower.front()) continue;
      const float bound = at.scores[i] - error_of(at.query, store.code_error(at.slots[i]));
      if (lower.size() == k && bound <= lower.front()) continue;
      lower.push_back(bound);
      std::push_heap(lower.begin(), lower.end(), std::greater<>{});
      if (lower.size() <= k) continue;
      std::pop_heap(lower.begin(), lower.end(), std::greater<>{});
      lower.pop_back();
    }
  }
  const float least = lower.size() == k ? lower.front() : -std::numeric_limits<float>::infinity();
  at.scored.clear();
  for (std::size_t i = 0; i < n; ++i) {
    if (at.scores[i] + error_of(at.query, store.code_error(at.slots[i])) < least) continue;
    store.prefetch_floats(at.slots[i]);
    at.scored.push_back({at.scores[i], at.slots[i]});
  }
  std::vector<Candidate> out;
  out.reserve(at.scored.size());
  for (const Scored& one : at.scored) {
    out.push_back({lives.chunk(one.slot), store.exact_score(at.query, one.slot)});
  }
  return best_of(std::move(out), k);
}

}  // namespace carrel::index
