// index/vector_rows.h
//
// Memory of the vector index that grows without moving: rows of fixed size in segments, and the
// table from chunk to slot. What a reader has found stays where it is.
//
// Threads: one thread grows and writes; row() and find() run beside it. A reader may touch a row
// only after it learned of the slot through an acquire load that the writer's release preceded.
// Errors: unavailable (no memory), too_large (more than kSlotsMax slots).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/ids.h"

namespace carrel::index {

using Slot = std::uint32_t;  // the number of a node's row in every array of the index

inline constexpr Slot kNoSlot = 0xFFFFFFFF;
inline constexpr std::size_t kSlotsMax = std::size_t{1} << 28;

// Anonymous memory, zeroed, given back when it leaves scope. From 2 MiB on it starts on a huge
// page.
class Mapping {
 public:
  Mapping() = default;
  explicit Mapping(std::size_t bytes);
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;

  std::byte* data() const noexcept { return data_; }
  // Asks for 2 MiB pages from here on: random rows miss the address cache less often.
  void advise_huge_pages() const noexcept;

 private:
  std::byte* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

// Rows of `row_bytes` bytes, zero at first. `T` is what a row is an array of.
template <class T>
class Rows;

class RowMemory {
 public:
  static constexpr std::size_t kSegmentShift = 14;
  static constexpr std::size_t kSegmentRows = std::size_t{1} << kSegmentShift;

  explicit RowMemory(std::size_t row_bytes);

  // Makes rows [0, count) exist. Writer only.
  void grow_to(std::size_t count);

  std::byte* row(Slot slot) const noexcept {
    return directory()[slot >> kSegmentShift].load(std::memory_order_acquire) +
           (slot & (kSegmentRows - 1)) * row_bytes_;
  }
  std::size_t row_bytes() const noexcept { return row_bytes_; }

 private:
  std::atomic<std::byte*>* directory() const noexcept {
    return reinterpret_cast<std::atomic<std::byte*>*>(directory_.data());
  }

  std::size_t row_bytes_;
  Mapping directory_;
  std::vector<Mapping> segments_;  // writer only
  bool first_is_huge_ = false;
};

template <class T>
class Rows {
 public:
  explicit Rows(std::size_t per_row) : memory_(per_row * sizeof(T)) {}
  void grow_to(std::size_t count) { memory_.grow_to(count); }
  T* operator[](Slot slot) const noexcept { return reinterpret_cast<T*>(memory_.row(slot)); }

 private:
  RowMemory memory_;
};

// Chunk -> slot, one atomic word a chunk: row numbers are dense, so a table beats a hash.
class ChunkTable {
 public:
  ChunkTable();
  // kNoSlot if the chunk is not stored. Any thread.
  Slot find(ChunkId chunk) const noexcept;
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
};

}  // namespace carrel::index
