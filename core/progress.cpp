#include "core/progress.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

namespace carrel {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::size_t kBarColumns = 24;

std::string minutes_seconds(double seconds) {
  const auto whole = static_cast<long>(std::max(0.0, seconds) + 0.5);
  std::array<char, 32> out{};
  if (whole >= 3600)
    std::snprintf(out.data(), out.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  else
    std::snprintf(out.data(), out.size(), "%ld:%02ld", whole / 60, whole % 60);
  return out.data();
}

}  // namespace

std::string format_progress(const ProgressState& state, double elapsed_seconds) {
  std::string line(state.stage);
  const double rate =
      elapsed_seconds > 0.05 ? static_cast<double>(state.done) / elapsed_seconds : 0;
  std::array<char, 64> number{};
  if (state.total > 0) {
    const double share =
        std::min(1.0, static_cast<double>(state.done) / static_cast<double>(state.total));
    const auto filled = static_cast<std::size_t>(share * kBarColumns);
    std::snprintf(number.data(), number.size(), " %3d%% |", static_cast<int>(share * 100));
    line += number.data();
    line += std::string(filled, '#') + std::string(kBarColumns - filled, ' ') + "| ";
    line += std::to_string(state.done) + "/" + std::to_string(state.total);
  } else {
    line += ' ' + std::to_string(state.done);
  }
  line += ' ';
  line += state.unit;
  if (rate > 0) {
    std::snprintf(number.data(), number.size(), "  %.1f/s", rate);
    line += number.data();
    if (state.total > state.done)
      line +=
          "  " + minutes_seconds(static_cast<double>(state.total - state.done) / rate) + " left";
  }
  return line;
}

ConsoleProgress::ConsoleProgress(std::ostream& out, bool terminal,
                                 std::chrono::milliseconds line_interval)
    : out_(out), terminal_(terminal), interval_(terminal ? kRedrawInterval : line_interval) {}

ConsoleProgress::~ConsoleProgress() { finish(); }

void ConsoleProgress::update(const ProgressState& state) {
  const auto now = std::chrono::steady_clock::now();
  if (state.stage != stage_) {
    finish();
    stage_ = state.stage;
    stage_start_ = now;
    last_ = terminal_ ? std::chrono::steady_clock::time_point{} : now;
  }
  const bool complete = state.total > 0 && state.done >= state.total;
  if (!complete && now - last_ < interval_) return;
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - stage_start_).count();
  if (terminal_) {
    out_ << '\r' << format_progress(state, elapsed) << "\x1b[K" << std::flush;
    line_open_ = true;
  } else {
    out_ << format_progress(state, elapsed) << '\n' << std::flush;
  }
}

void ConsoleProgress::finish() {
  if (line_open_) out_ << '\n' << std::flush;
  line_open_ = false;
  stage_.clear();
}

}  // namespace carrel
