// core/metrics.h
//
// What is counted while the program runs, for the operator's monitoring: counters, gauges and
// histograms, and their text form (Prometheus exposition format 0.0.4). Names carry their unit,
// labels come from fixed sets and never hold an id, a name or a word that somebody wrote.
//
// Threads: all members, any thread; counting is one relaxed atomic addition.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace carrel {

class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Seconds, in buckets from 1 ms to 60 s.
class Histogram {
 public:
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                     0.25,  0.5,    1,     2.5,  5,     10,   60};
  void observe(double seconds) noexcept;

 private:
  friend class MetricsText;
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

// Builds the text: announce a name once, then its samples. `labels` is empty or `a="x",b="y"`.
class MetricsText {
 public:
  void announce(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::string_view name, std::string_view labels, double value);
  void samples(std::string_view name, std::string_view labels, const Histogram& histogram);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace carrel
