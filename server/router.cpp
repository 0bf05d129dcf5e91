#include "server/router.h"

#include <algorithm>

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "server/metrics.h"
#include "server/problem.h"
#include "server/rate_limit.h"
#include "server/service.h"

namespace carrel::server {

namespace {

struct Match {
  const Route* route = nullptr;
  Fields path;
  std::string allowed;  // methods of the rows whose pattern fits
};

Match find_route(const HttpHead& head) {
  Match out;
  for (const Route& route : routes()) {
    std::optional<Fields> path = match(route.pattern, head.path);
    if (!path) continue;
    out.allowed += (out.allowed.empty() ? "" : ", ") + std::string(route.method);
    const bool is_head_of_page = head.method == "HEAD" && route.method == "GET" && !route.is_api();
    if (route.method == head.method || is_head_of_page) {
      out.route = &route;
      out.path = std::move(*path);
    }
  }
  return out;
}

void read_json_body(Context& c) {
  const std::string_view type = c.request.head.header("content-type").value_or("");
  if (type.substr(0, type.find(';')) != "application/json")
    throw Problem(415, "content_type", "Send the body as application/json.");
  c.body.resize(c.request.head.content_length);
  std::size_t have = 0;
  while (have < c.body.size()) {
    const std::size_t n = c.request.body->read(std::span(c.body).subspan(have));
    if (n == 0) throw Error(ErrorCode::cancelled, "The body did not arrive whole.");
    have += n;
  }
}

// A person's place among their own requests, beside what the handler holds for the answer.
struct Held {
  Gate::Pass place;
  std::shared_ptr<void> inner;
};

}  // namespace

bool Router::is_instant(const HttpHead& head) {
  const Route* route = find_route(head).route;
  return route != nullptr && route->cost == Cost::instant;
}

std::uint64_t Router::body_bytes_max(const HttpHead& head, const ServerOptions& options) {
  const Route* route = find_route(head).route;
  if (route == nullptr) return options.json_bytes_max;  // the router says what is wrong instead
  switch (route->body) {
    case Body::none:
      return 0;
    case Body::json:
      return options.json_bytes_max;
    case Body::upload:
      return options.upload_bytes_max;
  }
  return 0;
}

HttpResponse Router::answer(HttpRequest& request) const {
  const Stopwatch watch;
  HttpResponse response;
  Context context(parts_, request, response);
  try {
    dispatch(context);
    response.set("X-Request-Id", request.id);
  } catch (const Problem& problem) {
    response = problem_response(problem, request.id);
    if (problem.status() == 405) response.set("Allow", find_route(request.head).allowed);
  } catch (const Error& error) {
    response = problem_response(to_problem(error), request.id);
  } catch (const std::exception& error) {
    log::error("server.request_broke", {{"request", request.id}, {"reason", error.what()}});
    response = problem_response(
        Problem(500, "internal", "Something went wrong; the log holds this request's number."),
        request.id);
  }
  if (context.place) {
    auto held = std::make_shared<Held>();
    held->place.take(std::move(*context.place));
    held->inner = std::move(response.held);
    response.held = std::move(held);
  }
  count(context, watch.milliseconds() / 1000.0);
  log::info("server.request", {{"request", request.id},
                               {"method", request.head.method},
                               {"status", response.status},
                               {"ms", watch.milliseconds()}});
  return response;
}

void Router::count(const Context& c, double seconds) const {
  const int status = c.response.status;
  parts_.metrics.count_request(c.route, status, seconds);
  const bool is_denial = c.caller && (status == 403 || status == 404);
  if (is_denial &&
      parts_.metrics.count_denial(c.caller->identity.user.name, std::chrono::steady_clock::now()))
    log::warning("server.deny_burst", {{"user", c.caller->identity.user.id.value}});
}

void Router::dispatch(Context& c) const {
  check_host(c.request);
  Match found = find_route(c.request.head);
  if (found.allowed.empty()) throw Problem(404, "not_found", "There is nothing at this address.");
  if (found.route == nullptr)
    throw Problem(405, "method_not_allowed", "This address does not take this method.");
  c.route = found.route;
  c.path = std::move(found.path);
  std::optional<Fields> query = parse_query(c.request.head.query);
  if (!query) throw Error(ErrorCode::invalid_argument, "The address holds a malformed query.");
  c.query = std::move(*query);
  run(c, *found.route);
}

void Router::run(Context& c, const Route& route) const {
  const bool changes = route.method != "GET";
  const bool is_secure = parts_.options.is_secure();
  c.session_token = cookie_of(c.request, Cookie::session, is_secure);
  if (route.is_api()) c.response.set("Cache-Control", "no-store");
  if (route.auth == Auth::signed_in) {
    std::optional<SignedIn> found = find_caller(parts_.service, c.request, is_secure);
    if (!found) throw Problem(401, "not_signed_in", "Sign in, or send a valid API key.");
    if (changes) check_same_origin(c.request, found->is_by_cookie, is_secure);
    c.caller = std::move(found->caller);
    limit(c);
    if (route.action && !c.caller->identity.actions.contains(*route.action))
      throw Error(ErrorCode::denied, "Your roles, or this key, do not include the action '" +
                                         std::string(access::name_of(*route.action)) + "'.");
  } else if (changes) {
    check_same_origin(c.request, !c.session_token.empty(), is_secure);
  }
  if (route.body == Body::json) read_json_body(c);
  if (route.cost == Cost::compute || route.cost == Cost::drawing) {
    Gate& gate = route.cost == Cost::drawing ? parts_.drawings : parts_.compute;
    c.pass.take(gate.enter(c.caller->identity.user.name, c.request.gone));
  }
  route.handler(c);
}

// What one person may ask at once and in a second.
void Router::limit(Context& c) const {
  const std::string& name = c.caller->identity.user.name;
  if (!parts_.rates.try_take(name, std::chrono::steady_clock::now()))
    throw Problem(429, "too_many_requests", "You send requests faster than is served; slow down.",
                  1);
  c.place.emplace(parts_.people.enter(name, c.request.gone));
}

// Names that are not ours are refused, so that no other site's name can be pointed at this server
// to read from it in a visitor's browser (DNS rebinding).
void Router::check_host(const HttpRequest& request) const {
  const std::string name = host_name_of(request.head.header("host").value_or("")).value_or("");
  const ServerOptions& o = parts_.options;
  const auto is_listed = [&](std::string_view n) {
    return std::find(o.host_names.begin(), o.host_names.end(), n) != o.host_names.end();
  };
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]" || is_listed(name)) return;
  if (o.behind_proxy && o.host_names.empty()) return;
  if (host_name_of(o.listen) == name) return;
  throw Problem(400, "bad_host",
                "This server does not go by that name; add it to server.host_names.");
}

}  // namespace carrel::server
