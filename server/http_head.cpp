#include "server/http_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/utf8.h"

namespace carrel::server {

namespace {

bool is_token_char(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return c == '\t' || (u >= 0x20 && u != 0x7f);
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

HttpRefusal bad(std::string_view detail) { return {400, "bad_request", detail}; }

std::optional<HttpRefusal> parse_request_line(std::string_view line, HttpHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("The request line is malformed.");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/"))
      return HttpRefusal{505, "http_version", "This server speaks HTTP/1.1."};
    return bad("The request line is malformed.");
  }
  head.minor_version = version.back() - '0';
  constexpr std::array<std::string_view, 5> known = {"GET", "HEAD", "POST", "PUT", "DELETE"};
  if (!is_token(method)) return bad("The request line is malformed.");
  if (std::find(known.begin(), known.end(), method) == known.end())
    return HttpRefusal{501, "method_unknown", "This server knows GET, HEAD, POST, PUT and DELETE."};
  if (target.size() > kTargetBytesMax)
    return HttpRefusal{414, "target_too_long", "The address is longer than this server reads."};
  if (target.empty() || target.front() != '/')
    return bad("The request must name a path, beginning with '/'.");
  const bool is_printable = std::all_of(target.begin(), target.end(),
                                        [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!is_printable) return bad("The address holds characters that must be percent-encoded.");
  head.method = method;
  const std::size_t mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  return std::nullopt;
}

std::optional<HttpRefusal> parse_fields(std::string_view rest, HttpHead& head) {
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return bad("A header line is malformed.");
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return bad("A header holds control characters.");
    if (head.headers.size() == kHeadersMax)
      return HttpRefusal{431, "head_too_large", "The request has more headers than are read."};
    head.headers.emplace_back(lower(line.substr(0, colon)), std::string(value));
  }
  return std::nullopt;
}

std::size_t count_of(const HttpHead& head, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(head.headers.begin(), head.headers.end(),
                                                [&](const auto& h) { return h.first == name; }));
}

std::optional<HttpRefusal> check_body(HttpHead& head) {
  if (count_of(head, "transfer-encoding") != 0)
    return bad("Transfer-Encoding is not accepted; send a Content-Length.");
  if (count_of(head, "content-encoding") != 0)
    return HttpRefusal{415, "content_encoding", "Compressed bodies are not accepted."};
  const bool wants_body = head.method == "POST" || head.method == "PUT";
  const std::size_t lengths = count_of(head, "content-length");
  if (lengths > 1) return bad("The request has more than one Content-Length.");
  if (lengths == 0) {
    if (wants_body)
      return HttpRefusal{411, "length_required", "Send a Content-Length with the body."};
    return std::nullopt;
  }
  const std::string_view text = *head.header("content-length");
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), head.content_length);
  if (text.empty() || text.front() == '+' || text.front() == '-' || error != std::errc() ||
      end != text.data() + text.size())
    return bad("The Content-Length is not a number.");
  if (!wants_body && head.content_length != 0) return bad("This method takes no body.");
  return std::nullopt;
}

std::optional<HttpRefusal> check_fields(HttpHead& head) {
  if (count_of(head, "host") != 1 || !host_name_of(*head.header("host")))
    return HttpRefusal{400, "bad_host", "The request must carry exactly one valid Host header."};
  if (count_of(head, "range") != 0)
    return HttpRefusal{416, "range_refused", "This server sends whole answers only."};
  for (const std::string_view once :
       {"authorization", "cookie", "origin", "content-type", "expect"})
    if (count_of(head, once) > 1) return bad("A header that may come once came twice.");
  for (const auto& [name, value] : head.headers)
    if (name == "connection") head.wants_close |= lower(value).find("close") != std::string::npos;
  if (const auto expect = head.header("expect")) {
    if (lower(*expect) != "100-continue")
      return HttpRefusal{417, "expectation_failed", "The Expect header is not understood."};
    head.expects_continue = true;
  }
  return check_body(head);
}

}  // namespace

std::optional<std::string_view> HttpHead::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return std::nullopt;
}

std::variant<HttpHead, HttpRefusal> parse_head(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool pairs = (bytes[i] == '\n') ? (i > 0 && bytes[i - 1] == '\r')
                                          : (bytes[i] != '\r' || bytes.substr(i + 1, 1) == "\n");
    if (!pairs) return bad("Lines of the head must end with CRLF.");
  }
  HttpHead head;
  const std::size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return bad("The request line is malformed.");
  if (auto refusal = parse_request_line(bytes.substr(0, end), head)) return *refusal;
  if (auto refusal = parse_fields(bytes.substr(end + 2), head)) return *refusal;
  if (auto refusal = check_fields(head)) return *refusal;
  return head;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit(text[i + 1]);
      const int low = digit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::optional<Fields> parse_query(std::string_view query) {
  Fields out;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value || !is_valid_utf8(*name) || !is_valid_utf8(*value)) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::optional<std::string> host_name_of(std::string_view host) {
  std::string_view name = host;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    name = host.substr(0, close + 1);
    const std::string_view rest = host.substr(close + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
    port = rest.empty() ? rest : rest.substr(1);
  } else if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    name = host.substr(0, colon);
    port = host.substr(colon + 1);
  }
  const auto is_port = [](char c) { return c >= '0' && c <= '9'; };
  if (port.size() > 5 || !std::all_of(port.begin(), port.end(), is_port)) return std::nullopt;
  const bool is_bracketed = name.starts_with('[');
  const auto is_name_char = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_port(c) || c == '.' || c == '-' ||
           (is_bracketed ? (c == '[' || c == ']' || c == ':') : c == '_');
  };
  if (name.empty() || name.size() > 255 || !std::all_of(name.begin(), name.end(), is_name_char))
    return std::nullopt;
  return lower(name);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

}  // namespace carrel::server
