// bench/vector_index_peer.h
//
// hnswlib as the vector index's peer, and the exact answer, compiled in a file of their own with
// all instructions of the machine, as their users compile them.
//
// Threads: insert() and search() as hnswlib allows them: inserts beside each other, searches beside
// each other, not both at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace carrel::bench {

class HnswlibPeer {
 public:
  HnswlibPeer(std::size_t dim, std::size_t capacity, std::size_t m, std::size_t ef_construction);
  ~HnswlibPeer();
  void insert(std::size_t label, std::span<const float> embedding);
  void save(const std::string& file) const;
  bool load(const std::string& file);  // false: there is no such file

  // The `k` nearest labels, best first, with a beam of `ef`.
  void search(std::span<const float> query, std::size_t k, std::size_t ef,
              std::vector<std::size_t>& out) const;
  // The same under a filter, `admitted[label] != 0`: the walk of hnswlib 0.8 with its filter
  // functor over the graph of 0.6.2, which takes no filter yet. It expands all and keeps the
  // admitted ones.
  void search_admitted(std::span<const float> query, std::size_t k, std::size_t ef,
                       std::span<const std::uint8_t> admitted, std::vector<std::size_t>& out) const;

  // What 0.7 and later do with `replace_deleted`: the place of a deleted label is taken by another.
  void erase(std::size_t label);
  void replace(std::size_t erased, std::size_t label, std::span<const float> embedding);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The `k` rows with the largest inner product, best first. Rows that `admitted` has as 0 are left
// out; an empty `admitted` admits all.
void find_exactly(std::span<const float> rows, std::size_t dim, std::span<const float> query,
                  std::size_t k, std::span<const std::uint8_t> admitted,
                  std::vector<std::size_t>& out);

}  // namespace carrel::bench
