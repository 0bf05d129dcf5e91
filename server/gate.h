// server/gate.h
//
// A bounded number of permits for costly work, with a bounded queue before it: who finds both full
// is told to come back instead of slowing everybody down.
//
// The queue is fair among keys (users, or addresses of people not yet known): the next turn is that
// of the key with the least work running, in order of arrival, and when the queue is full a key
// that waits more than once gives up its last place to one that does not wait at all.
//
// Threads: all members, any thread. A Pass must not outlive its Gate.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "core/cancel.h"

namespace carrel::server {

struct GateLimits {
  std::size_t running_max = 1;
  std::size_t waiting_max = 0;
  std::size_t per_key_max = SIZE_MAX;  // running and waiting together
  // At least 1. Below running_max it keeps a place for others from a key whose work never ends.
  std::size_t running_per_key_max = SIZE_MAX;
  std::chrono::milliseconds wait_max{0};
};

class Gate {
 public:
  explicit Gate(const GateLimits& limits) : limits_(limits) {}

  class Pass {
   public:
    Pass() = default;
    Pass(Gate* gate, std::string key) : gate_(gate), key_(std::move(key)) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), key_(std::move(other.key_)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass();
    void take(Pass&& other) {  // into an empty one
      gate_ = std::exchange(other.gate_, nullptr);
      key_ = std::move(other.key_);
    }

   private:
    Gate* gate_ = nullptr;
    std::string key_;
  };

  // Errors: Problem 503 (full, or waited too long), 429 (this key has too many), cancelled.
  Pass enter(const std::string& key, const CancelToken& gone);

  std::size_t running() const;
  std::size_t waiting() const;

 private:
  enum class Turn : std::uint8_t { waiting, admitted, gave_way };
  struct Waiter {
    std::string key;
    std::condition_variable changed;
    Turn turn = Turn::waiting;
  };
  struct Count {
    std::size_t running = 0;
    std::size_t waiting = 0;
  };
  void leave(const std::string& key);
  // With mutex_ held. Nobody waits who may run: each place that is given back is given on at once.
  bool may_run(const std::string& key) const;
  bool make_place(const std::string& key);
  void admit_next();
  void end_waiting(Waiter& waiter, Turn turn);
  void forget_if_done(const std::string& key);

  const GateLimits limits_;
  mutable std::mutex mutex_;
  std::size_t running_ = 0;
  std::list<Waiter*> queue_;  // in order of arrival; each lives on its thread's stack
  std::map<std::string, Count> counts_;
};

}  // namespace carrel::server
