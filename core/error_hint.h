// core/error_hint.h
//
// An error with a hint that only the operator of the library may see: the nearest known name, say,
// which would let anybody else list names by guessing. what() is without it; the command line adds
// it. Any thread.
#pragma once

#include <string>

#include "core/error.h"

namespace carrel {

class HintedError : public Error {
 public:
  HintedError(ErrorCode code, std::string what_to_do, std::string hint)
      : Error(code, std::move(what_to_do)), hint_(std::move(hint)) {}
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string hint_;
};

// What an operator is told of any error.
inline std::string with_hint(const Error& error) {
  const auto* hinted = dynamic_cast<const HintedError*>(&error);
  return hinted == nullptr ? error.what() : error.what() + hinted->hint();
}

}  // namespace carrel
