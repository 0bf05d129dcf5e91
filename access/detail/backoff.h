// access/detail/backoff.h
//
// Slows down password guessing: after some failures in a row a bucket has to wait 1, 2, 4 ...
// seconds before the next attempt. What a bucket is, its user says: an account tried from an
// address, an account tried from anywhere. Names that do not exist are counted like those that do,
// so that waiting tells nothing. Kept in memory: a restart forgets it, and costs the attacker the
// restart.
//
// Threads: all members, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace carrel::access::detail {

struct BackoffLimits {
  std::uint32_t failures_free = 5;
  std::chrono::milliseconds wait_max = std::chrono::minutes(1);
  std::chrono::milliseconds remembered = std::chrono::hours(24);  // after the last failure
  std::size_t buckets_max = 65536;
};

class Backoff {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Backoff(const BackoffLimits& limits) : limits_(limits) {}

  // Counts an attempt as failed until forgive() says otherwise, so that attempts made at the same
  // moment cannot all slip through. Errors: deadline (too early; says for how long).
  void begin(const std::string& bucket, Time now);
  void forgive(const std::string& bucket);   // it succeeded
  void withdraw(const std::string& bucket);  // it was never tried

 private:
  struct Failures {
    std::uint32_t count = 0;
    Time last;
    Time not_before;
  };
  void make_room(Time now);

  BackoffLimits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, Failures> buckets_;
};

}  // namespace carrel::access::detail
