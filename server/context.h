// server/context.h
//
// What a handler has in hand: the request, the answer it fills, who asks, and the server's parts.
// One request, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api.h"
#include "server/gate.h"
#include "server/http_message.h"

namespace carrel::server {

class AssetSource;
class JobRunner;
class Metrics;
class RateLimit;
struct Route;
struct Service;

// What all requests share.
struct Parts {
  Service& service;
  const ServerOptions& options;
  const Api& api;
  JobRunner& jobs;
  const AssetSource& assets;
  Gate& compute;
  Gate& drawings;
  Gate& streams;
  Gate& downloads;
  Gate& uploads;
  Gate& sign_ins;        // by address
  Gate& known_sign_ins;  // by account, from where it has signed in before
  Gate& people;          // what each person has under way, until the answer has left
  RateLimit& rates;      // requests of each person
  RateLimit& slowed;     // audit records of attempts that were slowed down
  Metrics& metrics;
  std::function<std::size_t()> connections;
};

struct Context {
  Parts& parts;
  HttpRequest& request;
  HttpResponse& response;
  const Route* route = nullptr;
  Fields path;                      // the pattern's {names}, decoded
  Fields query;                     // decoded
  std::string body;                 // of routes with a JSON body
  std::optional<Caller> caller;     // set where the route needs it
  std::string session_token;        // of the cookie; empty: none
  std::optional<Gate::Pass> place;  // among the caller's own requests
  Gate::Pass pass;                  // held until the answer is made, where the route is costly

  Context(Parts& p, HttpRequest& q, HttpResponse& r) : parts(p), request(q), response(r) {}

  std::optional<std::string> query_value(std::string_view name) const;
  std::vector<std::string> query_values(std::string_view name) const;

  // An id in the path or the query. What is not one of ours is answered as if absent.
  std::int64_t path_id(std::string_view name) const;                  // Errors: not_found
  std::optional<std::int64_t> query_id(std::string_view name) const;  // Errors: not_found
  const std::string& path_text(std::string_view name) const;          // Errors: not_found
  std::int64_t query_integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                             std::int64_t max) const;  // Errors: invalid_argument

  void answer_json(std::string text, int status = 200);
};

// "Authorization: Bearer carrel_..." or the session cookie. None: neither holds.
struct SignedIn {
  Caller caller;
  bool is_by_cookie = false;
};
std::optional<SignedIn> find_caller(Service& service, const HttpRequest& request, bool is_secure);

// Names begin with __Host- where TLS is used (RFC 6265bis section 4.1.3.2), and then no other is
// read: a neighbour on the same domain, or in the clear, cannot plant one.
enum class Cookie : std::uint8_t {
  session,
  device,  // says that somebody has signed in from this browser before; opens nothing
};
std::string cookie_of(const HttpRequest& request, Cookie which, bool is_secure);  // empty: none
std::string make_cookie(Cookie which, std::string_view token, bool is_secure);
std::string end_session_cookie(bool is_secure);

// Refuses what another site may have made the browser send: by its Origin, scheme included, by
// Sec-Fetch-Site, and, where a cookie speaks for the caller, for want of our own header, which a
// form cannot set. Errors: denied.
void check_same_origin(const HttpRequest& request, bool needs_header, bool is_secure);

}  // namespace carrel::server
