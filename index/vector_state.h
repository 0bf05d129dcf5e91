// index/vector_state.h
//
// Private to vector_*.cpp: what a VectorIndex consists of.
//
// Threads: members that the comments call the writer's are guarded by `writing`; the rest is read
// by searches at any time.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "index/hnsw_graph.h"
#include "index/hnsw_walk.h"
#include "index/vector_costs.h"
#include "index/vector_index.h"
#include "index/vector_readers.h"
#include "index/vector_rows.h"
#include "index/vector_store.h"
#include "index/vector_team.h"

namespace carrel::index {

// Which chunk a slot holds, and in which versions it is visible. Birth 0: not (yet) visible;
// death 0: not dead.
class LifeTable {
 public:
  LifeTable() : rows_(1) {}
  void grow_to(std::size_t slots) { rows_.grow_to(slots); }

  // Writer, on a slot no reader holds. A scan may still look at it: it reads death before birth,
  // so that it cannot take the new death for the old birth's.
  void open(Slot slot, ChunkId chunk) noexcept {
    word(rows_[slot]->birth).store(0, std::memory_order_release);
    word(rows_[slot]->death).store(0, std::memory_order_release);
    std::atomic_ref<std::uint32_t>(rows_[slot]->chunk)
        .store(static_cast<std::uint32_t>(chunk.value), std::memory_order_release);
  }
  void set_birth(Slot slot, std::uint64_t version) noexcept {
    word(rows_[slot]->birth).store(version, std::memory_order_release);
  }
  void set_death(Slot slot, std::uint64_t version) noexcept {
    word(rows_[slot]->death).store(version, std::memory_order_release);
  }
  bool is_visible(Slot slot, std::uint64_t version) const noexcept {
    const std::uint64_t death = word(rows_[slot]->death).load(std::memory_order_acquire);
    const std::uint64_t birth = word(rows_[slot]->birth).load(std::memory_order_acquire);
    return birth != 0 && birth <= version && (death == 0 || version < death);
  }
  ChunkId chunk(Slot slot) const noexcept {
    return ChunkId{
        std::atomic_ref<std::uint32_t>(rows_[slot]->chunk).load(std::memory_order_acquire)};
  }

 private:
  struct Life {
    std::uint64_t birth;
    std::uint64_t death;
    std::uint32_t chunk;
  };
  static std::atomic_ref<std::uint64_t> word(std::uint64_t& value) noexcept {
    return std::atomic_ref<std::uint64_t>(value);
  }
  Rows<Life> rows_;
};

struct VectorIndex::State {
  // `keeps_file`: of the options' file, what it holds.
  State(std::size_t dim, const VectorIndexOptions& given, bool keeps_file);

  VectorIndexOptions options;
  VectorStore store;
  HnswGraph graph;
  LifeTable lives;
  ChunkTable chunks;
  mutable Readers readers;
  mutable Team team;
  mutable VectorCosts costs;
  std::atomic<std::size_t> slots{0};  // ever used: [0, slots)
  std::atomic<std::size_t> live{0};   // chunks stored

  // --- the writer (vector_index.cpp)
  struct Retired {
    Slot slot;
    std::uint64_t version;  // readers from this one on cannot hold it
  };
  mutable std::mutex writing;
  std::vector<Slot> free;
  std::deque<Retired> retired;

  void check(std::span<const ChunkId> chunks_in, std::span<const float> embeddings) const;
  std::size_t level_of(ChunkId chunk) const;
  void reclaim();
  Slot take_slot();
  void insert(std::span<const ChunkId> chunks_in, std::span<const float> embeddings);
  void insert_batch(std::span<const ChunkId> chunks_in, std::span<const float> embeddings);
  void erase(ChunkId chunk);
  void bury(Slot slot);

  // --- readers (vector_search.cpp, vector_scan.cpp)
  struct Scope;
  std::vector<Candidate> search(std::span<const float> query, const VectorSearch& how,
                                const Admission& admission) const;
  double estimate_scan(const Scope& scope) const;
  // None: it gave up after scoring more than `visits_max` nodes.
  std::optional<std::vector<Candidate>> walk_graph(WalkContext& at, const Scope& scope,
                                                   std::size_t k, std::size_t ef,
                                                   std::size_t visits_max) const;
  std::vector<Candidate> scan(WalkContext& at, const Scope& scope, std::size_t k) const;
  std::span<const Slot> sift(WalkContext& at, std::size_t k) const;
  float find_least(WalkContext& at, std::size_t k) const;
  void score_all(WalkContext& at, std::span<const Slot> rows, std::size_t k) const;
  bool all_admitted(WalkContext& at, const Scope& scope) const;
  std::vector<Candidate> rescore(WalkContext& at, const Scope& scope, const CandidatePool& pool,
                                 std::size_t k) const;

  // --- checkpoint (vector_pages.cpp, vector_load.cpp)
  std::vector<std::uint64_t> page_sums;      // of the last checkpoint; none yet: empty
  std::vector<std::uint64_t> page_sums_new;  // of the one being written
  std::string page_bytes(std::uint32_t page) const;
  std::string header_bytes(std::uint64_t digest) const;
};

}  // namespace carrel::index
