// bench/vector_index_peer.h
//
// hnswlib as the vector index's peer, compiled in a file of its own with all instructions of the
// machine, as its users compile it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace carrel::bench {

class HnswlibPeer {
 public:
  HnswlibPeer(std::size_t dim, std::size_t capacity, std::size_t m, std::size_t ef_construction);
  ~HnswlibPeer();
  void insert(std::size_t label, std::span<const float> embedding);
  void set_ef(std::size_t ef);
  std::vector<std::size_t> search(std::span<const float> query, std::size_t k) const;
  // Version 0.6.2 takes no filter; its walk passes deleted nodes without returning them, which is
  // what a filter does. Marks all but `admitted`.
  void admit_only(const std::vector<std::uint8_t>& admitted);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::bench
