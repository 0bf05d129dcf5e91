#include "core/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace carrel {

std::string to_rfc3339(UnixMillis time) {
  std::int64_t seconds = time.value / 1000;
  std::int64_t millis = time.value % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const auto as_time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&as_time, &parts);
  std::array<char, 40> out{};
  const std::size_t used = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(out.data() + used, out.size() - used, ".%03dZ", static_cast<int>(millis));
  return out.data();
}

UnixMillis SystemClock::now() const {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

std::chrono::steady_clock::time_point SystemClock::steady() const {
  return std::chrono::steady_clock::now();
}

}  // namespace carrel
