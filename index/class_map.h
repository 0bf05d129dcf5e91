// index/class_map.h
//
// The in-memory array chunk -> (ACL class, document) that every index walk consults, with the
// counts per class from which visible statistics are summed. Changing a document's rights touches
// only this and one row, and is in force for the next lookup.
//
// Threads: lookups never wait; set() and remove() are called by one writer at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "access/visibility.h"
#include "core/ids.h"

namespace carrel::index {

struct ClassCounts {
  std::uint64_t chunks = 0;
  std::uint64_t terms = 0;  // summed length
};

class ClassMap {
 public:
  ClassMap();
  ~ClassMap();

  void set(ChunkId chunk, AclClassId acl_class, DocumentId document, std::uint32_t terms);
  void remove(ChunkId chunk);
  void clear();  // nobody reads anything until chunks are set again

  // Class 0 for a chunk that is absent or removed: nobody is permitted that.
  AclClassId class_of(ChunkId chunk) const noexcept {
    const Entry* entry = find(chunk);
    return entry == nullptr ? AclClassId{}
                            : AclClassId{entry->acl_class.load(std::memory_order_acquire)};
  }
  DocumentId document_of(ChunkId chunk) const noexcept {
    const Entry* entry = find(chunk);
    return entry == nullptr ? DocumentId{}
                            : DocumentId{entry->document.load(std::memory_order_acquire)};
  }

  ChunkId last() const noexcept { return ChunkId{last_.load(std::memory_order_acquire)}; }

  // Raised by every change: caches of per-class counts key on it.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

  // Appends the chunks that changed after the class map had `since`, some maybe twice. False: it
  // was too long ago.
  bool list_changes(std::uint64_t since, std::vector<ChunkId>& out) const;

  // Summed over the classes that `visible` permits.
  ClassCounts visible_counts(const access::Visibility& visible) const;
  std::uint64_t chunk_count() const;  // over all classes, for the planner

 private:
  struct Entry {
    std::atomic<std::uint32_t> acl_class{0};
    std::atomic<std::uint32_t> document{0};
    std::uint32_t terms = 0;  // the writer's own
  };
  static constexpr std::size_t kBlockBits = 14;
  static constexpr std::size_t kBlockEntries = std::size_t{1} << kBlockBits;
  static constexpr std::size_t kBlocksMax = std::size_t{1} << (32 - kBlockBits - 1);
  using Block = std::array<Entry, kBlockEntries>;

  const Entry* find(ChunkId chunk) const noexcept {
    const auto id = static_cast<std::uint64_t>(chunk.value);
    if (chunk.value <= 0 || (id >> kBlockBits) >= kBlocksMax) return nullptr;
    const Block* block = blocks_[id >> kBlockBits].load(std::memory_order_acquire);
    return block == nullptr ? nullptr : &(*block)[id & (kBlockEntries - 1)];
  }
  Entry& entry_for(ChunkId chunk);
  void count(std::uint32_t acl_class, std::int64_t chunks, std::int64_t terms);
  void note_change(ChunkId chunk);

  std::unique_ptr<std::atomic<Block*>[]> blocks_;
  std::atomic<std::int64_t> last_{0};
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex counts_mutex_;
  std::vector<ClassCounts> counts_;  // by class id; guarded by counts_mutex_
  static constexpr std::size_t kChangesKept = 65'536;
  std::vector<std::uint32_t> changes_;  // chunk of change n at n % kChangesKept; guarded by it too
};

}  // namespace carrel::index
