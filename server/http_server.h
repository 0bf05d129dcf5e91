// server/http_server.h
//
// HTTP/1.1 without opinions about what is served: connections in front (connection_loop), workers
// behind, one handler for every request.
//
// Threads: the handler runs on many threads at once. start() and stop() from one thread.
// Ownership: owns its threads and sockets; the hooks must stay callable until stop() returned.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/random.h"
#include "server/http_message.h"
#include "server/options.h"

namespace carrel::server {

struct HttpHooks {
  // How large the body of a request may be.
  std::function<std::uint64_t(const HttpHead&)> body_bytes_max;
  // Whether it is answered from memory, without ever waiting: then no worker is needed for it.
  std::function<bool(const HttpHead&)> is_instant;
  std::function<HttpResponse(HttpRequest&)> handle;  // must not throw
  std::function<void(int status)> on_refusal;        // told of requests that never reach `handle`
};

class HttpServer {
 public:
  // Errors: invalid_argument (the certificate cannot be used).
  HttpServer(const ServerOptions& options, SecretSource& secrets, HttpHooks hooks);
  ~HttpServer();

  void start();  // Errors: invalid_argument (listen), unavailable (address taken)
  void stop();   // graceful; see ConnectionLoop::stop
  std::uint16_t port() const;
  std::size_t open_connections() const;

  // Reads the certificate's files again, for connections that come from now on; whether there was
  // anything to read. Errors: invalid_argument (the old one stays in use).
  bool reload_certificate(bool only_if_changed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::server
