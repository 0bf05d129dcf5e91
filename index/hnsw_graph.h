// index/hnsw_graph.h
//
// The layers of links between slots, and how they grow and heal.
//
// Malkov and Yashunin 2016 (arXiv:1603.09320): a node's level falls off geometrically, links are
// chosen by algorithm 4 (a candidate is dropped when it is nearer to one already chosen). Two
// additions of ours:
//  - Every node but the root hangs from a parent whose row on level 0 holds it and may not drop it.
//    This tree makes "every node can be reached from the root" a property, not a hope, also among
//    many equal embeddings and after erasing. It binds one link a node on average.
//  - Each node knows who links to it, so that a removed node is cut out at once; those who linked
//    to it get up to three of its neighbours instead (after Xu et al. 2025, arXiv:2502.13826).
//
// Threads: add(), remove(), restore() by one thread; entry(), root(), row() beside it. A row is
// read and written word by word, atomically: a reader sees a mix of old and new links, each of
// which is a whole node. Whoever removes a node must not reuse its slot while a reader may hold it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "index/vector_store.h"

namespace carrel::index {

class WalkContext;

struct Scored {
  float score;  // larger is nearer
  Slot slot;
};

// Best first; equal scores by slot, so that the order does not depend on how it was reached.
inline bool is_better(const Scored& a, const Scored& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.slot < b.slot;
}

inline constexpr std::size_t kLevelsMax = 16;  // levels 0..15
inline constexpr std::size_t kLinksMin = 4;    // the range of VectorIndexOptions::m
inline constexpr std::size_t kLinksMax = 64;
inline constexpr std::size_t kRowMax = 2 * kLinksMax;  // links a row can hold

class HnswGraph {
 public:
  struct Entry {
    Slot slot = kNoSlot;
    std::size_t level = 0;
  };

  HnswGraph(const VectorStore& store, std::size_t m, std::size_t ef_construction);
  ~HnswGraph();

  // --- readers
  Entry entry() const noexcept;
  Slot root() const noexcept { return root_.load(std::memory_order_acquire); }
  std::size_t capacity(std::size_t level) const noexcept { return level == 0 ? 2 * m_ : m_; }
  // capacity(level) words, the links first, then kNoSlot. The slot must have that level.
  Slot* row(Slot slot, std::size_t level) const noexcept {
    return level == 0 ? base_rows_[slot] : upper_row(slot, level);
  }
  static Slot load(const Slot* link) noexcept {
    return std::atomic_ref<Slot>(*const_cast<Slot*>(link)).load(std::memory_order_acquire);
  }

  // --- the writer
  void grow_to(std::size_t slots);
  void add(Slot slot, std::size_t level, WalkContext& context);
  void remove(Slot slot);

  bool is_linked(Slot slot) const noexcept { return slot < nodes_.size() && nodes_[slot].linked; }
  std::size_t level(Slot slot) const noexcept { return nodes_[slot].level; }
  Slot parent(Slot slot) const noexcept { return nodes_[slot].parent; }
  std::vector<Slot> links(Slot slot, std::size_t level) const;

  // What load_pages read: all nodes first, then their links, then the shape is checked by
  // verify(). Bounds and levels of the links are the caller's to check.
  void restore_node(Slot slot, std::size_t level, Slot parent);
  void restore_links(Slot slot, std::size_t level, std::span<const Slot> links);
  void restore_entry(Entry entry, Slot root);

  // Broken invariants, as sentences, at most a few dozen.
  std::vector<std::string> verify() const;

 private:
  struct Upper;
  struct Node {  // what only the writer needs
    Slot parent = kNoSlot;
    std::uint32_t depth = 0;  // below the root when it was hung there; a hint
    std::uint16_t children = 0;
    std::uint8_t level = 0;
    bool linked = false;
    std::vector<Slot> in;  // who links here on level 0
    std::unique_ptr<Upper> upper;
  };

  Slot* upper_row(Slot slot, std::size_t level) const noexcept;
  std::vector<Slot>& in(Slot slot, std::size_t level);
  const std::vector<Slot>& in(Slot slot, std::size_t level) const;
  void set_entry(Entry entry) noexcept;
  void open_node(Slot slot, std::size_t level);

  // hnsw_build.cpp: choosing links.
  std::size_t children_max() const noexcept { return m_; }  // half a row on level 0
  bool is_bound(Slot from, Slot to, std::size_t level) const noexcept {
    return level == 0 && nodes_[to].parent == from;
  }
  void select(Slot base, std::vector<Scored>& candidates, std::size_t capacity_max,
              std::size_t level, std::vector<Slot>& chosen);
  void score_all(Slot base, std::span<const Slot> slots, std::vector<Scored>& out);
  bool is_diverse(const Scored& candidate, bool repeats_base, std::span<const Slot> chosen);
  float self_score(Slot slot);
  void set_links(Slot slot, std::size_t level, std::span<const Slot> links_now);
  void add_link(Slot from, Slot to, std::size_t level);
  void link_back(Slot from, Slot to, std::size_t level);
  void hang(Slot child, std::span<const Slot> near);
  void bind(Slot parent, Slot child);

  // hnsw_repair.cpp: taking a node out.
  void cut(Slot from, Slot to, std::size_t level);
  void bridge(Slot from, std::span<const Slot> neighbours, std::size_t level);
  void rehang(Slot child);
  bool hangs_from_root(Slot slot) const noexcept;
  Slot any_with_room(Slot from) const;
  void replace_entry();

  void verify_row(Slot slot, std::size_t level, std::vector<std::string>& broken) const;
  void verify_tree(std::vector<std::string>& broken) const;

  const VectorStore& store_;
  std::size_t m_;
  std::size_t ef_construction_;
  Rows<Slot> base_rows_;
  Rows<Slot*> upper_rows_;            // the first upper row of a slot; read atomically
  std::atomic<std::uint64_t> entry_;  // slot, and level above 32 bits
  std::atomic<Slot> root_{kNoSlot};
  std::vector<Node> nodes_;

  // Scratch of the writer.
  Query pair_query_;
  std::vector<Scored> pair_scored_;
  std::vector<Slot> chosen_;
};

}  // namespace carrel::index
