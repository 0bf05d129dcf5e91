// index/vector_costs.h
//
// What a scan and a walk cost on this machine and these embeddings, measured on the index itself
// when a search first has to choose, and again when the index has grown fourfold.
//
// A walk under a filter that admits a share s costs about T / s, T being the cost of a walk without
// filter: it passes 1 / s nodes for each it keeps. A scan of N vectors costs s N t. They meet at
// s* = sqrt(T / (N t)); below it the scan is cheaper, and exact.
//
// Threads: any; one measures, the others go on with what was known.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>

#include "index/hnsw_walk.h"

namespace carrel::index {

class VectorCosts {
 public:
  // Seconds a walk takes for each node it scores: more than a row of a scan, because a node is
  // found by surprise and has to be kept in order.
  double visit() const noexcept { return visit_.load(std::memory_order_relaxed); }
  // Seconds a scan takes for each row of its first look: sketches, or codes where there are none.
  double row() const noexcept { return row_.load(std::memory_order_relaxed); }

  // Measures if there is reason to, on slots that `is_visible` to the search that asks: others may
  // be written meanwhile. `at` is scratch; its query is overwritten.
  void measure(const HnswGraph& graph, const VectorStore& store,
               const std::atomic<std::size_t>& slots, const std::function<bool(Slot)>& is_visible,
               WalkContext& at);

 private:
  std::atomic<double> visit_{60e-9};
  std::atomic<double> row_{20e-9};
  std::atomic<std::size_t> measured_at_{0};  // slots then
  std::mutex measuring_;
};

}  // namespace carrel::index
