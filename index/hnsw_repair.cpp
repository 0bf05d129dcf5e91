// Taking a node out: those who linked to it are linked on, and its children find new parents.
#include <algorithm>

#include "core/error.h"
#include "index/hnsw_graph.h"

namespace carrel::index {
namespace {

constexpr std::size_t kBridgesMax = 3;  // links each in-neighbour gets in exchange, at most

}  // namespace

// The row of the removed node stays as it is, for readers who stand on it.
void HnswGraph::remove(Slot slot) {
  CARREL_ASSERT(is_linked(slot));
  std::vector<Slot> children;
  for (const Slot to : links(slot, 0)) {
    if (nodes_[to].parent == slot) children.push_back(to);
  }
  for (std::size_t l = 0; l <= nodes_[slot].level; ++l) {
    const std::vector<Slot> neighbours = links(slot, l);
    const std::vector<Slot> from = in(slot, l);
    for (const Slot other : from) cut(other, slot, l);
    for (const Slot other : neighbours) std::erase(in(other, l), slot);
    for (const Slot other : from) bridge(other, neighbours, l);
  }
  nodes_[slot].linked = false;
  if (const Slot parent = nodes_[slot].parent; parent != kNoSlot) --nodes_[parent].children;
  for (const Slot child : children) nodes_[child].parent = kNoSlot;
  if (root() == slot) {
    root_.store(children.empty() ? kNoSlot : children.front(), std::memory_order_release);
  }
  for (const Slot child : children) {
    if (child != root()) rehang(child);
  }
  if (entry().slot == slot) replace_entry();
}

void HnswGraph::bridge(Slot from, std::span<const Slot> neighbours, std::size_t level) {
  std::vector<Slot> now = links(from, level);
  std::vector<Slot> candidates;
  for (const Slot slot : neighbours) {
    const bool known = slot == from || std::find(now.begin(), now.end(), slot) != now.end();
    if (!known) candidates.push_back(slot);
  }
  score_all(from, candidates, pair_scored_);
  std::sort(pair_scored_.begin(), pair_scored_.end(), is_better);
  const float self = self_score(from);
  std::size_t added = 0;
  for (const Scored& candidate : pair_scored_) {
    if (added == kBridgesMax || now.size() == capacity(level)) return;
    if (!is_diverse(candidate, candidate.score >= self, now)) continue;
    add_link(from, candidate.slot, level);
    now.push_back(candidate.slot);
    ++added;
  }
}

// A new parent for a node that lost its own. Candidates must themselves hang from the root: that
// also rules out all that hang from the child.
void HnswGraph::rehang(Slot child) {
  Slot parent = kNoSlot;
  const auto consider = [&](std::span<const Slot> slots) {
    for (const Slot slot : slots) {
      if (nodes_[slot].children >= children_max() || !hangs_from_root(slot)) continue;
      if (parent == kNoSlot || nodes_[slot].depth < nodes_[parent].depth) parent = slot;
    }
  };
  consider(in(child, 0));
  if (parent == kNoSlot) consider(links(child, 0));
  bind(parent != kNoSlot ? parent : any_with_room(root()), child);
}

bool HnswGraph::hangs_from_root(Slot slot) const noexcept {
  while (nodes_[slot].parent != kNoSlot) slot = nodes_[slot].parent;
  return slot == root();
}

// The highest node left. Reads all nodes, but the entry is one of very many, so it is rare.
void HnswGraph::replace_entry() {
  Entry best;
  for (Slot slot = 0; slot < nodes_.size(); ++slot) {
    if (!nodes_[slot].linked) continue;
    if (best.slot == kNoSlot || nodes_[slot].level > best.level) best = {slot, nodes_[slot].level};
  }
  set_entry(best);
}

}  // namespace carrel::index
