// core/error.h
//
// The one exception type of the project: a code for the program and a sentence for the person who
// must act. Not caught means the request ends, so forgetting to handle it fails closed.
//
// Absence that a caller expects is a std::optional, never an Error. A broken invariant of ours is
// CARREL_ASSERT, which stays on in every build: better no answer than a wrong one.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace carrel {

enum class ErrorCode : std::uint8_t {
  invalid_argument,  // the input breaks a documented bound
  not_found,         // absent, or not readable by this asker: callers cannot tell which
  denied,            // the action is not allowed to this principal
  conflict,          // changed by somebody else; reload and try again
  too_large,         // a configured limit was passed
  deadline,          // the allowed time ran out
  cancelled,         // whoever asked has left or said stop
  unavailable,       // disk, audit log, model or remote engine cannot serve now
  corrupt,           // stored bytes fail a checksum or an invariant
};

// The code's name as it appears in JSON and logs: "not_found".
std::string_view name_of(ErrorCode code) noexcept;

// Carries no document text, no question and no secret: it may be logged as it is.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& what_to_do)
      : std::runtime_error(what_to_do), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

[[noreturn]] void assertion_failed(const char* claim, const char* file, int line) noexcept;

}  // namespace carrel

// Holds a claim about our own code. False: the process says which claim and stops.
#define CARREL_ASSERT(claim) \
  ((claim) ? static_cast<void>(0) : ::carrel::assertion_failed(#claim, __FILE__, __LINE__))
