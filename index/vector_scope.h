// index/vector_scope.h
//
// Private to vector_search.cpp and vector_scan.cpp: what one search may see, and what it would cost
// to look at all of it.
#pragma once

#include <algorithm>

#include "index/vector_state.h"

namespace carrel::index {

inline constexpr std::size_t kScanPart = 4096;  // rows; the team shares a scan of two parts or more

inline bool is_better_candidate(const Candidate& a, const Candidate& b) noexcept {
  return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
}

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
