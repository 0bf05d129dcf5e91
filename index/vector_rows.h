// index/vector_rows.h
//
// Memory of the vector index that grows without moving: rows of fixed size, one after another in
// address space that is reserved at once and filled as the index grows, and the table from chunk to
// slot. What a reader has found stays where it is, and a row is found by one multiplication.
//
// Rows lie in memory, on huge pages from a few thousand on, or in a file of their own, so that the
// system may take their memory back and read them again, and the next opening finds them.
//
// Threads: one thread grows and writes; row() and find() run beside it. A reader may touch a row
// only after it learned of the slot through an acquire load that the writer's release preceded.
// Errors: unavailable (no memory, no room in the folder, the disk fails), too_large (more than
// kSlotsMax slots).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/file.h"
#include "core/ids.h"

namespace carrel::index {

using Slot = std::uint32_t;  // the number of a node's row in every array of the index

inline constexpr Slot kNoSlot = 0xFFFFFFFF;
inline constexpr std::size_t kSlotsMax = std::size_t{1} << 26;

// Anonymous memory, zeroed, given back when it leaves scope.
class Mapping {
 public:
  Mapping() = default;
  explicit Mapping(std::size_t bytes);
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;

  std::byte* data() const noexcept { return data_; }

 private:
  friend class RowMemory;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

// Where rows lie. An empty path: in memory. A file is made anew, or kept with what it holds.
struct RowFile {
  std::filesystem::path path;
  bool kept = false;
};

class RowMemory {
 public:
  // Rows of `row_bytes` bytes, zero where no kept file has them.
  explicit RowMemory(std::size_t row_bytes, const RowFile& file = {});

  // Makes rows [0, count) exist. Writer only.
  void grow_to(std::size_t count);

  std::byte* row(Slot slot) const noexcept {
    return space_.data() + std::size_t{slot} * row_bytes_;
  }
  std::size_t row_bytes() const noexcept { return row_bytes_; }

  // Copies rows [first, first + count) without taking up memory for them. What the disk does not
  // give is zero.
  void copy_out(Slot first, std::size_t count, std::byte* to) const noexcept;
  // A kept file ends after `count` rows. Before the first grow_to().
  void trim(std::size_t count);
  // Returns when what was written to a file would survive a loss of power.
  void sync();

 private:
  void fill(std::size_t from, std::size_t to);

  std::size_t row_bytes_;
  Mapping space_;        // reserved; the first filled_ bytes can be used
  FileDescriptor file_;  // none: in memory
  std::size_t filled_ = 0;
  std::size_t rows_ = 0;
};

// `T` is what a row is an array of.
template <class T>
class Rows {
 public:
  explicit Rows(std::size_t per_row, const RowFile& file = {})
      : memory_(per_row * sizeof(T), file) {}
  void grow_to(std::size_t count) { memory_.grow_to(count); }
  T* operator[](Slot slot) const noexcept { return reinterpret_cast<T*>(memory_.row(slot)); }
  void copy_out(Slot first, std::size_t count, T* to) const noexcept {
    memory_.copy_out(first, count, reinterpret_cast<std::byte*>(to));
  }
  void trim(std::size_t count) { memory_.trim(count); }
  void sync() { memory_.sync(); }

 private:
  RowMemory memory_;
};

// Chunk -> slot, one atomic word a chunk: row numbers are dense, so a table beats a hash.
class ChunkTable {
 public:
  ChunkTable();
  // kNoSlot if the chunk is not stored. Any thread.
  Slot find(ChunkId chunk) const noexcept;
  // Appends the slots of those that are stored, in the order of `chunks`. Any thread.
  void find_all(std::span<const ChunkId> chunks, std::vector<Slot>& out) const;
  // Another one after each set(). A reader for whom it is what it was before still finds what it
  // found then.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  // Writer only; kNoSlot takes the chunk out. The chunk must be in range.
  void set(ChunkId chunk, Slot slot);
  static bool in_range(ChunkId chunk) noexcept {
    return chunk.value > 0 && chunk.value <= std::int64_t{0xFFFFFFFF};
  }

 private:
  static constexpr std::size_t kLeafShift = 12;
  std::atomic<std::byte*>* directory() const noexcept {
    return reinterpret_cast<std::atomic<std::byte*>*>(directory_.data());
  }

  Mapping directory_;
  std::vector<Mapping> leaves_;  // writer only
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace carrel::index
