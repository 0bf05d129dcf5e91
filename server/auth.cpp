// Who a request comes from, and whether the browser that sent it was on our own page.
#include <optional>

#include "core/error.h"
#include "core/utf8.h"
#include "server/context.h"
#include "server/service.h"

namespace carrel::server {

namespace {

constexpr std::size_t kTokenBytesMax = 512;
constexpr std::int64_t kDeviceSeconds = 90LL * 24 * 3600;

std::string name_of(Cookie which, bool is_secure) {
  const std::string name = which == Cookie::session ? "carrel_session" : "carrel_device";
  return is_secure ? "__Host-" + name : name;
}

}  // namespace

std::string cookie_of(const HttpRequest& request, Cookie which, bool is_secure) {
  const std::string name = name_of(which, is_secure);
  std::string_view rest = request.head.header("cookie").value_or("");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view pair = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1).substr(0, kTokenBytesMax));
  }
  return {};
}

std::string make_cookie(Cookie which, std::string_view token, bool is_secure) {
  std::string out = name_of(which, is_secure) + "=" + std::string(token) +
                    "; Path=/; HttpOnly; SameSite=Strict" + (is_secure ? "; Secure" : "");
  if (which == Cookie::device) out += "; Max-Age=" + std::to_string(kDeviceSeconds);
  return out;
}

std::string end_session_cookie(bool is_secure) {
  return make_cookie(Cookie::session, "", is_secure) + "; Max-Age=0";
}

// A key that was sent decides alone: a bad one is not made good by a cookie beside it.
std::optional<SignedIn> find_caller(Service& service, const HttpRequest& request, bool is_secure) {
  constexpr std::string_view scheme = "Bearer ";
  std::optional<access::Identity> found;
  const auto authorization = request.head.header("authorization");
  if (authorization) {
    if (!authorization->starts_with(scheme)) return std::nullopt;
    const std::string_view key = trim(authorization->substr(scheme.size()));
    if (key.size() <= kTokenBytesMax) found = service.credentials.find_key(key);
  } else if (const std::string token = cookie_of(request, Cookie::session, is_secure);
             !token.empty()) {
    found = service.credentials.find_session(token);
  }
  if (!found) return std::nullopt;
  return SignedIn{Caller{std::move(*found), ""}, !authorization};
}

void check_same_origin(const HttpRequest& request, bool needs_header, bool is_secure) {
  const Error foreign(ErrorCode::denied, "The request comes from a page of another site.");
  if (needs_header && request.head.header("x-carrel-request") != "1")
    throw Error(ErrorCode::denied,
                "A request that changes something must carry the header X-Carrel-Request: 1.");
  const auto site = request.head.header("sec-fetch-site");
  if (site && site != "same-origin" && site != "none") throw foreign;
  const auto origin = request.head.header("origin");
  if (!origin) return;
  const std::string own = std::string(is_secure ? "https://" : "http://") +
                          std::string(request.head.header("host").value_or(""));
  if (*origin != own) throw foreign;
}

}  // namespace carrel::server
