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
  // Scored nodes of a walk that cost as much as a row of a scan costs: a walk's node is dearer,
  // because it is found by surprise and has to be kept in order.
  double rows_per_visit() const noexcept { return rows_per_visit_.load(std::memory_order_relaxed); }

  // Measures if there is reason to, on slots that `is_visible` to the search that asks: others may
  // be written meanwhile. `at` is scratch; its query is overwritten.
  void measure(const HnswGraph& graph, const VectorStore& store,
               const std::atomic<std::size_t>& slots, const std::function<bool(Slot)>& is_visible,
               WalkContext& at);

 private:
  static constexpr double kGuess = 2.0;
  std::atomic<double> rows_per_visit_{kGuess};
  std::atomic<std::size_t> measured_at_{0};  // slots then
  std::mutex measuring_;
};

}  // namespace carrel::index
