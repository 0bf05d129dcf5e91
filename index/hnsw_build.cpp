// Adding a node: finding its neighbours, choosing among them, and hanging it into the tree.
#include <algorithm>
#include <cstddef>

#include "core/error.h"
#include "index/hnsw_graph.h"
#include "index/hnsw_walk.h"

namespace carrel::index {
namespace {

// Chosen ones compared at once; most candidates fall to one of the nearest few.
constexpr std::size_t kCompareBlock = 8;

void store_link(Slot* link, Slot value) {
  std::atomic_ref<Slot>(*link).store(value, std::memory_order_release);
}

void forget(std::vector<Slot>& slots, Slot slot) {
  const auto found = std::find(slots.begin(), slots.end(), slot);
  CARREL_ASSERT(found != slots.end());
  *found = slots.back();
  slots.pop_back();
}

bool contains(std::span<const Slot> slots, Slot slot) {
  return std::find(slots.begin(), slots.end(), slot) != slots.end();
}

}  // namespace

void HnswGraph::add(Slot slot, std::size_t level, WalkContext& context) {
  open_node(slot, level);
  const Entry top = entry();
  if (top.slot == kNoSlot) {
    root_.store(slot, std::memory_order_release);
    set_entry({slot, level});
    return;
  }
  store_.take_codes(slot, context.query);
  context.begin(nodes_.size());
  score_all(slot, {&top.slot, 1}, pair_scored_);
  Scored nearest = pair_scored_.front();
  for (std::size_t l = top.level; l > level; --l) {
    nearest = descend(*this, store_, context, nearest, l);
  }
  // All rows of the new node are written before anyone links to it: whoever arrives can go on.
  const std::size_t levels = std::min(level, top.level) + 1;
  std::vector<std::vector<Slot>> chosen(levels);
  std::vector<Scored> candidates;
  for (std::size_t l = levels; l-- > 0;) {
    context.begin(nodes_.size());
    walk(*this, store_, context, {&nearest.slot, 1}, l, ef_construction_);
    candidates.clear();
    for (std::size_t i = 0; i < context.pool.size(); ++i) candidates.push_back(context.pool[i]);
    nearest = candidates.front();
    select(slot, candidates, m_, l, chosen[l]);
    set_links(slot, l, chosen[l]);
  }
  for (std::size_t l = 0; l < levels; ++l) {
    for (const Slot from : chosen[l]) link_back(from, slot, l);
  }
  hang(slot, chosen[0]);
  if (level > top.level) set_entry({slot, level});
}

void HnswGraph::score_all(Slot base, std::span<const Slot> slots, std::vector<Scored>& out) {
  std::array<const std::uint8_t*, kRowMax + 1> rows;
  std::array<float, kRowMax + 1> scores;
  CARREL_ASSERT(slots.size() <= rows.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    rows[i] = store_.codes(slots[i]);
    store_.prefetch_codes(rows[i]);
  }
  store_.take_codes(base, pair_query_);
  store_.score_rows(pair_query_, rows.data(), slots.data(), slots.size(), scores.data());
  out.clear();
  for (std::size_t i = 0; i < slots.size(); ++i) out.push_back({scores[i], slots[i]});
}

bool HnswGraph::is_diverse(const Scored& candidate, bool repeats_base,
                           std::span<const Slot> chosen) {
  if (chosen.empty()) return true;
  store_.take_codes(candidate.slot, pair_query_);
  std::array<const std::uint8_t*, kCompareBlock> rows;
  std::array<float, kCompareBlock> scores;
  for (std::size_t from = 0; from < chosen.size(); from += kCompareBlock) {
    const std::size_t n = std::min(kCompareBlock, chosen.size() - from);
    for (std::size_t i = 0; i < n; ++i) rows[i] = store_.codes(chosen[from + i]);
    store_.score_rows(pair_query_, rows.data(), chosen.data() + from, n, scores.data());
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
                       std::size_t level, std::vector<Slot>& chosen) {
  std::sort(candidates.begin(), candidates.end(), is_better);
  std::size_t bound = 0;
  for (const Scored& candidate : candidates) bound += is_bound(base, candidate.slot, level) ? 1 : 0;
  const float self = self_score(base);
  chosen.clear();
  for (const Scored& candidate : candidates) {
    if (is_bound(base, candidate.slot, level)) {
      --bound;
      chosen.push_back(candidate.slot);
    } else if (chosen.size() + bound < capacity_max &&
               is_diverse(candidate, candidate.score >= self, chosen)) {
      chosen.push_back(candidate.slot);
    }
  }
}

float HnswGraph::self_score(Slot slot) {
  const std::uint8_t* const row = store_.codes(slot);
  float score = 0;
  store_.take_codes(slot, pair_query_);
  store_.score_rows(pair_query_, &row, &slot, 1, &score);
  return score;
}

void HnswGraph::set_links(Slot slot, std::size_t level, std::span<const Slot> links_now) {
  const std::vector<Slot> before = links(slot, level);
  for (const Slot to : before) {
    if (!contains(links_now, to)) forget(in(to, level), slot);
  }
  for (const Slot to : links_now) {
    if (!contains(before, to)) in(to, level).push_back(slot);
  }
  Slot* const to = row(slot, level);
  const std::size_t most = capacity(level);
  CARREL_ASSERT(links_now.size() <= most);
  for (std::size_t i = 0; i < most; ++i) {
    store_link(to + i, i < links_now.size() ? links_now[i] : kNoSlot);
  }
}

void HnswGraph::add_link(Slot from, Slot to, std::size_t level) {
  Slot* const links_of = row(from, level);
  const std::size_t most = capacity(level);
  std::size_t at = 0;
  while (at < most && load(links_of + at) != kNoSlot) ++at;
  CARREL_ASSERT(at < most);
  in(to, level).push_back(from);
  store_link(links_of + at, to);
}

void HnswGraph::cut(Slot from, Slot to, std::size_t level) {
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
  forget(in(to, level), from);
}

void HnswGraph::link_back(Slot from, Slot to, std::size_t level) {
  std::vector<Slot> now = links(from, level);
  if (now.size() < capacity(level)) {
    add_link(from, to, level);
    return;
  }
  now.push_back(to);
  score_all(from, now, pair_scored_);
  select(from, pair_scored_, capacity(level), level, chosen_);
  set_links(from, level, chosen_);
}

// The parent is one of the near that kept its link, the one highest in the tree.
void HnswGraph::hang(Slot child, std::span<const Slot> near) {
  Slot parent = kNoSlot;
  const std::vector<Slot>& from = in(child, 0);
  for (const Slot slot : near) {
    if (nodes_[slot].children >= children_max() || !contains(from, slot)) continue;
    if (parent == kNoSlot || nodes_[slot].depth < nodes_[parent].depth) parent = slot;
  }
  for (std::size_t i = 0; i < near.size() && parent == kNoSlot; ++i) {
    if (nodes_[near[i]].children < children_max()) parent = near[i];
  }
  bind(parent != kNoSlot ? parent : any_with_room(near.front()), child);
}

// Makes `child` hang from `parent`, which has room for a child. A full row gives up its farthest
// link that binds nobody; there is one, as at most half of a row binds.
void HnswGraph::bind(Slot parent, Slot child) {
  const std::vector<Slot> now = links(parent, 0);
  if (!contains(now, child)) {
    if (now.size() == capacity(0)) {
      score_all(parent, now, pair_scored_);
      std::sort(pair_scored_.begin(), pair_scored_.end(), is_better);
      while (is_bound(parent, pair_scored_.back().slot, 0)) pair_scored_.pop_back();
      cut(parent, pair_scored_.back().slot, 0);
    }
    add_link(parent, child, 0);
  }
  nodes_[child].parent = parent;
  nodes_[child].depth = nodes_[parent].depth + 1;
  ++nodes_[parent].children;
}

// `from` or a node below it that can take one more child.
Slot HnswGraph::any_with_room(Slot from) const {
  Slot slot = from;
  while (nodes_[slot].children >= children_max()) {
    const std::vector<Slot> below = links(slot, 0);
    const auto child = std::find_if(below.begin(), below.end(),
                                    [&](Slot to) { return nodes_[to].parent == slot; });
    CARREL_ASSERT(child != below.end());
    slot = *child;
  }
  return slot;
}

}  // namespace carrel::index
