#include "index/vector_readers.h"

#include <algorithm>

namespace carrel::index {

Readers::Stay::Stay(Readers& readers) : readers_(readers) {
  {
    const std::lock_guard lock(readers_.mutex_);
    if (readers_.empty_.empty()) {
      readers_.empty_.reserve(readers_.seats_.size() + 1);  // so that leaving cannot fail
      readers_.seats_.push_back(std::make_unique<Seat>(readers_.store_));
      readers_.empty_.push_back(readers_.seats_.back().get());
    }
    seat_ = readers_.empty_.back();
    readers_.empty_.pop_back();
  }
  readers_.running_.fetch_add(1, std::memory_order_relaxed);
  // The seat must show the version before the reader relies on it: a writer that did not see it
  // has published a newer one, and then this reader takes that one.
  do {
    version_ = readers_.version();
    seat_->version.store(version_, std::memory_order_seq_cst);
  } while (readers_.version() != version_);
}

Readers::Stay::~Stay() {
  seat_->version.store(0, std::memory_order_seq_cst);
  readers_.running_.fetch_sub(1, std::memory_order_relaxed);
  const std::lock_guard lock(readers_.mutex_);
  readers_.empty_.push_back(seat_);
}

std::uint64_t Readers::oldest() const {
  std::uint64_t out = version();
  const std::lock_guard lock(mutex_);
  for (const std::unique_ptr<Seat>& seat : seats_) {
    const std::uint64_t held = seat->version.load(std::memory_order_seq_cst);
    if (held != 0) out = std::min(out, held);
  }
  return out;
}

}  // namespace carrel::index
