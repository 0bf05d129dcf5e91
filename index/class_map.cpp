#include "index/class_map.h"

#include "core/error.h"

namespace carrel::index {

ClassMap::ClassMap() : blocks_(std::make_unique<std::atomic<Block*>[]>(kBlocksMax)) {}

ClassMap::~ClassMap() {
  for (std::size_t i = 0; i < kBlocksMax; ++i) delete blocks_[i].load();
}

ClassMap::Entry& ClassMap::entry_for(ChunkId chunk) {
  const auto id = static_cast<std::uint64_t>(chunk.value);
  if (chunk.value <= 0 || (id >> kBlockBits) >= kBlocksMax)
    throw Error(ErrorCode::too_large, "the library has used up its chunk numbers");
  auto& slot = blocks_[id >> kBlockBits];
  if (slot.load() == nullptr) slot.store(std::make_unique<Block>().release());
  return (*slot.load())[id & (kBlockEntries - 1)];
}

void ClassMap::count(std::uint32_t acl_class, std::int64_t chunks, std::int64_t terms) {
  if (acl_class == 0) return;
  const std::lock_guard lock(counts_mutex_);
  if (counts_.size() <= acl_class) counts_.resize(acl_class + 1);
  counts_[acl_class].chunks += static_cast<std::uint64_t>(chunks);
  counts_[acl_class].terms += static_cast<std::uint64_t>(terms);
}

void ClassMap::set(ChunkId chunk, AclClassId acl_class, DocumentId document, std::uint32_t terms) {
  Entry& entry = entry_for(chunk);
  const std::uint32_t before = entry.acl_class.load();
  count(before, -1, -static_cast<std::int64_t>(entry.terms));
  entry.terms = terms;
  entry.document.store(static_cast<std::uint32_t>(document.value), std::memory_order_release);
  entry.acl_class.store(static_cast<std::uint32_t>(acl_class.value), std::memory_order_release);
  count(static_cast<std::uint32_t>(acl_class.value), 1, terms);
  if (chunk.value > last_.load()) last_.store(chunk.value);
  note_change(chunk);
}

void ClassMap::remove(ChunkId chunk) {
  if (find(chunk) == nullptr) return;
  Entry& entry = entry_for(chunk);
  const std::uint32_t before = entry.acl_class.exchange(0);
  count(before, -1, -static_cast<std::int64_t>(entry.terms));
  entry.document.store(0);
  entry.terms = 0;
  note_change(chunk);
}

void ClassMap::note_change(ChunkId chunk) {
  const std::lock_guard lock(counts_mutex_);
  const std::uint64_t number = version_.load();
  if (changes_.size() < kChangesKept) {
    changes_.push_back(static_cast<std::uint32_t>(chunk.value));
  } else {
    changes_[number % kChangesKept] = static_cast<std::uint32_t>(chunk.value);
  }
  version_.store(number + 1, std::memory_order_release);
}

bool ClassMap::list_changes(std::uint64_t since, std::vector<ChunkId>& out) const {
  const std::lock_guard lock(counts_mutex_);
  const std::uint64_t now = version_.load();
  if (now - since > kChangesKept) return false;
  for (std::uint64_t n = since; n < now; ++n) out.push_back(ChunkId{changes_[n % kChangesKept]});
  return true;
}

void ClassMap::clear() {
  for (std::int64_t id = 1; id <= last_.load(); ++id) remove(ChunkId{id});
}

ClassCounts ClassMap::visible_counts(const access::Visibility& visible) const {
  const std::lock_guard lock(counts_mutex_);
  ClassCounts sum;
  for (std::size_t id = 1; id < counts_.size(); ++id) {
    if (!visible.permits(AclClassId{static_cast<std::int64_t>(id)})) continue;
    sum.chunks += counts_[id].chunks;
    sum.terms += counts_[id].terms;
  }
  return sum;
}

std::uint64_t ClassMap::chunk_count() const {
  const std::lock_guard lock(counts_mutex_);
  std::uint64_t sum = 0;
  for (const ClassCounts& one : counts_) sum += one.chunks;
  return sum;
}

}  // namespace carrel::index
