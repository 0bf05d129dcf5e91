#include "server/server.h"

#include <algorithm>

#include "server/context.h"
#include "server/gate.h"
#include "server/http_server.h"
#include "server/router.h"

namespace carrel::server {

struct Server::State {
  ServerOptions options;
  Api api;
  JobRunner jobs;
  Gate compute;
  Gate streams;
  Gate uploads;
  Gate sign_ins;
  Parts parts;
  Router router;
  HttpServer http;

  State(Service& service, const ServerOptions& o, const AssetSource& assets)
      : options(o),
        api(service, options),
        jobs(service, options),
        compute({.running_max = o.compute_max,
                 .waiting_max = o.compute_waiting_max,
                 .per_user_max = o.compute_per_user_max,
                 .wait_max = o.compute_wait_max}),
        streams({.running_max = o.streams_max, .per_user_max = o.compute_per_user_max}),
        uploads({.running_max = o.uploads_max,
                 .waiting_max = o.uploads_max,
                 .per_user_max = std::max<std::size_t>(1, o.uploads_max / 2),
                 .wait_max = o.compute_wait_max}),
        sign_ins({.running_max = o.sign_ins_max,
                  .waiting_max = 2 * o.sign_ins_max,
                  .wait_max = o.compute_wait_max}),
        parts{service, options, api, jobs, assets, compute, streams, uploads, sign_ins},
        router(parts),
        http(
            options, service.secrets,
            [this](const HttpHead& head) { return Router::body_bytes_max(head, options); },
            [this](HttpRequest& request) { return router.answer(request); }) {}
};

Server::Server(Service& service, const ServerOptions& options, const AssetSource& assets)
    : state_(std::make_unique<State>(service, options, assets)) {}

Server::~Server() { stop(); }

void Server::start() {
  state_->http.start();
  state_->jobs.start();
}

void Server::stop() {
  state_->http.stop();
  state_->jobs.stop();
}

std::uint16_t Server::port() const { return state_->http.port(); }

const Api& Server::api() const { return state_->api; }

JobRunner& Server::jobs() { return state_->jobs; }

}  // namespace carrel::server
