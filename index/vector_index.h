// index/vector_index.h
//
// Nearest neighbours among embeddings, admitting only what a filter allows, inside the walk.
//
// HNSW (Malkov and Yashunin 2016, arXiv:1603.09320). Three seams: VectorStore holds the embeddings,
// a Kernel computes distances (chosen once by CPUID), and a FilterStrategy decides whether to scan
// the admitted ones exactly or to walk the graph.
//
// Threads: search() on many threads while one thread at a time inserts or erases.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace carrel::index {

struct Candidate {
  ChunkId chunk;
  double score = 0;  // larger is better
};

// Says whether a chunk may be in the result. Called on many threads; must not throw.
class Admission {
 public:
  virtual ~Admission() = default;
  virtual bool admits(ChunkId chunk) const noexcept = 0;
  virtual std::size_t admitted_count() const noexcept = 0;  // exact, or an upper bound

  // Two things a filter may know, each of which saves most of the asking. A list holds every
  // admitted chunk, once or more often, and lives as long as the filter; each is still asked for.
  virtual std::optional<std::span<const ChunkId>> admitted_chunks() const noexcept {
    return std::nullopt;
  }
  virtual bool admits_all() const noexcept { return false; }  // true: admits() need not be asked
};

struct VectorIndexOptions {
  std::size_t m = 16;  // links a node and level, twice that on level 0; 4..64
  std::size_t ef_construction = 200;
  std::uint64_t seed = 1;
};

enum class FilterStrategy : std::uint8_t { automatic, exact_scan, graph_walk };

struct VectorSearch {
  std::size_t k = 10;
  std::size_t ef_search = 128;  // >= k
  FilterStrategy strategy = FilterStrategy::automatic;
};

class VectorIndex {
 public:
  // Errors: invalid_argument (dim outside 1..4096, option out of range).
  VectorIndex(std::size_t dim, const VectorIndexOptions& options);
  ~VectorIndex();
  VectorIndex(VectorIndex&&) noexcept;

  std::size_t dim() const;
  std::size_t size() const;  // embeddings that are not erased
  bool contains(ChunkId chunk) const;
  // Places for embeddings taken so far: those of size(), and those erased that await reuse.
  std::size_t slot_count() const;

  // Replaces the embedding if the chunk is already there. Embeddings are unit length or all zero
  // (a zero embedding is stored but never found). Errors: invalid_argument (wrong length, not
  // finite, neither unit length nor zero, chunk outside 1..2^32-1), too_large, unavailable.
  void insert(ChunkId chunk, std::span<const float> embedding);
  void erase(ChunkId chunk);  // at once invisible; unknown chunks are no error

  // The k nearest admitted ones by inner product, best first; ties by ascending chunk. Fewer if
  // fewer are admitted; none for a zero query, which is near to nothing. ef_search below k counts
  // as k. Errors: invalid_argument (wrong length, not finite).
  std::vector<Candidate> search(std::span<const float> query, const VectorSearch& options,
                                const Admission& admission) const;

  // A copy of a stored embedding; none if absent.
  std::optional<std::vector<float>> embedding(ChunkId chunk) const;

  // --- checkpoint: the graph without the embeddings, in pages of at most `kPageBytes`, each
  // checksummed and self-describing. Embeddings come from the database's vector table.
  static constexpr std::size_t kPageBytes = 64 * 1024;
  std::vector<std::string> save_pages() const;

  // `embedding_of` fetches what the graph refers to; nodes whose embedding is gone are erased.
  // Errors: corrupt (a page fails its checksum or does not fit; the caller rebuilds).
  static VectorIndex load_pages(
      std::size_t dim, const VectorIndexOptions& options, std::span<const std::string> pages,
      const std::function<bool(ChunkId, std::span<float> out)>& embedding_of);

  // Broken invariants, as sentences; empty when all is well (links to freed nodes, out of range,
  // levels without entry, nodes unreachable from the entry point).
  std::vector<std::string> verify() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::index
