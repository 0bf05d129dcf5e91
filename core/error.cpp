#include "core/error.h"

#include <cstdio>
#include <cstdlib>

namespace carrel {

std::string_view name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::denied:
      return "denied";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::deadline:
      return "deadline";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::corrupt:
      return "corrupt";
  }
  return "unknown";
}

void assertion_failed(const char* claim, const char* file, int line) noexcept {
  std::fprintf(stderr,
               "carrel: broken invariant %s at %s:%d; stopping rather than answer wrongly\n", claim,
               file, line);
  std::abort();
}

}  // namespace carrel
