// server/gate.h
//
// A bounded number of permits for costly work, with a bounded queue before it: who finds both full
// is told to come back instead of slowing everybody down.
//
// Threads: all members, any thread. A Pass must not outlive its Gate.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "core/cancel.h"

namespace carrel::server {

struct GateLimits {
  std::size_t running_max = 1;
  std::size_t waiting_max = 0;
  std::size_t per_user_max = SIZE_MAX;  // running and waiting together
  std::chrono::milliseconds wait_max{0};
};

class Gate {
 public:
  explicit Gate(const GateLimits& limits) : limits_(limits) {}

  class Pass {
   public:
    Pass() = default;
    Pass(Gate* gate, std::string user) : gate_(gate), user_(std::move(user)) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), user_(std::move(other.user_)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass();
    void take(Pass&& other) {  // into an empty one
      gate_ = std::exchange(other.gate_, nullptr);
      user_ = std::move(other.user_);
    }

   private:
    Gate* gate_ = nullptr;
    std::string user_;
  };

  // Errors: Problem 503 (full, or waited too long), 429 (this user has too many), cancelled.
  Pass enter(const std::string& user, const CancelToken& gone);

  std::size_t running() const;

 private:
  void leave(const std::string& user);
  void forget(const std::string& user);  // mutex held

  GateLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::size_t running_ = 0;
  std::size_t waiting_ = 0;
  std::map<std::string, std::size_t> per_user_;
};

}  // namespace carrel::server
