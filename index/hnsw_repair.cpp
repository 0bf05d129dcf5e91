// Who links to whom, and taking a node out: those who linked to it are linked on, and its children
// find new parents.
#include <algorithm>

#include "core/error.h"
#include "index/hnsw_scratch.h"

namespace carrel::index {
namespace {

constexpr std::size_t kBridgesMax = 3;  // links each in-neighbour gets in exchange, at most

void forget(std::vector<Slot>& slots, Slot slot) {
  const auto found = std::find(slots.begin(), slots.end(), slot);
  CARREL_ASSERT(found != slots.end());
  *found = slots.back();
  slots.pop_back();
}

}  // namespace

std::vector<Slot>& HnswGraph::in(Slot slot, std::size_t level) {
  return level == 0 ? incoming_->base[slot] : incoming_->uppers.at(slot)[level - 1];
}

const std::vector<Slot>& HnswGraph::in(Slot slot, std::size_t level) const {
  return level == 0 ? incoming_->base[slot] : incoming_->uppers.at(slot)[level - 1];
}

// Reads all rows once.
void HnswGraph::find_incoming() {
  incoming_ = std::make_unique<Incoming>();
  incoming_->base.resize(nodes_.size());
  std::vector<std::uint32_t> counts(nodes_.size());
  const auto each_link = [&](std::size_t level, Slot slot, const auto& visit) {
    const Slot* const links_of = row(slot, level);
    for (std::size_t i = 0; i < capacity(level) && links_of[i] != kNoSlot; ++i) visit(links_of[i]);
  };
  for (Slot slot = 0; slot < nodes_.size(); ++slot) {
    if (!nodes_[slot].linked) continue;
    each_link(0, slot, [&](Slot to) { ++counts[to]; });
    if (nodes_[slot].level > 0) incoming_->uppers[slot].resize(nodes_[slot].level);
  }
  for (Slot slot = 0; slot < nodes_.size(); ++slot) incoming_->base[slot].reserve(counts[slot]);
  for (Slot slot = 0; slot < nodes_.size(); ++slot) {
    if (!nodes_[slot].linked) continue;
    for (std::size_t l = 0; l <= nodes_[slot].level; ++l) {
      each_link(l, slot, [&](Slot to) { in(to, l).push_back(slot); });
    }
  }
}

void HnswGraph::note(Scratch& at, Slot from, Slot to, std::size_t level, bool added) {
  if (incoming_ == nullptr) return;
  at.notes.push_back({from, to, static_cast<std::uint8_t>(level), added});
  if (at.is_sequential) apply_notes(at);
}

void HnswGraph::apply_notes(Scratch& at) {
  for (const Scratch::Note& one : at.notes) {
    if (one.added) {
      in(one.to, one.level).push_back(one.from);
    } else {
      forget(in(one.to, one.level), one.from);
    }
  }
  at.notes.clear();
}

// The row of the removed node stays as it is, for readers who stand on it.
void HnswGraph::remove(Slot slot) {
  CARREL_ASSERT(is_linked(slot));
  if (incoming_ == nullptr) find_incoming();
  std::vector<Slot> children;
  for (const Slot to : links(slot, 0)) {
    if (nodes_[to].parent == slot) children.push_back(to);
  }
  for (std::size_t l = 0; l <= nodes_[slot].level; ++l) {
    const std::vector<Slot> neighbours = links(slot, l);
    const std::vector<Slot> from = std::move(in(slot, l));
    in(slot, l).clear();
    for (const Slot other : from) erase_link(other, slot, l);
    for (const Slot other : neighbours) forget(in(other, l), slot);
    for (const Slot other : from) bridge(other, neighbours, l);
  }
  nodes_[slot].linked = false;
  --linked_;
  incoming_->uppers.erase(slot);
  mark_changed(slot);
  if (const Slot parent = nodes_[slot].parent; parent != kNoSlot) --nodes_[parent].children;
  for (const Slot child : children) nodes_[child].parent = kNoSlot;
  if (root() == slot) {
    root_.store(children.empty() ? kNoSlot : children.front(), std::memory_order_release);
    if (!children.empty()) mark_changed(children.front());
  }
  for (const Slot child : children) {
    if (child != root()) rehang(child);
  }
  if (entry().slot == slot) replace_entry();
}

void HnswGraph::bridge(Slot from, std::span<const Slot> neighbours, std::size_t level) {
  Scratch& at = *own_;
  std::vector<Slot> now = links(from, level);
  std::vector<Slot> candidates;
  for (const Slot slot : neighbours) {
    const bool known = slot == from || std::find(now.begin(), now.end(), slot) != now.end();
    if (!known) candidates.push_back(slot);
  }
  score_all(from, candidates, at, at.candidates);
  std::sort(at.candidates.begin(), at.candidates.end(), is_better);
  const float self = self_score(from, at);
  const std::size_t before = now.size();
  const auto has_room = [&] {
    return now.size() < before + kBridgesMax && now.size() < capacity(level);
  };
  const auto add = [&](Slot slot) {
    add_link(from, slot, level, at);
    now.push_back(slot);
  };
  for (const Scored& candidate : at.candidates) {
    if (!has_room()) return;
    if (is_diverse(candidate, candidate.score >= self, now, at)) add(candidate.slot);
  }
  // One link for the one lost, even if none leads a new way: rows that only shrink lose recall.
  if (now.size() == before && !at.candidates.empty() && has_room()) {
    add(at.candidates.front().slot);
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
