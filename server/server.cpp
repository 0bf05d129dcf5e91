#include "server/server.h"

#include <algorithm>

#include "server/context.h"
#include "server/gate.h"
#include "server/http_server.h"
#include "server/metrics.h"
#include "server/rate_limit.h"
#include "server/router.h"

namespace carrel::server {

namespace {
// Attempts to sign in that are refused unread are recorded at this rate at most, so that a flood of
// them cannot fill the disk with records; metrics count them all.
constexpr double kSlowedAuditsPerSecond = 1;
}  // namespace

struct Server::State {
  ServerOptions options;
  Api api;
  JobRunner jobs;
  Gate compute;
  Gate drawings;
  Gate streams;
  Gate downloads;
  Gate uploads;
  Gate sign_ins;
  Gate known_sign_ins;
  Gate people;
  RateLimit rates;
  RateLimit slowed{kSlowedAuditsPerSecond};
  Metrics metrics;
  Parts parts;
  Router router;
  HttpServer http;

  State(Service& service, const ServerOptions& o, const AssetSource& assets)
      : options(o),
        api(service, options),
        jobs(service, options),
        compute({.running_max = o.compute_max,
                 .waiting_max = o.compute_waiting_max,
                 .per_key_max = o.compute_per_user_max,
                 .wait_max = o.compute_wait_max}),
        // What a page costs is up to whoever made the file, so no one person holds the last place.
        drawings({.running_max = o.drawings_max,
                  .waiting_max = o.compute_waiting_max,
                  .per_key_max = o.compute_per_user_max,
                  .running_per_key_max = std::max<std::size_t>(1, o.drawings_max - 1),
                  .wait_max = o.compute_wait_max}),
        streams({.running_max = o.streams_max, .per_key_max = o.compute_per_user_max}),
        downloads({.running_max = o.downloads_max, .per_key_max = o.compute_per_user_max}),
        uploads({.running_max = o.uploads_max,
                 .waiting_max = o.uploads_max,
                 .per_key_max = o.uploads_per_user_max,
                 .wait_max = o.compute_wait_max}),
        // Strangers get half of the places where passwords are checked, and the queue is
        // shared fairly by address; whoever has signed in before from there passes them.
        sign_ins({.running_max = std::max<std::size_t>(1, o.sign_ins_max / 2),
                  .waiting_max = o.sign_ins_waiting_max,
                  .wait_max = o.compute_wait_max}),
        known_sign_ins({.running_max = o.sign_ins_max,
                        .waiting_max = o.sign_ins_waiting_max,
                        .per_key_max = 2,
                        .wait_max = o.compute_wait_max}),
        people({.running_max = SIZE_MAX, .per_key_max = o.requests_per_user_max}),
        rates(static_cast<double>(o.requests_per_second_max)),
        parts{service,
              options,
              api,
              jobs,
              assets,
              compute,
              drawings,
              streams,
              downloads,
              uploads,
              sign_ins,
              known_sign_ins,
              people,
              rates,
              slowed,
              metrics,
              [this] { return http.open_connections(); }},
        router(parts),
        http(options, service.secrets,
             {.body_bytes_max =
                  [this](const HttpHead& head) { return Router::body_bytes_max(head, options); },
              .is_instant = [](const HttpHead& head) { return Router::is_instant(head); },
              .handle = [this](HttpRequest& request) { return router.answer(request); },
              .on_refusal = [this](int status) { metrics.count_request(nullptr, status, 0); }}) {}
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

bool Server::reload_certificate(bool only_if_changed) {
  return state_->http.reload_certificate(only_if_changed);
}

std::uint16_t Server::port() const { return state_->http.port(); }

const Api& Server::api() const { return state_->api; }

JobRunner& Server::jobs() { return state_->jobs; }

}  // namespace carrel::server
