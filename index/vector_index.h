// index/vector_index.h
//
// Nearest neighbours among embeddings, admitting only what a filter allows, inside the walk.
//
// HNSW (Malkov and Yashunin 2016, arXiv:1603.09320), walked over eight-bit codes and scored at the
// end from half-precision embeddings. docs/vector-index.md draws its structure.
//
// Threads: search() on many threads while one thread at a time inserts or erases. A search never
// waits for a writer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "index/distance.h"

namespace carrel::index {

struct Candidate {
  ChunkId chunk;
  double score = 0;  // larger is better
};

// Says whether a chunk may be in the result. Called on many threads; must not throw, but for
// list().
class Admission {
 public:
  virtual ~Admission() = default;
  virtual bool admits(ChunkId chunk) const noexcept = 0;
  virtual std::size_t admitted_count() const noexcept = 0;  // exact, or an upper bound

  // Two things a filter may know, each of which saves most of the asking. list() appends every
  // admitted chunk, once or more often, and maybe others: whatever a search returns is still asked
  // for. False: it cannot.
  virtual bool can_list() const noexcept { return false; }
  virtual void list(std::vector<ChunkId>& /*out*/) const {}
  // What list() says has this number alone, for ever; searches that follow each other then need not
  // look the same chunks up again. 0: it may change.
  virtual std::uint64_t list_key() const noexcept { return 0; }
  virtual bool admits_all() const noexcept { return false; }  // true: admits() need not be asked
};

struct VectorIndexOptions {
  std::size_t m = 16;  // links a node and level, twice that on level 0; 4..64
  std::size_t ef_construction = 200;
  std::uint64_t seed = 1;
  Metric metric = Metric::cosine;
  // The embeddings' file, owned by one index at a time: made anew by the constructor, found again
  // by load(). Empty: they lie in memory.
  std::filesystem::path file;
};

enum class FilterStrategy : std::uint8_t { automatic, exact_scan, graph_walk };

struct VectorSearch {
  std::size_t k = 10;
  std::size_t ef_search = 128;  // >= k
  FilterStrategy strategy = FilterStrategy::automatic;
};

class VectorIndex {
 public:
  // Errors: invalid_argument (dim outside 1..4096, option out of range), unavailable.
  VectorIndex(std::size_t dim, const VectorIndexOptions& options);
  ~VectorIndex();
  VectorIndex(VectorIndex&&) noexcept;

  std::size_t dim() const;
  std::size_t size() const;  // embeddings that are not erased
  bool contains(ChunkId chunk) const;
  // Places for embeddings taken so far: those of size(), and those erased that await reuse.
  std::size_t slot_count() const;

  // Stores embeddings, rounded to float16, [n, dim], and replaces those of chunks that are there
  // already. With cosine they are unit length. A zero embedding is stored but never found. Batches
  // use all cores and give the same index on any number of them. Errors: invalid_argument (wrong
  // length, not finite as float16, not unit length, chunk outside 1..2^32-1; nothing is stored),
  // too_large, unavailable.
  void insert(std::span<const ChunkId> chunks, std::span<const float> embeddings);
  void insert(ChunkId chunk, std::span<const float> embedding) { insert({&chunk, 1}, embedding); }
  void erase(ChunkId chunk);  // at once invisible; unknown chunks are no error

  // The k nearest admitted ones by the metric, best first; ties by ascending chunk. Fewer if fewer
  // are admitted; none for a zero query, which is near to nothing. ef_search below k counts as k.
  // Errors: invalid_argument (wrong length, not finite as float16).
  std::vector<Candidate> search(std::span<const float> query, const VectorSearch& options,
                                const Admission& admission) const;

  // A copy of a stored embedding; none if absent.
  std::optional<std::vector<float>> embedding(ChunkId chunk) const;

  // --- checkpoint (vector_pages.cpp, vector_load.cpp): the graph in pages of a few kilobytes, each
  // checksummed, a checksum of each embedding, and a header that sums up all pages. Embeddings lie
  // in the file, and in the database's vector table.

  // Writes the pages that changed since the last checkpoint (all, if there was none), sees the
  // embeddings safe on disk, and returns the header. When pages and header are safe too,
  // checkpoint_done(); nothing may be inserted or erased between. Freed places in the file are zero
  // afterwards, as far as no search still stands there. Errors: unavailable (the disk).
  using WritePage = std::function<void(std::uint32_t page, std::string_view bytes)>;
  std::string checkpoint(const WritePage& write);
  void checkpoint_done();

  // The index as the checkpoint has it; what changed since is for the caller to insert and erase.
  // `next_page` gives all pages by ascending number, then returns false. `find_embedding` gives the
  // stored float16 of a chunk; it is asked, by ascending chunk, for embeddings that the file does
  // not hold as the checkpoint knew them: lost, altered, or changed since. A node without any is
  // erased. Errors: corrupt (a header or page fails its checksum, is missing or does not fit; the
  // caller rebuilds), unavailable.
  using NextPage = std::function<bool(std::string& bytes)>;
  using FindEmbedding = std::function<bool(ChunkId chunk, std::span<std::uint16_t> embedding)>;
  static VectorIndex load(std::size_t dim, const VectorIndexOptions& options,
                          std::string_view header, const NextPage& next_page,
                          const FindEmbedding& find_embedding);

  // Broken invariants, as sentences; empty when all is well: links to freed nodes, twice, or to
  // levels a node is not on; a wrong entry; nodes not reachable from the root; in graphs of 4,096
  // nodes and more, fewer than a tenth of the links leading both ways.
  std::vector<std::string> verify() const;

 private:
  struct State;
  class Loader;
  explicit VectorIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace carrel::index
