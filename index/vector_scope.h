// index/vector_scope.h
//
// Private to vector_search.cpp and vector_scan.cpp: what one search may see, and what it would cost
// to look at all of it.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "index/vector_state.h"

namespace carrel::index {

// Rows; the team shares what is two parts or more.
inline constexpr std::size_t kScanPart = 4096;
inline constexpr std::size_t kSiftPart = 16384;

inline bool is_better_candidate(const Candidate& a, const Candidate& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
}

// The k largest of what was offered.
class Largest {
 public:
  explicit Largest(std::size_t k) : k_(k) { heap_.reserve(k + 1); }
  bool would_take(float value) const { return heap_.size() < k_ || value > heap_.front(); }
  void offer(float value) {
    if (!would_take(value)) return;
    heap_.push_back(value);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
    if (heap_.size() <= k_) return;
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
  }
  void offer(const Largest& other) {
    for (const float value : other.heap_) offer(value);
  }
  // The k-th, or minus infinity while there are fewer.
  float least() const {
    return heap_.size() == k_ ? heap_.front() : -std::numeric_limits<float>::infinity();
  }

 private:
  std::size_t k_;
  std::vector<float> heap_;  // smallest on top
};

struct VectorIndex::State::Scope final : WalkFilter {
  Scope(const State& state_in, std::uint64_t version_in, const Admission& admission_in)
      : state(state_in),
        version(version_in),
        admission(admission_in),
        all(admission_in.admits_all()),
        listed(!all && admission_in.can_list()),
        live(state_in.live.load(std::memory_order_relaxed)),
        admitted(all ? live : std::min(live, admission_in.admitted_count())) {}

  bool admits(Slot slot) const noexcept override {
    return state.lives.is_visible(slot, version) &&
           (all || admission.admits(state.lives.chunk(slot)));
  }
  double share() const noexcept {
    return live == 0 ? 1 : static_cast<double>(admitted) / static_cast<double>(live);
  }
  // Every slot this search may return, and maybe zero embeddings. `asks`: each once, and admitted;
  // otherwise as the filter lists them, who returns them asks.
  void collect(WalkContext& at, bool asks) const;

  const State& state;
  std::uint64_t version;
  const Admission& admission;
  bool all;
  bool listed;
  std::size_t live;
  std::size_t admitted;  // at most
};

}  // namespace carrel::index
