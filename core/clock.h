// core/clock.h
//
// Time as an object that a test replaces. Wall time is milliseconds since 1970 in UTC, which is
// what is stored; durations are measured with the steady clock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace carrel {

struct UnixMillis {
  std::int64_t value = 0;
  constexpr auto operator<=>(const UnixMillis&) const noexcept = default;
  constexpr UnixMillis operator+(std::chrono::milliseconds d) const { return {value + d.count()}; }
};

// RFC 3339 in UTC with milliseconds: 2026-03-01T09:30:00.000Z
std::string to_rfc3339(UnixMillis time);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMillis now() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMillis now() const override;
  std::chrono::steady_clock::time_point steady() const override;
};

// Stands still until advanced. Any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMillis start = {1'700'000'000'000}) : wall_(start.value) {}
  UnixMillis now() const override { return {wall_.load()}; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(wall_.load()));
  }
  void advance(std::chrono::milliseconds by) { wall_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_;
};

// Milliseconds since construction, as a fraction: for timings in answers and logs.
class Stopwatch {
 public:
  Stopwatch() : start_(std::chrono::steady_clock::now()) {}
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }
  double seconds() const { return milliseconds() / 1000.0; }

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace carrel
