// bench/vector_index_faiss.h
//
// faiss as a peer, as Debian packages it: HNSW over floats, and over its own 8-bit codes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace carrel::bench {

class FaissPeer {
 public:
  enum class Kind { flat, sq8 };

  FaissPeer(Kind kind, std::size_t dim, std::size_t m, std::size_t ef_construction);
  ~FaissPeer();
  void build(std::span<const float> rows);  // once; on all cores
  // On the calling thread alone.
  void search(std::span<const float> query, std::size_t k, std::size_t ef,
              std::vector<std::size_t>& out) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::bench
