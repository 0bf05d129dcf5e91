// server/route.h
//
// One row for each thing the server answers. Dispatch, the OpenAPI document and the tests that ask
// for every route without signing in are all made from this table.
//
// Any thread; immutable.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_control.h"
#include "server/context.h"

namespace carrel::server {

enum class Body : std::uint8_t { none, json, upload };
enum class Auth : std::uint8_t { open, signed_in };
// instant: answered from memory, on the thread that reads. compute: grows with the library or with
// a document, and takes its turn among searches and answers. drawing: as long as a file makes it,
// and takes its turn among its like.
enum class Cost : std::uint8_t { instant, light, compute, drawing };

struct Parameter {
  std::string_view name;
  std::string_view type;  // "string", "integer", "array" (of strings)
  std::string_view description;
  bool is_required = false;
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/documents/{document_id}"; {name} stands for one segment
  std::string_view summary;
  Auth auth = Auth::signed_in;
  std::optional<access::Action> action;  // needed beside being signed in
  Body body = Body::none;
  Cost cost = Cost::light;
  bool is_audited = false;
  std::string_view request_schema;   // name in openapi_schemas.cpp; empty: none
  std::string_view response_schema;  // empty: no JSON
  std::string_view response_type = "application/json";
  int response_status = 200;
  void (*handler)(Context&) = nullptr;
  std::vector<Parameter> query;

  bool is_api() const { return pattern.starts_with("/api/"); }
};

std::span<const Route> routes();

// The segments of `path` that stand where `pattern` has {names}. None: no match.
std::optional<Fields> match(std::string_view pattern, std::string_view path);

}  // namespace carrel::server
