// Looking at every admitted embedding: exact, and cheapest where few are admitted.
//
// The codes give each row a score and a bound on its error. A row whose score cannot, even with its
// error, reach the k-th best lower bound is out; the others are scored by their halves.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "index/vector_scope.h"

namespace carrel::index {
namespace {

constexpr std::size_t kScanBlock = 16;

// Scores `slots` into `scores`; what is returned are the k best lower bounds.
Largest score_part(const VectorStore& store, const Query& query, std::span<const Slot> slots,
                   float* scores, std::size_t k) {
  Largest lower(k);
  const std::size_t n = slots.size();
  for (std::size_t from = 0; from < n; from += kScanBlock) {
    const std::size_t count = std::min(kScanBlock, n - from);
    const std::size_t next = std::min(kScanBlock, n - from - count);
    for (std::size_t i = 0; i < next; ++i) store.prefetch(slots[from + count + i]);
    store.score(query, &slots[from], count, scores + from);
    for (std::size_t i = from; i < from + count; ++i) {
      if (!lower.would_take(scores[i]) || store.is_zero(slots[i])) continue;
      lower.offer(scores[i] - store.error_bound(query, slots[i]));
    }
  }
  return lower;
}

}  // namespace

void VectorIndex::State::Scope::collect(WalkContext& at, bool asks) const {
  if (!listed) {
    at.slots.clear();
    at.slots_key = 0;
    const auto count = static_cast<Slot>(state.slots.load(std::memory_order_acquire));
    for (Slot slot = 0; slot < count; ++slot) {
      if (admits(slot)) at.slots.push_back(slot);
    }
    return;
  }
  // The table names one slot a chunk, perhaps one younger than this search, and no slot found in
  // it is reused while the search runs. Nor is one found earlier, while the table stays as it was:
  // it changes before a version is published from which on the slot can be free.
  const std::uint64_t key = admission.list_key();
  const std::uint64_t version_now = state.chunks.version();
  if (key == 0 || at.slots_key != key || at.slots_version != version_now) {
    at.slots.clear();
    at.chunks.clear();
    admission.list(at.chunks);
    state.chunks.find_all(at.chunks, at.slots);
    at.slots_key = key;
    at.slots_version = version_now;
  }
  if (!asks) return;
  at.slots_key = 0;
  at.begin(state.slots.load(std::memory_order_acquire));
  std::erase_if(at.slots, [&](Slot slot) {
    return !(admission.admits(state.lives.chunk(slot)) && at.visit(slot));
  });
}

// A list may be older than the rights, so whatever could be returned is asked for; where one is
// refused, or is there twice, it took another's place: then all are asked for first. `k` is as it
// was asked: insertions beside the search may have made more rows than were counted before it.
std::vector<Candidate> VectorIndex::State::scan(WalkContext& at, const Scope& scope,
                                                std::size_t k) const {
  scope.collect(at, false);
  score_all(at, sift(at, k), k);
  if (scope.listed && !all_admitted(at, scope)) {
    scope.collect(at, true);
    score_all(at, sift(at, k), k);
  }
  std::vector<Candidate> out;
  out.reserve(at.scored.size());
  for (const Scored& one : at.scored) {
    out.push_back({lives.chunk(one.slot), store.exact_score(at.query, one.slot)});
  }
  const std::size_t kept = std::min(k, out.size());
  std::partial_sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(kept), out.end(),
                    is_better_candidate);
  out.resize(kept);
  return out;
}

bool VectorIndex::State::all_admitted(WalkContext& at, const Scope& scope) const {
  at.begin(slots.load(std::memory_order_acquire));
  return std::all_of(at.scored.begin(), at.scored.end(), [&](const Scored& one) {
    return scope.admission.admits(lives.chunk(one.slot)) && at.visit(one.slot);
  });
}

// Leaves in at.scored those of `rows` that may be among the k best.
void VectorIndex::State::score_all(WalkContext& at, std::span<const Slot> rows,
                                   std::size_t k) const {
  const std::size_t n = rows.size();
  at.scores.resize(n);
  at.scored.clear();
  if (n == 0) return;
  k = std::min(k, n);
  Largest lower(k);
  const std::size_t parts = n / kScanPart;
  std::mutex merging;
  const auto score_one_part = [&](std::size_t part, std::size_t) {
    const std::size_t from = n * part / parts;
    const std::size_t to = n * (part + 1) / parts;
    const Largest found =
        score_part(store, at.query, rows.subspan(from, to - from), at.scores.data() + from, k);
    const std::lock_guard lock(merging);
    lower.offer(found);
  };
  // Helpers pay while no other search needs the cores.
  const bool alone = readers.running().load(std::memory_order_relaxed) <= 1;
  if (parts < 2 || !alone || !team.try_run(parts, score_one_part)) {
    lower = score_part(store, at.query, rows, at.scores.data(), k);
  }
  const float least = lower.least();
  const float error_max = store.error_bound(at.query);
  for (std::size_t i = 0; i < n; ++i) {
    if (at.scores[i] + error_max < least) continue;  // the facts are asked last
    const Slot slot = rows[i];
    if (store.is_zero(slot) || at.scores[i] + store.error_bound(at.query, slot) < least) continue;
    store.prefetch_halves(slot);
    at.scored.push_back({at.scores[i], slot});
  }
}

}  // namespace carrel::index
