// core/cancel.h
//
// How long work is told to stop: somebody cancelled, or its deadline passed. Copies share the flag.
// Any thread may cancel; workers call check() at every item.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace carrel {

class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  explicit CancelToken(std::chrono::milliseconds time_max) : CancelToken() {
    deadline_ = std::chrono::steady_clock::now() + time_max;
  }
  void cancel() const noexcept { flag_->store(true); }
  bool is_cancelled() const noexcept { return flag_->load(std::memory_order_relaxed); }
  bool is_late() const noexcept {
    return deadline_ && std::chrono::steady_clock::now() > *deadline_;
  }
  void check() const;  // Errors: cancelled, deadline.

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace carrel
