// server/rate_limit.h
//
// How many requests a second each key (a user) may make: a bucket of tokens that fills at the rate
// and holds two seconds' worth. Remembers a bounded number of keys; one that was forgotten begins
// with a full bucket.
//
// Threads: all members, any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace carrel::server {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateLimit(double per_second) : per_second_(per_second), burst_(2 * per_second) {}

  // Takes a token; false: there is none.
  bool try_take(const std::string& key, Time now);

 private:
  struct Bucket {
    double tokens = 0;
    Time filled;
  };
  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace carrel::server
