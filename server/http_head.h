// server/http_head.h
//
// Reads the head of one request, strictly (RFC 9112): what two readers could understand in two ways
// is refused rather than interpreted, so that no proxy in front can be made to disagree with us.
//
// Refused are line ends other than CRLF, folded lines, Transfer-Encoding, more than one
// Content-Length, bodies on GET, HEAD and DELETE, targets that are not a path, ranges, compressed
// bodies, and anything but one well-formed Host.
// Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace carrel::server {

inline constexpr std::size_t kTargetBytesMax = 4096;
inline constexpr std::size_t kHeadersMax = 64;

using Fields = std::vector<std::pair<std::string, std::string>>;

struct HttpHead {
  std::string method;  // GET, HEAD, POST, PUT or DELETE
  std::string path;    // as sent, still encoded, begins with '/'
  std::string query;   // as sent, without '?'
  int minor_version = 1;
  Fields headers;  // names in lower case, values trimmed
  std::uint64_t content_length = 0;
  bool expects_continue = false;
  bool wants_close = false;  // "Connection: close"

  // HTTP/1.0 has no agreed way to.
  bool allows_keep_alive() const { return minor_version == 1 && !wants_close; }
  std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

struct HttpRefusal {
  int status = 400;
  std::string_view code;
  std::string_view detail;  // for the person at the other end
};

// `bytes` ends with the empty line.
std::variant<HttpHead, HttpRefusal> parse_head(std::string_view bytes);

// Decodes %XX (and '+' to a space, in queries). None: malformed, or a NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// Decoded names and values in order. None: malformed or not UTF-8.
std::optional<Fields> parse_query(std::string_view query);

// "localhost", "127.0.0.1:8080", "[::1]:8080": the name without port, lower case. None: malformed.
std::optional<std::string> host_name_of(std::string_view host);

std::string_view reason_phrase(int status);

}  // namespace carrel::server
