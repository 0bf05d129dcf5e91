// server/problem.h
//
// What went wrong, as application/problem+json (RFC 9457) with a code for programs and a sentence
// for people. What is hidden and what is absent give the same one. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "server/http_message.h"

namespace carrel::server {

// Beside core's error codes: what only a server can refuse.
class Problem : public std::runtime_error {
 public:
  Problem(int status, std::string code, const std::string& detail, int retry_after_seconds = 0)
      : std::runtime_error(detail),
        status_(status),
        code_(std::move(code)),
        retry_after_seconds_(retry_after_seconds) {}
  int status() const noexcept { return status_; }
  const std::string& code() const noexcept { return code_; }
  int retry_after_seconds() const noexcept { return retry_after_seconds_; }

 private:
  int status_;
  std::string code_;
  int retry_after_seconds_;
};

Problem to_problem(const Error& error);

// {"title","detail","code","status","request_id"}
std::string problem_json(const Problem& problem, std::string_view request_id);
HttpResponse problem_response(const Problem& problem, std::string_view request_id);

}  // namespace carrel::server
