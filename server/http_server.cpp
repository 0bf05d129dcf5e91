#include "server/http_server.h"

#include <array>
#include <atomic>
#include <optional>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "server/client_stream.h"
#include "server/connection_loop.h"
#include "server/problem.h"
#include "server/tls.h"
#include "server/worker_pool.h"

namespace carrel::server {

namespace {

std::unique_ptr<Tls> tls_of(const ServerOptions& options) {
  if (!options.has_tls() || options.tls_key.empty()) return nullptr;
  return std::make_unique<Tls>(options.tls_certificate, options.tls_key);
}

}  // namespace

struct HttpServer::State {
  ServerOptions options;
  HttpHooks hooks;
  const AddressSet proxies;
  std::unique_ptr<Tls> tls;
  std::array<std::uint8_t, 16> id_key{};
  std::atomic<std::uint64_t> requests{0};
  ConnectionLoop loop;
  std::optional<WorkerPool> workers;

  State(const ServerOptions& o, SecretSource& secrets, HttpHooks h)
      : options(o),
        hooks(std::move(h)),
        proxies(o.trusted_proxies),
        tls(tls_of(o)),
        loop(o, tls.get(),
             {.body_bytes_max = hooks.body_bytes_max,
              .is_instant = hooks.is_instant,
              .hand_over =
                  [this](Connection& c) { return workers->try_submit([this, &c] { work(c); }); },
              .serve = [this](Connection& c) { serve(c); },
              .refuse = [this](const HttpRefusal& r) { return refuse(r); }}) {
    secrets.fill(id_key);
  }

  // In no order that could be seen: a number would tell how much others ask.
  std::string next_id() {
    const Digest digest = hmac_sha256(id_key, std::to_string(++requests));
    return to_hex(std::span(digest).first(8));
  }

  HttpResponse refuse(const HttpRefusal& r) {
    if (hooks.on_refusal) hooks.on_refusal(r.status);
    return problem_response(
        Problem(r.status, std::string(r.code), std::string(r.detail), r.status == 503 ? 2 : 0),
        next_id());
  }

  // A worker's task: to serve the request, or to fetch more of an answer that is under way.
  void work(Connection& c) {
    if (c.out.needs_refill())
      send(c);
    else
      serve(c);
  }

  void serve(Connection& c) {
    const bool may_chunk = c.head.minor_version == 1;
    ClientStream stream(c, options, may_chunk);
    HttpRequest request;
    request.head = c.head;
    request.body = &stream;
    request.peer = client_address(c.peer, c.head.header("x-forwarded-for").value_or(""), proxies);
    request.id = next_id();
    request.gone = c.gone;
    HttpResponse response = hooks.handle(request);
    c.keep_alive = c.keep_alive && stream.is_body_consumed() && !loop.is_stopping();
    Framing framing{.is_head = c.head.method == "HEAD",
                    .keep_alive = c.keep_alive,
                    .is_chunked = static_cast<bool>(response.stream) && may_chunk,
                    .is_encrypted = options.sends_hsts()};
    if (response.stream) return send_stream(c, stream, std::move(response), framing);
    c.out = Outgoing(std::move(response), framing);
    send(c);
  }

  void send_stream(Connection& c, ClientStream& stream, HttpResponse&& response,
                   const Framing& framing) {
    try {
      stream.write_head(serialize_head(response, framing));
      response.stream(stream);
      stream.end();
    } catch (const std::exception&) {
      c.keep_alive = false;  // the client is gone, or the handler broke its word: the stream ends
    }
    response.stream = nullptr;
    response.held.reset();
    loop.finished(c);
  }

  // Sends what the socket takes; the loop sends the rest.
  void send(Connection& c) {
    try {
      do {
        const Io io = c.out.send(c.transport);
        if (io == Io::closed) c.keep_alive = false;
        if (io == Io::closed) return loop.finished(c);
        if (io != Io::done) return loop.send_rest(c);
      } while (c.out.refill());
    } catch (const std::exception& error) {
      log::error("server.answer_cut_short", {{"reason", error.what()}});
      c.keep_alive = false;
    }
    c.out = Outgoing();  // gives back what the answer held before the client can ask again
    loop.finished(c);
  }
};

HttpServer::HttpServer(const ServerOptions& options, SecretSource& secrets, HttpHooks hooks)
    : state_(std::make_unique<State>(options, secrets, std::move(hooks))) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start() {
  const ListenAddress address = parse_listen(state_->options);
  state_->workers.emplace(state_->options.threads(), state_->options.queue_max);
  state_->loop.start(address);
  log::info("server.listening", {{"host", address.host}, {"port", std::int64_t{port()}}});
}

void HttpServer::stop() {
  state_->loop.stop();
  state_->workers.reset();
}

bool HttpServer::reload_certificate(bool only_if_changed) {
  if (state_->tls == nullptr) return false;
  if (only_if_changed) return state_->tls->reload_if_changed();
  state_->tls->reload();
  return true;
}

std::uint16_t HttpServer::port() const { return state_->loop.port(); }
std::size_t HttpServer::open_connections() const { return state_->loop.open_connections(); }

}  // namespace carrel::server
