// server/server.h
//
// Carrel over HTTP, whole: connections, routes, gates and background jobs around one Service.
//
//   Service service{...};                       // references that outlive the server
//   Server server(service, options, assets);
//   server.start();                             // listens, picks up waiting jobs
//   ... server.port() ...
//   server.stop();                              // graceful
//
// Threads: start() and stop() from one thread. Ownership: borrows service and assets.
#pragma once

#include <cstdint>
#include <memory>

#include "server/api.h"
#include "server/assets.h"
#include "server/job_runner.h"
#include "server/options.h"
#include "server/service.h"

namespace carrel::server {

class Server {
 public:
  // Errors: invalid_argument (the TLS certificate cannot be used).
  Server(Service& service, const ServerOptions& options, const AssetSource& assets);
  ~Server();

  void start();  // Errors: invalid_argument (options), unavailable (address taken)
  void stop();
  std::uint16_t port() const;

  // Reads the TLS certificate again, without touching open connections; whether there was anything
  // to read. Errors: invalid_argument (the files cannot be used; the old certificate stays).
  bool reload_certificate(bool only_if_changed);

  const Api& api() const;
  JobRunner& jobs();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::server
