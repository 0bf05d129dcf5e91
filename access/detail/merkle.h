// access/detail/merkle.h
//
// The Merkle tree of RFC 6962 section 2.1: hashes, the running root, and proofs over a tree whose
// subtree hashes somebody else can tell. Any thread; values only.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/hash.h"

namespace carrel::access::detail {

Digest leaf_hash(std::string_view record);
Digest node_hash(const Digest& left, const Digest& right);
Digest empty_root();

// The root of a growing tree, from the roots of its perfect subtrees alone: 32 bytes for each
// binary one of its size.
class Frontier {
 public:
  // Told of each perfect subtree that a leaf completes: it covers 2^height leaves from index <<
  // height.
  using Completed = std::function<void(int height, std::uint64_t index, const Digest&)>;

  Frontier() = default;
  // `peaks`: the perfect subtrees of a tree of `size` leaves, from the left.
  Frontier(std::uint64_t size, std::vector<Digest> peaks) : size_(size), peaks_(std::move(peaks)) {}

  void append(const Digest& leaf, const Completed& completed);
  std::uint64_t size() const noexcept { return size_; }
  Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

// The root over leaves [begin, end), end > begin.
using RangeRoot = std::function<Digest(std::uint64_t begin, std::uint64_t end)>;

// The largest power of two below n, n > 1: where RFC 6962 splits.
std::uint64_t split_of(std::uint64_t n);

// PATH(index, D[size]) and PROOF(old_size, D[size]) of RFC 6962 sections 2.1.1 and 2.1.2.
std::vector<Digest> make_inclusion_proof(std::uint64_t index, std::uint64_t size,
                                         const RangeRoot& root_of);
std::vector<Digest> make_consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                           const RangeRoot& root_of);

}  // namespace carrel::access::detail
