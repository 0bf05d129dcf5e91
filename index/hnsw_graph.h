// index/hnsw_graph.h
//
// The layers of links between slots, and how they grow and heal.
//
// Malkov and Yashunin 2016 (arXiv:1603.09320): a node's level falls off geometrically, links are
// chosen by algorithm 4 (a candidate is dropped when it is nearer to one already chosen). Three
// additions of ours:
//  - Nodes come in batches. All of a batch look for neighbours at once, in the graph before it and
//    among those before them in the batch; then each row that gets links back is changed by one
//    thread (after Manohar et al. 2024, ParlayANN, arXiv:2305.04359). No row is locked, and the
//    graph does not depend on the number of threads.
//  - Every node but the root hangs from a parent whose row on level 0 holds it and may not drop it.
//    This tree makes "every node can be reached from the root" a property, not a hope, also among
//    many equal embeddings and after erasing. It binds one link a node on average.
//  - A removed node is cut out at once: those who linked to it get up to three of its neighbours
//    instead (after Xu et al. 2025, arXiv:2502.13826). Who links to whom is found out at the first
//    removal and kept from then on; a library that only grows does without.
//
// Threads: add(), remove(), restore() by one thread (add() with helpers of its own); entry(),
// root(), row() beside it. A row is changed word by word, so a reader sees each link whole, but
// maybe not all of them; kNoSlot ends a row. A removed node's own row stays as it was until its
// slot is used again, so that a reader standing there can go on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "index/vector_store.h"

namespace carrel::index {

class WalkContext;
class Team;

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
  struct NewNode {
    Slot slot;
    std::size_t level;
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
  // Links nodes whose embeddings are stored, in the order given. Helpers leave the cores to as many
  // others as `busy` counts.
  void add(std::span<const NewNode> nodes, Team& team, const std::atomic<std::size_t>& busy);
  void remove(Slot slot);

  bool is_linked(Slot slot) const noexcept { return slot < nodes_.size() && nodes_[slot].linked; }
  std::size_t linked_count() const noexcept { return linked_; }
  std::size_t level(Slot slot) const noexcept { return nodes_[slot].level; }
  Slot parent(Slot slot) const noexcept { return nodes_[slot].parent; }
  std::vector<Slot> links(Slot slot, std::size_t level) const;
  // Nodes scored for a place of the beam on level 0, on average over the nodes added.
  double visits_per_ef() const noexcept { return visits_per_ef_.load(std::memory_order_relaxed); }

  // Slots whose links, level or parent changed since the last call of clear_changes(), in groups of
  // `kChangeGroup` slots.
  static constexpr std::size_t kChangeGroup = 64;
  bool is_changed(std::size_t group) const noexcept {
    return group < changed_.size() && changed_[group] != 0;
  }
  void mark_changed(Slot slot);
  void clear_changes();

  // What a checkpoint held: all nodes first, then their rows are written in place, then finish.
  // Bounds and levels of the links are the caller's to check. False: the nodes' parents do not
  // make a tree whose links exist.
  void restore_node(Slot slot, std::size_t level, Slot parent);
  bool restore_tree(Entry entry, Slot root, double visits_per_ef);

  // Of the links on level 0 between unlike nodes, the share whose way back is there too. Reads all.
  double mutual_share() const;
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
  };
  struct Batch;    // hnsw_build.cpp
  struct Scratch;  // of one thread that chooses links
  struct Incoming;

  Slot* upper_row(Slot slot, std::size_t level) const noexcept;
  void set_entry(Entry entry) noexcept;
  void open_node(Slot slot, std::size_t level);
  void begin_with(const NewNode& node);

  // --- hnsw_build.cpp: finding neighbours, a batch at a time.
  void add_batch(std::span<const NewNode> nodes, Team& team, const std::atomic<std::size_t>& busy);
  void link_all_back(const Batch& batch, Team& team, const std::atomic<std::size_t>& busy);
  void find_neighbours(Batch& batch, std::size_t i, Scratch& at);
  void add_mates(const Batch& batch, std::size_t i, std::size_t level, Scratch& at);
  void link_back(Slot from, std::size_t level, std::span<const Slot> to, Scratch& at);
  void hang(Slot child, std::span<const Slot> near);
  void bind(Slot parent, Slot child);
  Slot any_with_room(Slot from) const;

  // --- hnsw_links.cpp: choosing links and writing rows.
  std::size_t children_max() const noexcept { return m_; }  // half a row on level 0
  bool is_bound(Slot from, Slot to, std::size_t level) const noexcept {
    return level == 0 && nodes_[to].parent == from;
  }
  void select(Slot base, std::vector<Scored>& candidates, std::size_t capacity_max,
              std::size_t level, Scratch& at, std::vector<Slot>& chosen) const;
  void score_all(Slot base, std::span<const Slot> slots, Scratch& at,
                 std::vector<Scored>& out) const;
  bool is_diverse(const Scored& candidate, bool repeats_base, std::span<const Slot> chosen,
                  Scratch& at) const;
  float self_score(Slot slot, Scratch& at) const;
  void set_links(Slot slot, std::size_t level, std::span<const Slot> links, Scratch& at);
  void add_link(Slot from, Slot to, std::size_t level, Scratch& at);
  void erase_link(Slot from, Slot to, std::size_t level);

  // --- hnsw_repair.cpp: who links to whom, and taking a node out.
  void find_incoming();
  void note(Scratch& at, Slot from, Slot to, std::size_t level, bool added);
  void apply_notes(Scratch& at);
  std::vector<Slot>& in(Slot slot, std::size_t level);
  const std::vector<Slot>& in(Slot slot, std::size_t level) const;
  void bridge(Slot from, std::span<const Slot> neighbours, std::size_t level);
  void rehang(Slot child);
  bool hangs_from_root(Slot slot) const noexcept;
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
  std::atomic<double> visits_per_ef_;

  // --- the writer's
  std::vector<Node> nodes_;
  std::unordered_map<Slot, std::vector<Slot>> uppers_;  // rows of levels 1.., [level - 1][m]
  std::size_t linked_ = 0;
  std::vector<std::uint8_t> changed_;              // [slot / kChangeGroup]
  std::unique_ptr<Incoming> incoming_;             // null: not known
  std::vector<std::unique_ptr<Scratch>> scratch_;  // one a thread, for batches
  std::unique_ptr<Scratch> own_;                   // for all else
};

}  // namespace carrel::index
