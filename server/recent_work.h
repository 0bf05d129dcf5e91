// server/recent_work.h
//
// How much of the worker's time each person has had lately, so that the next turn can be that of
// whoever had least: somebody whose files take minutes waits for those whose files take none. Half
// of what was had is forgotten every ten minutes.
//
// Threads: one at a time; the caller locks.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace carrel::server {

class RecentWork {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kHalfLife{10};

  void add(const std::string& person, std::chrono::duration<double> took, Time now);
  double seconds_of(std::string_view person, Time now) const;  // 0: none, or all forgotten

 private:
  struct Share {
    double seconds = 0;  // as of `counted`
    Time counted;
  };
  static double seconds_left(const Share& share, Time now);

  std::map<std::string, Share, std::less<>> shares_;
};

}  // namespace carrel::server
