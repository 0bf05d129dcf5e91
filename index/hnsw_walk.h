// index/hnsw_walk.h
//
// The walk through the graph: expand the nearest node not yet expanded, until none of those left
// can improve the result.
//
// The candidates are one sorted array instead of two heaps; visited marks carry the number of the
// walk, so that nothing is cleared between walks; all unvisited neighbours of a node are
// prefetched before the first is scored.
//
// Threads: a WalkContext belongs to one walk at a time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "index/hnsw_graph.h"

namespace carrel::index {

// The best `capacity` of what was offered, best first, each expanded or not.
class CandidatePool {
 public:
  void reset(std::size_t capacity) {
    capacity_ = capacity;
    size_ = 0;
    next_ = 0;
    if (entries_.size() < capacity + 1) entries_.resize(capacity + 1);
  }
  std::size_t size() const noexcept { return size_; }
  bool is_full() const noexcept { return size_ == capacity_; }
  bool would_take(float score) const noexcept {
    return size_ < capacity_ || score > entries_[size_ - 1].score;
  }
  // Returns whether it was taken.
  bool offer(float score, Slot slot) noexcept;
  // The best one not yet expanded, marked as expanded; kNoSlot when there is none.
  Slot take_next() noexcept;

  Scored operator[](std::size_t i) const noexcept {
    return {entries_[i].score, entries_[i].slot & ~kExpanded};
  }
  float worst() const noexcept { return entries_[size_ - 1].score; }

 private:
  static constexpr Slot kExpanded = 0x80000000;
  static_assert(kSlotsMax <= kExpanded);

  std::vector<Scored> entries_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t next_ = 0;
};

// Scratch of one walk, kept from walk to walk.
class WalkContext {
 public:
  explicit WalkContext(const VectorStore& store) : query(store.make_query()) {}

  // A fresh set of marks over slots [0, slots); later slots count as visited.
  void begin(std::size_t slots);
  // True the first time in this walk.
  bool visit(Slot slot) noexcept {
    if (slot >= slots_ || marks_[slot] == walk_) return false;
    marks_[slot] = walk_;
    return true;
  }

  // Adds the slots of a row not seen in this walk to the first `count` of `near`, marks them, and
  // says how many there are then.
  std::size_t take_unvisited(const Slot* row, std::size_t capacity, std::size_t count = 0) noexcept;

  Query query;
  CandidatePool pool;            // of the walk
  CandidatePool admitted;        // of a walk under a filter
  std::vector<Scored> frontier;  // of a walk under a filter: a heap, best on top
  std::vector<ChunkId> chunks;   // of a scan
  std::vector<Slot> slots;       // of a scan
  std::uint64_t slots_key = 0;   // of the list that they are of; 0: of none
  std::uint64_t slots_version = 0;
  std::vector<Slot> kept;      // of a scan
  std::vector<float> scores;   // of a scan
  std::vector<float> spreads;  // of a scan
  SketchQuery sketch;          // of a scan
  std::vector<Slot> leaders;   // of a scan
  std::vector<float> leader_scores;
  std::vector<Scored> scored;  // being rescored
  std::size_t visited = 0;     // nodes scored since begin()

  // The unvisited neighbours of the node being expanded.
  std::array<Slot, 2 * kRowMax> near;
  std::array<float, 2 * kRowMax> near_scores;

 private:
  std::vector<std::uint16_t> marks_;
  std::uint16_t walk_ = 0;
  std::size_t slots_ = 0;
};

// What a walk under a filter asks about each node that would enter the result.
class WalkFilter {
 public:
  virtual ~WalkFilter() = default;
  virtual bool admits(Slot slot) const noexcept = 0;
};

// From `start`, the nearest one found by always going to the nearest neighbour.
Scored descend(const HnswGraph& graph, const VectorStore& store, WalkContext& context, Scored start,
               std::size_t level);

// Collects the nearest `ef` of a level into context.pool. begin() first; `starts` are visited.
void walk(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
          std::span<const Slot> starts, std::size_t level, std::size_t ef);

// On level 0, expands all nodes but collects the nearest `ef` that `filter` admits into
// context.admitted. False: it gave up after scoring more than `visits_max` nodes without finding as
// many, or four times that.
bool walk_admitted(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
                   std::span<const Slot> starts, std::size_t ef, const WalkFilter& filter,
                   std::size_t visits_max);

// Where a walk on level 0 starts: the nearest node found from the entry down, and the root, from
// which all can be reached. None in an empty graph. `count_slots` is asked after the entry is read,
// so that the marks cover it. Leaves the context with fresh marks.
struct Starts {
  std::array<Slot, 2> slots;
  std::size_t count = 0;
  operator std::span<const Slot>() const noexcept { return {slots.data(), count}; }
};
Starts find_starts(const HnswGraph& graph, const VectorStore& store, WalkContext& context,
                   const std::atomic<std::size_t>& count_slots);

}  // namespace carrel::index
