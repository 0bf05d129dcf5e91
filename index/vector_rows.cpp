#include "index/vector_rows.h"

#include <utility>

#include <sys/mman.h>

#include "core/error.h"

namespace carrel::index {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Below this many rows the first segment stays on small pages: a library of a few hundred chunks
// should not cost megabytes.
constexpr std::size_t kSmallRows = 2048;

static_assert(std::atomic<std::byte*>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::byte*>) == sizeof(std::byte*));

}  // namespace

Mapping::Mapping(std::size_t bytes) : bytes_(bytes) {
  const bool huge = bytes >= kHugePage;
  mapped_bytes_ = bytes + (huge ? kHugePage : 0);
  void* memory = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw Error(ErrorCode::unavailable,
                "There is not enough memory for the vector index. Give the process more memory or "
                "index fewer documents.");
  }
  mapped_ = static_cast<std::byte*>(memory);
  const auto address = reinterpret_cast<std::uintptr_t>(mapped_);
  data_ = huge ? mapped_ + (kHugePage - address % kHugePage) % kHugePage : mapped_;
}

Mapping::~Mapping() {
  if (mapped_ != nullptr) munmap(mapped_, mapped_bytes_);
}

Mapping::Mapping(Mapping&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)),
      mapped_bytes_(other.mapped_bytes_),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(other.bytes_) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(mapped_, other.mapped_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

void Mapping::advise_huge_pages() const noexcept {
  // Refused where the kernel has no transparent huge pages; then it is slower, not wrong.
  if (bytes_ >= kHugePage) (void)madvise(data_, bytes_, MADV_HUGEPAGE);
}

RowMemory::RowMemory(std::size_t row_bytes)
    : row_bytes_(row_bytes), directory_((kSlotsMax >> kSegmentShift) * sizeof(std::byte*)) {}

void RowMemory::grow_to(std::size_t count) {
  if (count > kSlotsMax) {
    throw Error(ErrorCode::too_large,
                "The vector index is full. Split the library into several data folders.");
  }
  while (segments_.size() * kSegmentRows < count) {
    Mapping segment(kSegmentRows * row_bytes_);
    if (!segments_.empty()) segment.advise_huge_pages();
    std::byte* const data = segment.data();
    segments_.push_back(std::move(segment));
    directory()[segments_.size() - 1].store(data, std::memory_order_release);
  }
  if (!first_is_huge_ && count > kSmallRows) {
    segments_.front().advise_huge_pages();
    first_is_huge_ = true;
  }
}

ChunkTable::ChunkTable() : directory_((std::size_t{1} << (32 - kLeafShift)) * sizeof(std::byte*)) {}

Slot ChunkTable::find(ChunkId chunk) const noexcept {
  if (!in_range(chunk)) return kNoSlot;
  const auto key = static_cast<std::uint32_t>(chunk.value);
  std::byte* const leaf = directory()[key >> kLeafShift].load(std::memory_order_acquire);
  if (leaf == nullptr) return kNoSlot;
  Slot* const entry = reinterpret_cast<Slot*>(leaf) + (key & ((1U << kLeafShift) - 1));
  // Kept one higher, so that fresh memory says "none".
  return std::atomic_ref<Slot>(*entry).load(std::memory_order_acquire) - 1;
}

void ChunkTable::set(ChunkId chunk, Slot slot) {
  CARREL_ASSERT(in_range(chunk));
  const auto key = static_cast<std::uint32_t>(chunk.value);
  std::byte* leaf = directory()[key >> kLeafShift].load(std::memory_order_relaxed);
  if (leaf == nullptr) {
    leaves_.emplace_back((std::size_t{1} << kLeafShift) * sizeof(Slot));
    leaf = leaves_.back().data();
    directory()[key >> kLeafShift].store(leaf, std::memory_order_release);
  }
  Slot* const entry = reinterpret_cast<Slot*>(leaf) + (key & ((1U << kLeafShift) - 1));
  std::atomic_ref<Slot>(*entry).store(slot + 1, std::memory_order_release);
}

}  // namespace carrel::index
