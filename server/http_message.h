// server/http_message.h
//
// A request and its answer as the handlers see them, free of any HTTP library.
//
// Threads: one request, one thread. The client's leaving shows in `gone`, which the connection loop
// cancels from its own thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/cancel.h"
#include "server/http_head.h"

namespace carrel::server {

// The bytes of a body that was not read in advance.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // How many bytes were put into `out`; 0 at the end. Errors: cancelled (the client left),
  // deadline.
  virtual std::size_t read(std::span<char> out) = 0;
};

// Where a streamed answer goes; each write leaves at once.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void write(std::string_view bytes) = 0;  // Errors: cancelled (the client left)
};

struct HttpRequest {
  HttpHead head;
  BodySource* body = nullptr;  // borrowed; gives content_length bytes
  std::string peer;            // address of the other end
  std::string id;              // for logs and problems
  CancelToken gone;            // cancelled when the client closes its side
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  Fields headers;
  std::string body;
  // Instead of `body`: bytes that outlive the server, such as the web UI's files; not copied.
  std::string_view shared_body;
  // Instead of `body`: `pulled_bytes` bytes, asked for piece by piece as the client takes them; may
  // throw Error, after which the connection closes with the answer cut short.
  std::function<std::size_t(std::span<char>)> pull;
  std::uint64_t pulled_bytes = 0;
  // Instead of `body`: called once the status is on its way; must not throw but Error.
  std::function<void(BodySink&)> stream;
  // Lives until the answer is sent or the client gave up: a place among those who download.
  std::shared_ptr<void> held;

  void set(std::string_view name, std::string_view value) {
    headers.emplace_back(std::string(name), std::string(value));
  }
};

// Sent with every answer, whatever it is.
const Fields& security_headers();

// How the bytes of an answer are framed (RFC 9112 section 6).
struct Framing {
  bool is_head = false;       // the request was HEAD: the same fields, no body
  bool keep_alive = false;    // the connection stays open afterwards
  bool is_chunked = false;    // a streamed body in chunks; else a streamed body ends the connection
  bool is_encrypted = false;  // the client is told to come back by TLS alone
};

// Status line and fields with the empty line that ends them. Field values of ours that hold a
// control character are a bug: asserted.
std::string serialize_head(const HttpResponse& response, const Framing& framing);

}  // namespace carrel::server
