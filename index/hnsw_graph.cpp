#include "index/hnsw_graph.h"

#include <algorithm>

#include "core/error.h"
#include "index/hnsw_scratch.h"

namespace carrel::index {
namespace {

constexpr std::uint32_t kDepthUnknown = 0xFFFFFFFF;
constexpr double kVisitsGuess = 10;  // nodes scored for a place of the beam, before any was added
constexpr double kVisitsLikelyMax = 1e6;

constexpr std::uint64_t pack(HnswGraph::Entry entry) {
  return (std::uint64_t{entry.level} << 32) | entry.slot;
}

}  // namespace

HnswGraph::HnswGraph(const VectorStore& store, std::size_t m, std::size_t ef_construction)
    : store_(store),
      m_(m),
      ef_construction_(ef_construction),
      base_rows_(2 * m),
      upper_rows_(1),
      entry_(pack({})),
      visits_per_ef_(kVisitsGuess),
      own_(std::make_unique<Scratch>(store)) {
  own_->is_sequential = true;
}

HnswGraph::~HnswGraph() = default;

HnswGraph::Entry HnswGraph::entry() const noexcept {
  const std::uint64_t packed = entry_.load(std::memory_order_acquire);
  return {static_cast<Slot>(packed), packed >> 32};
}

void HnswGraph::set_entry(Entry entry) noexcept {
  entry_.store(pack(entry), std::memory_order_release);
}

Slot* HnswGraph::upper_row(Slot slot, std::size_t level) const noexcept {
  Slot* const first = std::atomic_ref<Slot*>(*upper_rows_[slot]).load(std::memory_order_acquire);
  return first + (level - 1) * m_;
}

void HnswGraph::grow_to(std::size_t slots) {
  base_rows_.grow_to(slots);
  upper_rows_.grow_to(slots);
  if (nodes_.size() < slots) nodes_.resize(slots);
  if (incoming_ != nullptr && incoming_->base.size() < slots) incoming_->base.resize(slots);
  changed_.resize((nodes_.size() + kChangeGroup - 1) / kChangeGroup, 0);
}

void HnswGraph::mark_changed(Slot slot) {
  std::atomic_ref<std::uint8_t>(changed_[slot / kChangeGroup]).store(1, std::memory_order_relaxed);
}

void HnswGraph::clear_changes() { std::fill(changed_.begin(), changed_.end(), std::uint8_t{0}); }

void HnswGraph::open_node(Slot slot, std::size_t level) {
  Node& node = nodes_[slot];
  node = Node{};
  node.level = static_cast<std::uint8_t>(level);
  node.linked = true;
  ++linked_;
  if (incoming_ != nullptr) {
    incoming_->base[slot].clear();
    if (level > 0) incoming_->uppers[slot].assign(level, {});
  }
  uppers_.erase(slot);
  if (level > 0) {
    std::vector<Slot>& rows = uppers_[slot];
    rows.assign(level * m_, kNoSlot);
    std::atomic_ref<Slot*>(*upper_rows_[slot]).store(rows.data(), std::memory_order_release);
  }
  // Fresh memory is zero, which would be links to slot 0; a slot used before holds its old row.
  Slot* const base = row(slot, 0);
  for (std::size_t i = 0; i < capacity(0); ++i) {
    std::atomic_ref<Slot>(base[i]).store(kNoSlot, std::memory_order_relaxed);
  }
  mark_changed(slot);
}

std::vector<Slot> HnswGraph::links(Slot slot, std::size_t level) const {
  const Slot* const from = row(slot, level);
  const std::size_t most = capacity(level);
  std::vector<Slot> out;
  out.reserve(most + 1);
  for (std::size_t i = 0; i < most && load(from + i) != kNoSlot; ++i) out.push_back(load(from + i));
  return out;
}

void HnswGraph::restore_node(Slot slot, std::size_t level, Slot parent) {
  open_node(slot, level);
  nodes_[slot].parent = parent;
}

bool HnswGraph::restore_tree(Entry entry, Slot root, double visits_per_ef) {
  const bool is_likely = visits_per_ef > 0 && visits_per_ef < kVisitsLikelyMax;
  visits_per_ef_.store(is_likely ? visits_per_ef : kVisitsGuess, std::memory_order_relaxed);
  for (Node& node : nodes_) {
    node.children = 0;
    node.depth = kDepthUnknown;
  }
  std::vector<Slot> path;
  for (Slot slot = 0; slot < nodes_.size(); ++slot) {
    if (!nodes_[slot].linked) continue;
    const Slot parent = nodes_[slot].parent;
    if ((parent == kNoSlot) != (slot == root)) return false;
    if (parent != kNoSlot) {
      if (!is_linked(parent)) return false;
      const Slot* const links_of = row(parent, 0);
      if (std::find(links_of, links_of + capacity(0), slot) == links_of + capacity(0)) return false;
      if (++nodes_[parent].children > children_max()) return false;
    }
    // Up to where the depth is known, and down again. Nodes on the way have depth 0 meanwhile, so
    // that a circle is met at one of them; only the root's depth really is 0.
    path.clear();
    Slot at = slot;
    while (nodes_[at].depth == kDepthUnknown) {
      nodes_[at].depth = 0;
      if (at == root) break;
      path.push_back(at);
      at = nodes_[at].parent;
      if (at == kNoSlot || at >= nodes_.size()) return false;
    }
    if (nodes_[at].depth == 0 && at != root) return false;
    std::uint32_t depth = nodes_[at].depth;
    for (; !path.empty(); path.pop_back()) nodes_[path.back()].depth = ++depth;
  }
  if (linked_ > 0) {
    set_entry(entry);
    root_.store(root, std::memory_order_release);
  }
  return true;
}

}  // namespace carrel::index
