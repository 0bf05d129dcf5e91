// Choosing links, and writing them into rows.
#include <algorithm>

#include "core/error.h"
#include "index/hnsw_scratch.h"

namespace carrel::index {
namespace {

// Chosen ones compared at once; most candidates fall to one of the nearest few.
constexpr std::size_t kCompareBlock = 8;

void store_link(Slot* link, Slot value) {
  std::atomic_ref<Slot>(*link).store(value, std::memory_order_release);
}

bool contains(std::span<const Slot> slots, Slot slot) {
  return std::find(slots.begin(), slots.end(), slot) != slots.end();
}

}  // namespace

void HnswGraph::score_all(Slot base, std::span<const Slot> slots, Scratch& at,
                          std::vector<Scored>& out) const {
  for (const Slot slot : slots) store_.prefetch(slot);
  store_.take_codes(base, at.pair_query);
  at.scores.resize(slots.size());
  store_.score(at.pair_query, slots.data(), slots.size(), at.scores.data());
  out.clear();
  for (std::size_t i = 0; i < slots.size(); ++i) out.push_back({at.scores[i], slots[i]});
}

bool HnswGraph::is_diverse(const Scored& candidate, bool repeats_base, std::span<const Slot> chosen,
                           Scratch& at) const {
  if (chosen.empty()) return true;
  store_.take_codes(candidate.slot, at.pair_query);
  float scores[kCompareBlock];
  for (std::size_t from = 0; from < chosen.size(); from += kCompareBlock) {
    const std::size_t n = std::min(kCompareBlock, chosen.size() - from);
    store_.score(at.pair_query, chosen.data() + from, n, scores);
    for (std::size_t i = 0; i < n; ++i) {
      if (scores[i] > candidate.score) return false;
      if (repeats_base && scores[i] == candidate.score) return false;
    }
  }
  return true;
}

// Algorithm 4 without its optional extensions. Among embeddings equal to the base one is enough:
// otherwise a group of equals would link to nothing but itself.
void HnswGraph::select(Slot base, std::vector<Scored>& candidates, std::size_t capacity_max,
                       std::size_t level, Scratch& at, std::vector<Slot>& chosen) const {
  std::sort(candidates.begin(), candidates.end(), is_better);
  std::size_t bound = 0;
  for (const Scored& candidate : candidates) bound += is_bound(base, candidate.slot, level) ? 1 : 0;
  const float self = self_score(base, at);
  chosen.clear();
  for (const Scored& candidate : candidates) {
    if (is_bound(base, candidate.slot, level)) {
      --bound;
      chosen.push_back(candidate.slot);
    } else if (chosen.size() + bound < capacity_max) {
      if (is_diverse(candidate, candidate.score >= self, chosen, at)) {
        chosen.push_back(candidate.slot);
      }
    } else if (bound == 0) {
      break;
    }
  }
}

float HnswGraph::self_score(Slot slot, Scratch& at) const {
  float score = 0;
  store_.take_codes(slot, at.pair_query);
  store_.score(at.pair_query, &slot, 1, &score);
  return score;
}

void HnswGraph::set_links(Slot slot, std::size_t level, std::span<const Slot> links_now,
                          Scratch& at) {
  Slot* const to = row(slot, level);
  const std::size_t most = capacity(level);
  CARREL_ASSERT(links_now.size() <= most);
  if (incoming_ != nullptr) {
    const std::vector<Slot> before = links(slot, level);
    for (const Slot other : before) {
      if (!contains(links_now, other)) note(at, slot, other, level, false);
    }
    for (const Slot other : links_now) {
      if (!contains(before, other)) note(at, slot, other, level, true);
    }
  }
  for (std::size_t i = 0; i < most; ++i) {
    store_link(to + i, i < links_now.size() ? links_now[i] : kNoSlot);
  }
  mark_changed(slot);
}

void HnswGraph::add_link(Slot from, Slot to, std::size_t level, Scratch& at) {
  Slot* const links_of = row(from, level);
  const std::size_t most = capacity(level);
  std::size_t end = 0;
  while (end < most && load(links_of + end) != kNoSlot) ++end;
  CARREL_ASSERT(end < most);
  note(at, from, to, level, true);
  store_link(links_of + end, to);
  mark_changed(from);
}

void HnswGraph::erase_link(Slot from, Slot to, std::size_t level) {
  Slot* const links_of = row(from, level);
  const std::size_t most = capacity(level);
  std::size_t last = 0;
  std::size_t found = most;
  for (; last < most && load(links_of + last) != kNoSlot; ++last) {
    if (load(links_of + last) == to) found = last;
  }
  CARREL_ASSERT(found < most);
  --last;
  store_link(links_of + found, load(links_of + last));
  store_link(links_of + last, kNoSlot);
  mark_changed(from);
}

}  // namespace carrel::index
