// server/metrics.h
//
// What the server counts about itself: requests by route and outcome, how long they took, what was
// refused and why, and people who are refused documents unusually often.
//
// Threads: all members, any thread.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/metrics.h"
#include "server/route.h"

namespace carrel::server {

class Metrics {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Metrics();

  // `route`: null where none was found, or the request never got so far.
  void count_request(const Route* route, int status, double seconds);

  // Somebody was told "not allowed" or "not there". True when this person reached the number of
  // refusals that makes a burst: once a window.
  bool count_denial(const std::string& user, Time now);

  Counter sign_ins_done, sign_ins_wrong, sign_ins_slowed, sign_ins_busy;
  Counter denials, deny_bursts;

  struct Gauges {
    std::size_t connections = 0;
    std::size_t compute_running = 0, compute_waiting = 0;
    std::size_t sign_ins_running = 0, sign_ins_waiting = 0;
  };
  std::string text(const Gauges& gauges) const;

 private:
  struct OfRoute {
    std::array<Counter, 6> by_class;  // of status: [4] is 4xx
    Histogram seconds;
  };
  struct Denials {
    Time since;
    std::size_t count = 0;
  };
  // One for each row of the route table, in its order, and a last one for all else.
  std::unique_ptr<OfRoute[]> routes_;
  Counter too_many_, busy_;
  std::mutex mutex_;
  std::map<std::string, Denials> denied_;  // guarded by mutex_
};

}  // namespace carrel::server
