#include "index/hnsw_walk.h"

#include <algorithm>
#include <cstring>

namespace carrel::index {
namespace {

constexpr std::size_t kPatience = 4;  // once there are enough, the end is near

// Marks and gathers the neighbours of `slot` not seen yet, and those of `other`, and scores them
// into near_scores. Two at once keep more of memory's answers under way: the row of the second is
// there while the first is waited for.
std::size_t score_unvisited(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
                            Slot slot, std::size_t level, Slot other = kNoSlot) {
  const std::size_t capacity = graph.capacity(level);
  std::size_t count = context.take_unvisited(graph.row(slot, level), capacity);
  for (std::size_t i = 0; i < count; ++i) store.prefetch(context.near[i]);
  if (other != kNoSlot) {
    const std::size_t first = count;
    count = context.take_unvisited(graph.row(other, level), capacity, count);
    for (std::size_t i = first; i < count; ++i) store.prefetch(context.near[i]);
  }
  store.score(context.query, context.near.data(), count, context.near_scores.data());
  context.visited += count;
  return count;
}

float score_one(const VectorStore& store, const WalkContext& context, Slot slot) {
  float score = 0;
  store.score(context.query, &slot, 1, &score);
  return score;
}

void prefetch_row(const HnswGraph& graph, Slot slot) {
  const Slot* const row = graph.row(slot, 0);
  for (std::size_t at = 0; at < graph.capacity(0); at += 16) __builtin_prefetch(row + at);
}

bool is_worse(const Scored& a, const Scored& b) noexcept { return a.score < b.score; }

}  // namespace

bool CandidatePool::offer(float score, Slot slot) noexcept {
  if (!would_take(score)) return false;
  // Behind all that are as good, found without branches that nobody could foretell.
  const Scored* base = entries_.data();
  for (std::size_t left = size_; left > 0;) {
    const std::size_t half = (left + 1) / 2;
    base += base[half - 1].score >= score ? half : 0;
    left -= half;
  }
  const auto low = static_cast<std::size_t>(base - entries_.data());
  if (size_ == capacity_) --size_;
  std::memmove(&entries_[low + 1], &entries_[low], (size_ - low) * sizeof(Scored));
  entries_[low] = {score, slot};
  ++size_;
  next_ = std::min(next_, low);
  return true;
}

Slot CandidatePool::take_next() noexcept {
  while (next_ < size_ && (entries_[next_].slot & kExpanded) != 0) ++next_;
  if (next_ == size_) return kNoSlot;
  const Slot slot = entries_[next_].slot;
  entries_[next_].slot |= kExpanded;
  ++next_;
  return slot;
}

void WalkContext::begin(std::size_t slots_now) {
  if (marks_.size() < slots_now) marks_.resize(std::max(slots_now, marks_.size() * 3 / 2));
  slots_ = slots_now;
  visited = 0;
  if (++walk_ == 0) {  // after 65,535 walks old marks would look new
    std::fill(marks_.begin(), marks_.end(), std::uint16_t{0});
    walk_ = 1;
  }
}

// Whether a slot was seen is as good as random, so nothing branches on it.
std::size_t WalkContext::take_unvisited(const Slot* row, std::size_t capacity,
                                        std::size_t count) noexcept {
  std::uint16_t* const marks = marks_.data();
  Slot* const out = near.data();
  const std::uint16_t mark = walk_;  // a mark could be the member, as far as the compiler knows
  const std::size_t end = slots_;
  for (std::size_t i = 0; i < capacity; ++i) {
    const Slot slot = HnswGraph::load(row + i);
    if (slot >= end) {
      if (slot == kNoSlot) break;
      continue;
    }
    const bool is_fresh = marks[slot] != mark;
    marks[slot] = mark;
    out[count] = slot;
    count += is_fresh ? 1 : 0;
  }
  return count;
}

Scored descend(const HnswGraph& graph, const VectorStore& store, WalkContext& context, Scored start,
               std::size_t level) {
  Scored best = start;
  for (bool moved = true; moved;) {
    moved = false;
    const std::size_t count = score_unvisited(graph, store, context, best.slot, level);
    for (std::size_t i = 0; i < count; ++i) {
      if (context.near_scores[i] <= best.score) continue;
      best = {context.near_scores[i], context.near[i]};
      moved = true;
    }
  }
  return best;
}

void walk(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
          std::span<const Slot> starts, std::size_t level, std::size_t ef) {
  CandidatePool& pool = context.pool;
  pool.reset(ef);
  for (const Slot start : starts) {
    if (context.visit(start)) pool.offer(score_one(store, context, start), start);
  }
  for (Slot slot = pool.take_next(); slot != kNoSlot; slot = pool.take_next()) {
    const Slot other = level == 0 ? pool.take_next() : kNoSlot;
    const std::size_t count = score_unvisited(graph, store, context, slot, level, other);
    for (std::size_t i = 0; i < count; ++i) {
      if (pool.offer(context.near_scores[i], context.near[i]) && level == 0) {
        prefetch_row(graph, context.near[i]);
      }
    }
  }
}

bool walk_admitted(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
                   std::span<const Slot> starts, std::size_t ef, const WalkFilter& filter,
                   std::size_t visits_max) {
  CandidatePool& admitted = context.admitted;
  std::vector<Scored>& frontier = context.frontier;
  admitted.reset(ef);
  frontier.clear();
  const auto consider = [&](float score, Slot slot) {
    if (!admitted.would_take(score)) return;
    frontier.push_back({score, slot});
    std::push_heap(frontier.begin(), frontier.end(), is_worse);
    prefetch_row(graph, slot);
    if (filter.admits(slot)) admitted.offer(score, slot);
  };
  for (const Slot start : starts) {
    if (context.visit(start)) consider(score_one(store, context, start), start);
  }
  while (!frontier.empty()) {
    const Scored nearest = frontier.front();
    if (admitted.is_full() && nearest.score < admitted.worst()) break;
    std::pop_heap(frontier.begin(), frontier.end(), is_worse);
    frontier.pop_back();
    const std::size_t count = score_unvisited(graph, store, context, nearest.slot, 0);
    for (std::size_t i = 0; i < count; ++i) consider(context.near_scores[i], context.near[i]);
    if (context.visited > (admitted.is_full() ? kPatience * visits_max : visits_max)) return false;
  }
  return true;
}

Starts find_starts(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
                   const std::atomic<std::size_t>& count_slots) {
  const HnswGraph::Entry entry = graph.entry();
  const Slot root = graph.root();
  const std::size_t slots = count_slots.load(std::memory_order_acquire);
  Starts starts{};
  if (entry.slot == kNoSlot || root == kNoSlot) return starts;
  context.begin(slots);
  Scored best{score_one(store, context, entry.slot), entry.slot};
  for (std::size_t level = entry.level; level > 0; --level) {
    best = descend(graph, store, context, best, level);
  }
  context.begin(slots);
  starts.slots[starts.count++] = best.slot;
  if (root != best.slot) starts.slots[starts.count++] = root;
  return starts;
}

}  // namespace carrel::index
