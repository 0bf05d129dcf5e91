#include "server/problem.h"

#include "server/json_text.h"

namespace carrel::server {

namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::denied:
      return 403;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::deadline:
      return 504;
    case ErrorCode::cancelled:
      return 499;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::corrupt:
      return 500;
  }
  return 500;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "The request cannot be understood";
    case 401:
      return "Not signed in";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 409:
      return "Changed meanwhile";
    case 413:
      return "Too large";
    case 429:
      return "Too many requests";
    case 499:
      return "Cancelled";
    case 503:
      return "Not available now";
    case 504:
      return "Took too long";
    default:
      return status < 500 ? reason_phrase(status) : "Something went wrong";
  }
}

}  // namespace

Problem to_problem(const Error& error) {
  const int status = status_of(error.code());
  return Problem(status, std::string(name_of(error.code())), error.what(), status == 503 ? 5 : 0);
}

std::string problem_json(const Problem& problem, std::string_view request_id) {
  nlohmann::json json;
  json["title"] = title_of(problem.status());
  json["detail"] = problem.what();
  json["code"] = problem.code();
  json["status"] = problem.status();
  json["request_id"] = request_id;
  return dump(json);
}

HttpResponse problem_response(const Problem& problem, std::string_view request_id) {
  HttpResponse response;
  response.status = problem.status();
  response.content_type = "application/problem+json";
  response.body = problem_json(problem, request_id);
  response.set("Cache-Control", "no-store");
  response.set("X-Request-Id", request_id);
  if (problem.retry_after_seconds() > 0)
    response.set("Retry-After", std::to_string(problem.retry_after_seconds()));
  return response;
}

}  // namespace carrel::server
