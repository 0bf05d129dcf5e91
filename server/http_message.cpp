#include "server/http_message.h"

#include <algorithm>

#include "core/error.h"

namespace carrel::server {

namespace {

// Statuses that never have a body (RFC 9110 sections 15.3.5 and 15.4.5).
bool has_no_body(int status) { return status == 204 || status == 304; }

bool is_field_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace

const Fields& security_headers() {
  static const Fields fields = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
       "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
       "frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  return fields;
}

std::string serialize_head(const HttpResponse& response, const Framing& framing) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ' +
                    std::string(reason_phrase(response.status)) + "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    CARREL_ASSERT(is_field_text(name) && is_field_text(value));
    out.append(name).append(": ").append(value).append("\r\n");
  };
  for (const auto& [name, value] : security_headers()) add(name, value);
  if (framing.is_encrypted) add("Strict-Transport-Security", "max-age=31536000");
  for (const auto& [name, value] : response.headers) add(name, value);
  if (!response.content_type.empty()) add("Content-Type", response.content_type);
  if (framing.is_chunked)
    add("Transfer-Encoding", "chunked");
  else if (!response.stream && !has_no_body(response.status))
    add("Content-Length",
        std::to_string(response.pull ? response.pulled_bytes
                                     : response.body.size() + response.shared_body.size()));
  add("Connection", framing.keep_alive ? "keep-alive" : "close");
  out += "\r\n";
  return out;
}

}  // namespace carrel::server
