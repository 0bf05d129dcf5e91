#include "index/vector_rows.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace carrel::index {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kSmallPage = 4096;
constexpr std::size_t kReservedMin = std::size_t{1} << 20;  // rows
constexpr std::size_t kGrowthMin = 64;                      // rows
constexpr std::size_t kGrowthMax = 16384;

static_assert(std::atomic<std::byte*>::is_always_lock_free);
static_assert(sizeof(std::atomic<std::byte*>) == sizeof(std::byte*));

[[noreturn]] void refuse_memory() {
  throw Error(ErrorCode::unavailable,
              "There is not enough memory for the vector index. Give the process more memory or "
              "index fewer documents.");
}

[[noreturn]] void refuse_file(const std::string& what, const std::string& what_to_do) {
  const int error = errno;
  throw Error(ErrorCode::unavailable,
              what + " (" + std::strerror(error) + "). " +
                  (error == ENOSPC ? "Free some disk space and try again." : what_to_do));
}

std::byte* map_anonymous(std::size_t bytes, int protection) noexcept {
  void* const memory =
      mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

// A file made anew is another one than that of before, which whoever has it mapped may go on using.
FileDescriptor open_rows(const RowFile& file) {
  if (!file.kept) unlink(file.path.c_str());
  const int fd = open(file.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    refuse_file("The file " + file.path.string() + " of the vector index cannot be opened",
                "Check that its folder exists and may be written.");
  }
  return FileDescriptor(fd);
}

std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

Mapping::Mapping(std::size_t bytes)
    : data_(map_anonymous(bytes, PROT_READ | PROT_WRITE)), bytes_(bytes) {
  if (data_ == nullptr) refuse_memory();
}

Mapping::~Mapping() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(other.bytes_) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

// Reserved addresses cost nothing but addresses; where even those are rationed, less is reserved.
RowMemory::RowMemory(std::size_t row_bytes, const RowFile& file) : row_bytes_(row_bytes) {
  for (std::size_t rows = kSlotsMax; space_.data_ == nullptr && rows >= kReservedMin; rows /= 2) {
    // A huge page more than needed, so that the rows can start on one.
    space_.bytes_ = round_up(rows * row_bytes, kHugePage) + kHugePage;
    space_.data_ = map_anonymous(space_.bytes_, PROT_NONE);
  }
  if (space_.data_ == nullptr) refuse_memory();
  const auto address = reinterpret_cast<std::uintptr_t>(space_.data_);
  const std::size_t skipped = (kHugePage - address % kHugePage) % kHugePage;
  if (skipped > 0) munmap(space_.data_, skipped);
  space_.data_ += skipped;
  space_.bytes_ -= skipped;
  if (!file.path.empty()) file_ = open_rows(file);
}

void RowMemory::grow_to(std::size_t count) {
  if (count <= rows_) return;
  const std::size_t rows = std::max(count, rows_ + std::clamp(rows_ / 4, kGrowthMin, kGrowthMax));
  if (count > kSlotsMax || round_up(count * row_bytes_, kHugePage) > space_.bytes_) {
    throw Error(ErrorCode::too_large,
                "The vector index is full. Split the library into several data folders.");
  }
  // A library of a few hundred chunks should not cost megabytes.
  const bool huge = rows * row_bytes_ >= kHugePage;
  const std::size_t wanted =
      std::min(space_.bytes_, round_up(rows * row_bytes_, huge ? kHugePage : kSmallPage));
  if (wanted > filled_) fill(filled_, wanted);
  filled_ = std::max(filled_, wanted);
  rows_ = std::min(rows, filled_ / row_bytes_);
}

void RowMemory::fill(std::size_t from, std::size_t to) {
  std::byte* const at = space_.data() + from;
  if (file_.get() >= 0) {
    // Room is taken now: a full disk is an error here, not a signal at the first write.
    const int failed =
        posix_fallocate(file_.get(), static_cast<off_t>(from), static_cast<off_t>(to - from));
    if (failed != 0) {
      errno = failed;
      refuse_file("The vector index's file cannot grow", "Check the disk of the data folder.");
    }
    if (mmap(at, to - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_.get(),
             static_cast<off_t>(from)) == MAP_FAILED) {
      refuse_memory();
    }
    (void)madvise(at, to - from, MADV_RANDOM);
    return;
  }
  if (mprotect(at, to - from, PROT_READ | PROT_WRITE) != 0) refuse_memory();
  // Random rows miss the address cache less often on pages of 2 MiB. Refused where the kernel has
  // none; then it is slower, not wrong.
  if (to >= kHugePage) (void)madvise(space_.data(), to / kHugePage * kHugePage, MADV_HUGEPAGE);
}

void RowMemory::copy_out(Slot first, std::size_t count, std::byte* to) const noexcept {
  const std::size_t bytes = count * row_bytes_;
  if (file_.get() < 0) {
    std::memcpy(to, row(first), bytes);
    return;
  }
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = pread(file_.get(), to + done, bytes - done,
                              static_cast<off_t>(std::size_t{first} * row_bytes_ + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  std::memset(to + done, 0, bytes - done);
}

void RowMemory::trim(std::size_t count) {
  struct stat about {};
  if (file_.get() < 0 || fstat(file_.get(), &about) != 0) return;
  const auto bytes = static_cast<off_t>(count * row_bytes_);
  if (about.st_size > bytes && ftruncate(file_.get(), bytes) != 0) {
    refuse_file("The vector index's file cannot be cut", "Check the disk of the data folder.");
  }
}

void RowMemory::sync() {
  if (file_.get() >= 0 && fdatasync(file_.get()) != 0) {
    refuse_file("The disk did not take the vector index's file",
                "Check the disk of the data folder.");
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

// Neighbouring chunks share a leaf, and hardly any is not stored.
void ChunkTable::find_all(std::span<const ChunkId> chunks, std::vector<Slot>& out) const {
  std::size_t count = out.size();
  out.resize(count + chunks.size());
  std::uint32_t leaf_number = ~std::uint32_t{0};
  const Slot* leaf = nullptr;
  for (const ChunkId chunk : chunks) {
    if (!in_range(chunk)) continue;
    const auto key = static_cast<std::uint32_t>(chunk.value);
    if (key >> kLeafShift != leaf_number) {
      leaf_number = key >> kLeafShift;
      leaf = reinterpret_cast<Slot*>(directory()[leaf_number].load(std::memory_order_acquire));
    }
    if (leaf == nullptr) continue;
    Slot* const entry = const_cast<Slot*>(leaf) + (key & ((1U << kLeafShift) - 1));
    out[count] = std::atomic_ref<Slot>(*entry).load(std::memory_order_acquire) - 1;
    count += out[count] != kNoSlot ? 1 : 0;
  }
  out.resize(count);
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
  version_.fetch_add(1, std::memory_order_release);
}

}  // namespace carrel::index
