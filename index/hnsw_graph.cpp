#include "index/hnsw_graph.h"

#include <algorithm>

#include "core/error.h"

namespace carrel::index {
namespace {

constexpr std::uint64_t pack(HnswGraph::Entry entry) {
  return (std::uint64_t{entry.level} << 32) | entry.slot;
}

}  // namespace

// The rows of one node above level 0.
struct HnswGraph::Upper {
  std::vector<Slot> links;            // [level][m]
  std::vector<std::vector<Slot>> in;  // [level]
};

HnswGraph::HnswGraph(const VectorStore& store, std::size_t m, std::size_t ef_construction)
    : store_(store),
      m_(m),
      ef_construction_(ef_construction),
      base_rows_(2 * m),
      upper_rows_(1),
      entry_(pack({})),
      pair_query_(store.make_query()) {}

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
}

void HnswGraph::open_node(Slot slot, std::size_t level) {
  Node& node = nodes_[slot];
  node = Node{};
  node.level = static_cast<std::uint8_t>(level);
  node.linked = true;
  if (level > 0) {
    node.upper = std::make_unique<Upper>();
    node.upper->links.assign(level * m_, kNoSlot);
    node.upper->in.resize(level);
    std::atomic_ref<Slot*>(*upper_rows_[slot])
        .store(node.upper->links.data(), std::memory_order_release);
  }
  // Fresh memory is zero, which would be links to slot 0; a slot used before holds its old row.
  Slot* const base = row(slot, 0);
  for (std::size_t i = 0; i < capacity(0); ++i) {
    std::atomic_ref<Slot>(base[i]).store(kNoSlot, std::memory_order_relaxed);
  }
}

std::vector<Slot>& HnswGraph::in(Slot slot, std::size_t level) {
  return level == 0 ? nodes_[slot].in : nodes_[slot].upper->in[level - 1];
}

const std::vector<Slot>& HnswGraph::in(Slot slot, std::size_t level) const {
  return level == 0 ? nodes_[slot].in : nodes_[slot].upper->in[level - 1];
}

std::vector<Slot> HnswGraph::links(Slot slot, std::size_t level) const {
  const Slot* const from = row(slot, level);
  const std::size_t most = capacity(level);
  std::vector<Slot> out;
  out.reserve(most);
  for (std::size_t i = 0; i < most && load(from + i) != kNoSlot; ++i) out.push_back(load(from + i));
  return out;
}

void HnswGraph::restore_node(Slot slot, std::size_t level, Slot parent) {
  open_node(slot, level);
  nodes_[slot].parent = parent;
}

void HnswGraph::restore_links(Slot slot, std::size_t level, std::span<const Slot> links) {
  CARREL_ASSERT(links.size() <= capacity(level));
  set_links(slot, level, links);
  if (level > 0) return;
  for (const Slot to : links) {
    if (nodes_[to].parent == slot) ++nodes_[slot].children;
  }
}

void HnswGraph::restore_entry(Entry entry, Slot root) {
  set_entry(entry);
  root_.store(root, std::memory_order_release);
}

}  // namespace carrel::index
