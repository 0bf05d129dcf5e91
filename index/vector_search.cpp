// Searching: whether to scan the admitted ones or to walk the graph, and the exact scores at the
// end of a walk.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "index/vector_scope.h"

namespace carrel::index {
namespace {

constexpr double kNearlyAll = 0.8;        // share from which the walk does not ask
constexpr std::size_t kScanAlways = 512;  // rows: below this nothing beats a scan
// Seconds, on machines of the years when this was written: looking up a listed chunk, asking a
// filter about a chunk, waking the other cores.
constexpr double kListTime = 4e-9;
constexpr double kAskTime = 8e-9;
constexpr double kTeamTime = 30e-6;
constexpr std::size_t kPrefetchAhead = 8;
constexpr float kDeviations = 6;

}  // namespace

std::vector<Candidate> VectorIndex::State::search(std::span<const float> query,
                                                  const VectorSearch& how,
                                                  const Admission& admission) const {
  if (query.size() != store.dim() ||
      !std::all_of(query.begin(), query.end(), [](float v) { return std::fabs(v) <= kHalfMax; })) {
    throw Error(ErrorCode::invalid_argument,
                "The question's embedding does not fit the index, or has values that are not "
                "numbers, or beyond 65504. Check the embedding model.");
  }
  Readers::Stay stay(readers);
  WalkContext& at = stay.context();
  const Scope scope(*this, stay.version(), admission);
  const std::size_t k = std::min(how.k, scope.admitted);
  if (k == 0) return {};
  const std::size_t ef =
      std::min(std::max(how.ef_search, k), slots.load(std::memory_order_acquire));
  const bool automatic = how.strategy == FilterStrategy::automatic;
  const bool chooses = automatic && scope.admitted > kScanAlways;
  if (chooses) {
    const auto is_visible = [&](Slot slot) { return lives.is_visible(slot, scope.version); };
    costs.measure(graph, store, slots, is_visible, at);
  }
  const double scan_time = estimate_scan(scope);
  const double walk_visits = static_cast<double>(ef) * graph.visits_per_ef() / scope.share();
  const bool scans = automatic ? !chooses || scan_time <= walk_visits * costs.visit()
                               : how.strategy == FilterStrategy::exact_scan;
  store.encode(query, at.query);
  if (store.is_zero(at.query)) return {};
  if (!scans) {
    // A walk that has taken half as long as a scan, and has not found enough, is far from what it
    // may find, and leaves the rest to the scan; so does one that has taken twice as long.
    const double visits_max = automatic ? scan_time / (2 * costs.visit()) : 1e15;
    auto walked = walk_graph(at, scope, k, ef, static_cast<std::size_t>(visits_max));
    if (walked) return std::move(*walked);
  }
  return scan(at, scope, how.k);
}

// Seconds, about.
double VectorIndex::State::estimate_scan(const Scope& scope) const {
  const auto admitted = static_cast<double>(scope.admitted);
  double looking = admitted * costs.row();
  if (scope.admitted >= 2 * kSiftPart && readers.running().load(std::memory_order_relaxed) <= 1) {
    const std::size_t hands = std::min(team.width(), scope.admitted / kSiftPart);
    looking = std::min(looking, looking / static_cast<double>(hands) + kTeamTime);
  }
  if (scope.listed) return looking + kListTime * admitted;
  return looking + (scope.all ? 0 : kAskTime * static_cast<double>(scope.live));
}

std::optional<std::vector<Candidate>> VectorIndex::State::walk_graph(WalkContext& at,
                                                                     const Scope& scope,
                                                                     std::size_t k, std::size_t ef,
                                                                     std::size_t visits_max) const {
  const Starts starts = find_starts(graph, store, at, slots);
  if (scope.share() >= kNearlyAll) {
    const auto wider = static_cast<std::size_t>(static_cast<double>(ef) / scope.share());
    walk(graph, store, at, starts, 0, wider);
    std::vector<Candidate> found = rescore(at, scope, at.pool, k);
    if (found.size() == k || (scope.all && at.pool.size() < wider)) return found;
    // What may not be seen, or was born or died beside this search, took the places: look again,
    // with places for the admitted alone.
    at.begin(slots.load(std::memory_order_acquire));
  }
  if (!walk_admitted(graph, store, at, starts, ef, scope, visits_max)) return std::nullopt;
  return rescore(at, scope, at.admitted, k);
}

// Exact scores from the top of the pool down, until a score by codes is so far below the k-th best
// exact one that its error cannot make up for it: rounding errors of single values are independent,
// so their sum stays within a few deviations of error / sqrt(dim), and always within the bound.
std::vector<Candidate> VectorIndex::State::rescore(WalkContext& at, const Scope& scope,
                                                   const CandidatePool& pool, std::size_t k) const {
  const std::size_t n = pool.size();
  const float spread = std::min(1.0F, kDeviations / std::sqrt(static_cast<float>(store.dim())));
  const float slack = spread * store.error_bound(at.query);
  std::vector<Candidate> out;  // a heap, worst on top
  out.reserve(k + 1);
  for (std::size_t i = 0; i < std::min(n, kPrefetchAhead); ++i) store.prefetch_halves(pool[i].slot);
  for (std::size_t i = 0; i < n; ++i) {
    const auto [score, slot] = pool[i];
    if (out.size() == k && store.final_score(at.query, score) + slack < out.front().score) break;
    if (i + kPrefetchAhead < n) store.prefetch_halves(pool[i + kPrefetchAhead].slot);
    if (!scope.admits(slot)) continue;
    out.push_back({lives.chunk(slot), store.exact_score(at.query, slot)});
    std::push_heap(out.begin(), out.end(), is_better_candidate);
    if (out.size() <= k) continue;
    std::pop_heap(out.begin(), out.end(), is_better_candidate);
    out.pop_back();
  }
  std::sort_heap(out.begin(), out.end(), is_better_candidate);
  return out;
}

}  // namespace carrel::index
