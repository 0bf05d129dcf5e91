#include "server/http_server.h"

#include <atomic>
#include <optional>

#include <httplib.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "server/connection_loop.h"
#include "server/guarded_stream.h"
#include "server/problem.h"
#include "server/worker_pool.h"

namespace carrel::server {

namespace {

class StreamedBody final : public BodySink {
 public:
  explicit StreamedBody(httplib::DataSink& sink) : sink_(sink) {}
  void write(std::string_view bytes) override {
    if (!sink_.write(bytes.data(), bytes.size()))
      throw carrel::Error(ErrorCode::cancelled, "The client left.");
  }

 private:
  httplib::DataSink& sink_;
};

void copy_to(HttpResponse&& from, httplib::Response& to, bool is_http_1_0) {
  to.status = from.status;
  for (const auto& [name, value] : security_headers()) to.set_header(name, value);
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (!from.stream) {
    to.body = std::move(from.body);
    if (!from.content_type.empty()) to.set_header("Content-Type", from.content_type);
    return;
  }
  auto run = [stream = std::move(from.stream)](httplib::DataSink& sink) {
    try {
      StreamedBody body(sink);
      stream(body);
    } catch (const std::exception&) {
      return false;  // the client is gone, or the handler broke its word: the stream ends
    }
    sink.done();
    return true;
  };
  // A client of HTTP/1.0 knows no chunks: for it the end of the connection ends the body.
  if (is_http_1_0)
    to.set_content_provider(from.content_type,
                            [run](size_t, httplib::DataSink& sink) { return run(sink); });
  else
    to.set_chunked_content_provider(from.content_type,
                                    [run](size_t, httplib::DataSink& sink) { return run(sink); });
}

// The library's request processing, fed through GuardedStream. Everything is answered by the
// pre-routing handler, so none of its own routing, body reading or file serving is ever reached.
class Bridge final : public httplib::Server {
 public:
  Bridge() {
    // The library takes a server without a listening socket for one that is shutting down, and
    // then calls no stream. Ours is elsewhere; this value is compared, never used or closed.
    svr_sock_ = 0;
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      copy_to(std::move(*t_answer), response, t_is_http_1_0);
      return HandlerResponse::Handled;
    });
  }

  void send(GuardedStream& stream, HttpResponse&& answer, bool is_http_1_0) {
    t_answer = &answer;
    t_is_http_1_0 = is_http_1_0;
    bool ignored = false;
    process_request(stream, /*close_connection=*/true, ignored, nullptr);
    t_answer = nullptr;
  }

 private:
  static thread_local HttpResponse* t_answer;
  static thread_local bool t_is_http_1_0;
};
thread_local HttpResponse* Bridge::t_answer = nullptr;
thread_local bool Bridge::t_is_http_1_0 = false;

}  // namespace

struct HttpServer::State {
  ServerOptions options;
  Handler handler;
  Bridge bridge;
  std::string id_prefix;
  std::atomic<std::uint64_t> requests{0};
  ConnectionLoop loop;
  std::optional<WorkerPool> workers;

  State(const ServerOptions& o, SecretSource& secrets, BodyRule body_bytes_max, Handler h)
      : options(o),
        handler(std::move(h)),
        loop(o,
             {.body_bytes_max = std::move(body_bytes_max),
              .hand_over =
                  [this](Connection& c) { return workers->try_submit([this, &c] { serve(c); }); },
              .refuse =
                  [this](const HttpRefusal& r) {
                    return problem_response(Problem(r.status, std::string(r.code),
                                                    std::string(r.detail), r.status == 503 ? 2 : 0),
                                            next_id());
                  }}) {
    std::array<std::uint8_t, 5> random{};
    secrets.fill(random);
    id_prefix = to_hex(random);
  }

  std::string next_id() { return id_prefix + "-" + std::to_string(++requests); }

  void serve(Connection& c) {
    GuardedStream stream(c, options);
    HttpRequest request;
    request.head = std::move(c.head);
    c.head.content_length = request.head.content_length;
    c.head.expects_continue = request.head.expects_continue;
    c.head.method = request.head.method;
    request.body = &stream;
    request.peer = c.peer;
    request.id = next_id();
    request.gone = c.gone;
    bridge.send(stream, handler(request), request.head.minor_version == 0);
    loop.finished(c);
  }
};

HttpServer::HttpServer(const ServerOptions& options, SecretSource& secrets, BodyRule body_bytes_max,
                       Handler handler)
    : state_(std::make_unique<State>(options, secrets, std::move(body_bytes_max),
                                     std::move(handler))) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::start() {
  const ListenAddress address = parse_listen(state_->options);
  state_->workers.emplace(state_->options.workers, state_->options.queue_max);
  state_->loop.start(address);
  log::info("server.listening", {{"host", address.host}, {"port", std::int64_t{port()}}});
}

void HttpServer::stop() {
  state_->loop.stop();
  state_->workers.reset();
}

std::uint16_t HttpServer::port() const { return state_->loop.port(); }

}  // namespace carrel::server
