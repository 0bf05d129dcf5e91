// Who a request comes from, and whether the browser that sent it was on our own page.
#include <optional>

#include "core/error.h"
#include "core/utf8.h"
#include "server/context.h"
#include "server/service.h"

namespace carrel::server {

namespace {
constexpr std::string_view kCookie = "carrel_session";
constexpr std::size_t kTokenBytesMax = 512;
}  // namespace

std::string session_cookie_of(const HttpRequest& request) {
  std::string_view rest = request.head.header("cookie").value_or("");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view pair = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.size() > kCookie.size() && pair.starts_with(kCookie) && pair[kCookie.size()] == '=')
      return std::string(pair.substr(kCookie.size() + 1).substr(0, kTokenBytesMax));
  }
  return {};
}

std::string make_session_cookie(std::string_view token, bool is_secure) {
  return std::string(kCookie) + "=" + std::string(token) + "; Path=/; HttpOnly; SameSite=Strict" +
         (is_secure ? "; Secure" : "");
}

std::string end_session_cookie(bool is_secure) {
  return make_session_cookie("", is_secure) + "; Max-Age=0";
}

// A key that was sent decides alone: a bad one is not made good by a cookie beside it.
std::optional<SignedIn> find_caller(Service& service, const HttpRequest& request) {
  constexpr std::string_view scheme = "Bearer ";
  std::optional<access::Identity> found;
  const auto authorization = request.head.header("authorization");
  if (authorization) {
    if (!authorization->starts_with(scheme)) return std::nullopt;
    const std::string_view key = trim(authorization->substr(scheme.size()));
    if (key.size() <= kTokenBytesMax) found = service.credentials.find_key(key);
  } else if (const std::string token = session_cookie_of(request); !token.empty()) {
    found = service.credentials.find_session(token);
  }
  if (!found) return std::nullopt;
  return SignedIn{Caller{std::move(*found), ""}, !authorization};
}

void check_same_origin(const HttpRequest& request, bool needs_header) {
  if (needs_header && request.head.header("x-carrel-request") != "1")
    throw Error(ErrorCode::denied,
                "A request that changes something must carry the header X-Carrel-Request: 1.");
  const auto origin = request.head.header("origin");
  if (!origin) return;
  const std::size_t scheme = origin->find("://");
  const std::string_view host = request.head.header("host").value_or("");
  if (scheme == std::string_view::npos || origin->substr(scheme + 3) != host)
    throw Error(ErrorCode::denied, "The request comes from a page of another site.");
}

}  // namespace carrel::server
