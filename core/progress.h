// core/progress.h
//
// How long work tells what it has done. On a terminal: a bar with rate and remaining time on
// standard error; elsewhere a line every few seconds. update() may come from one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace carrel {

struct ProgressState {
  std::string_view stage;  // "reading", "embedding"
  std::uint64_t done = 0;
  std::uint64_t total = 0;   // 0: not known yet
  std::string_view unit;     // "files", "chunks"
  std::string_view current;  // what is in hand, for a person; may be empty
};

class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  virtual void update(const ProgressState& state) = 0;
  virtual void finish() {}
};

class NoProgress final : public ProgressSink {
 public:
  void update(const ProgressState&) override {}
};

class ConsoleProgress final : public ProgressSink {
 public:
  // `terminal`: redraw one line; otherwise print a line at most every `line_interval`.
  ConsoleProgress(std::ostream& out, bool terminal,
                  std::chrono::milliseconds line_interval = std::chrono::seconds(5));
  ~ConsoleProgress() override;
  void update(const ProgressState& state) override;
  void finish() override;

 private:
  std::ostream& out_;
  bool terminal_;
  bool line_open_ = false;
  std::chrono::milliseconds interval_;
  std::string stage_;
  std::chrono::steady_clock::time_point stage_start_{};
  std::chrono::steady_clock::time_point last_{};
};

// "  42% |########            | 420/1000 files  12.3/s  0:47 left", exposed for its test.
std::string format_progress(const ProgressState& state, double elapsed_seconds);

}  // namespace carrel
