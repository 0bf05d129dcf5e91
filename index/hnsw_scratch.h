// index/hnsw_scratch.h
//
// Private to hnsw_*.cpp: what a thread that chooses links works with, and who links to whom.
#pragma once

#include <unordered_map>
#include <vector>

#include "index/hnsw_graph.h"
#include "index/hnsw_walk.h"

namespace carrel::index {

struct HnswGraph::Scratch {
  explicit Scratch(const VectorStore& store) : context(store), pair_query(store.make_query()) {}

  struct Note {  // that a link came or went
    Slot from;
    Slot to;
    std::uint8_t level;
    bool added;
  };

  WalkContext context;
  Query pair_query;
  std::vector<Slot> slots;
  std::vector<float> scores;
  std::vector<Scored> candidates;
  std::vector<Slot> chosen;
  std::vector<Note> notes;     // while batches are linked; applied afterwards
  bool is_sequential = false;  // notes are applied at once
};

struct HnswGraph::Incoming {
  std::vector<std::vector<Slot>> base;                              // [slot]: who links here
  std::unordered_map<Slot, std::vector<std::vector<Slot>>> uppers;  // slot: [level - 1]
};

}  // namespace carrel::index
