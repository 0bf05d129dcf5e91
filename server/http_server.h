// server/http_server.h
//
// HTTP/1.1 without opinions about what is served: connections in front (connection_loop), workers
// behind, one handler for every request.
//
// Threads: the handler runs on many threads at once. start() and stop() from one thread.
// Ownership: owns its threads and sockets; `handler` must stay callable until stop() returned.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/random.h"
#include "server/http_message.h"
#include "server/options.h"

namespace carrel::server {

class HttpServer {
 public:
  using Handler = std::function<HttpResponse(HttpRequest&)>;
  using BodyRule = std::function<std::uint64_t(const HttpHead&)>;

  // `body_bytes_max` says how large the body of a request may be; the handler must not throw.
  HttpServer(const ServerOptions& options, SecretSource& secrets, BodyRule body_bytes_max,
             Handler handler);
  ~HttpServer();

  void start();  // Errors: invalid_argument (listen), unavailable (address taken)
  void stop();   // graceful; see ConnectionLoop::stop
  std::uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::server
