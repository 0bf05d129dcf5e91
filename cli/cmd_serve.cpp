// serve: the web UI and the API, and the local socket through which other commands come in.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <ostream>
#include <thread>

#include "cli/command.h"
#include "cli/control_socket.h"
#include "cli/serving.h"
#include "core/log.h"
#include "server/server.h"
#include "web/assets.h"

namespace carrel::cli {
namespace {

constexpr std::chrono::milliseconds kSignalPoll{100};
constexpr std::chrono::seconds kCertificatePoll{5};

std::atomic<bool> asked_to_reload{false};

// SIGHUP asks a service to read its certificate again, as reverse proxies do.
void on_hangup(int) { asked_to_reload = true; }

struct ServeFlags {
  std::string listen;
  std::string tls_certificate;
  std::string tls_key;
  bool behind_proxy = false;
};

class WebAssets final : public server::AssetSource {
 public:
  server::Asset find(std::string_view name) const override {
    for (const web::Asset& asset : web::assets())
      if (asset.path.substr(1) == name) return {asset.bytes, asset.content_type, asset.gzipped};
    return {};
  }
};

// Commands that ingest take turns with the server's own uploads.
bool ingests(const Invocation& call) {
  const std::string command = target_of(call.arguments, call.cwd).command;
  return command == "ingest" || command == "model";
}

int run_for_peer(Invocation& call, App& app, server::Server& server) {
  std::unique_lock<std::mutex> alone;
  if (ingests(call)) alone = server.jobs().ingest_alone();
  return run(call, [&](const std::filesystem::path& directory) -> App& {
    std::error_code ec;
    if (!std::filesystem::equivalent(directory, app.directory, ec))
      throw Error(ErrorCode::conflict, "this process serves another library");
    return app;
  });
}

// A certificate that was renewed comes into use by itself, or at once on SIGHUP. One that cannot be
// used is reported, and the old one stays.
void reload_certificate(server::Server& server) {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point next = Clock::now() + kCertificatePoll;
  const bool is_asked = asked_to_reload.exchange(false);
  if (!is_asked && Clock::now() < next) return;
  next = Clock::now() + kCertificatePoll;
  try {
    if (server.reload_certificate(!is_asked)) log::info("server.certificate_reloaded");
  } catch (const Error& error) {
    log::error("server.certificate_not_reloaded", {{"reason", error.what()}});
  }
}

server::ServerOptions options_of(const App& app, const ServeFlags& flags) {
  server::ServerOptions options = app.options.server;
  if (!flags.listen.empty()) options.listen = flags.listen;
  if (!flags.tls_certificate.empty()) options.tls_certificate = flags.tls_certificate;
  if (!flags.tls_key.empty()) options.tls_key = flags.tls_key;
  options.behind_proxy = options.behind_proxy || flags.behind_proxy;
  return options;
}

Exit serve(Context& context, const ServeFlags& flags) {
  App& app = context.app();
  const server::ServerOptions options = options_of(app, flags);
  app.parsers.warm();  // a machine that cannot confine them says so now
  const WebAssets assets;
  server::Service service = service_of(app);
  server::Server server(service, options, assets);
  server.start();
  const ControlServer control(app.directory,
                              [&](Invocation& call) { return run_for_peer(call, app, server); });
  std::signal(SIGHUP, on_hangup);
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  const char* scheme = options.has_tls() ? "https://" : "http://";
  context.call.out << "serving " << app.directory.string() << " at " << scheme << host << ':'
                   << server.port() << "/\n"
                   << std::flush;
  app.audit.append({.actor = "system",
                    .os_user = context.call.os_user,
                    .via = "cli",
                    .action = "serve.start",
                    .phase = "event",
                    .details = "{}"});
  while (!context.call.cancel.is_cancelled()) {
    std::this_thread::sleep_for(kSignalPoll);
    reload_certificate(server);
  }
  context.call.err << "stopping\n";
  server.stop();
  app.library.writer().commit_keywords();
  app.library.writer().checkpoint_vectors();
  return Exit::done;
}

}  // namespace

void add_serve_command(CLI::App& root, Context& context) {
  auto flags = std::make_shared<ServeFlags>();
  auto* command = root.add_subcommand("serve", "serve the web UI and the API");
  command->add_option("--listen", flags->listen, "default 127.0.0.1:8080")->type_name("HOST:PORT");
  command->add_option("--tls-cert", flags->tls_certificate, "certificate with its chain, PEM")
      ->type_name("FILE");
  command->add_option("--tls-key", flags->tls_key, "its key, PEM")->type_name("FILE");
  command->add_flag("--behind-proxy", flags->behind_proxy,
                    "a TLS proxy stands in front of this server");
  command->footer(
      "Beyond this machine's own addresses the server wants TLS: its own (--tls-cert, --tls-key), "
      "or\n"
      "a proxy's in front of it (--behind-proxy). A renewed certificate is taken up by itself, at "
      "once\n"
      "on SIGHUP. DIR/config.toml can say the same: server.tls_certificate, server.tls_key,\n"
      "server.behind_proxy, and server.trusted_proxies for whose X-Forwarded-For is believed.\n\n"
      "Examples:\n  carrel serve --data lib --listen 127.0.0.1:9000\n"
      "  carrel serve --data lib --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key key.pem");
  command->callback(
      [&context, flags] { context.action = [&context, flags] { return serve(context, *flags); }; });
}

}  // namespace carrel::cli
