// server/router.h
//
// From a request to its row in the route table, past the checks that every row needs: host,
// sign-in, same origin, action, body, gate. The one place where an exception becomes an answer.
//
// Threads: answer() may run on many threads. Ownership: borrows all parts.
#pragma once

#include <cstdint>

#include "server/context.h"
#include "server/route.h"

namespace carrel::server {

class Router {
 public:
  explicit Router(Parts& parts) : parts_(parts) {}

  HttpResponse answer(HttpRequest& request) const;  // never throws

  // How large a body the request may have: 0 where its route takes none.
  static std::uint64_t body_bytes_max(const HttpHead& head, const ServerOptions& options);

  // Whether the answer never waits: for the connection loop, which then gives it itself.
  static bool is_instant(const HttpHead& head);

 private:
  void dispatch(Context& context) const;
  void run(Context& context, const Route& route) const;
  void limit(Context& context) const;
  void count(const Context& context, double seconds) const;
  void check_host(const HttpRequest& request) const;

  Parts& parts_;
};

}  // namespace carrel::server
