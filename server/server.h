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
  Server(Service& service, const ServerOptions& options, const AssetSource& assets);
  ~Server();

  void start();  // Errors: invalid_argument (options), unavailable (address taken)
  void stop();
  std::uint16_t port() const;

  const Api& api() const;
  JobRunner& jobs();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::server
