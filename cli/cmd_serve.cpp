// serve: the web UI and the API, and the local socket through which other commands come in.
#include <CLI/CLI.hpp>
#include <chrono>
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

class WebAssets final : public server::AssetSource {
 public:
  server::Asset find(std::string_view name) const override {
    for (const web::Asset& asset : web::assets())
      if (asset.path.substr(1) == name) return {asset.bytes, asset.content_type};
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

Exit serve(Context& context, const std::string& listen) {
  App& app = context.app();
  server::ServerOptions options = app.options.server;
  if (!listen.empty()) options.listen = listen;
  const WebAssets assets;
  server::Service service = service_of(app);
  server::Server server(service, options, assets);
  server.start();
  const ControlServer control(app.directory,
                              [&](Invocation& call) { return run_for_peer(call, app, server); });
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  context.call.out << "serving " << app.directory.string() << " at http://" << host << ':'
                   << server.port() << "/\n"
                   << std::flush;
  app.audit.append({.actor = "system",
                    .os_user = context.call.os_user,
                    .via = "cli",
                    .action = "serve.start",
                    .phase = "event",
                    .details = "{}"});
  while (!context.call.cancel.is_cancelled()) std::this_thread::sleep_for(kSignalPoll);
  context.call.err << "stopping\n";
  server.stop();
  app.library.writer().commit_keywords();
  app.library.writer().checkpoint_vectors();
  return Exit::done;
}

}  // namespace

void add_serve_command(CLI::App& root, Context& context) {
  auto listen = std::make_shared<std::string>();
  auto* command = root.add_subcommand("serve", "serve the web UI and the API");
  command->add_option("--listen", *listen, "default 127.0.0.1:8080")->type_name("HOST:PORT");
  command->footer(
      "Beyond this machine's own addresses a TLS proxy must stand in front, and the configuration\n"
      "must say so: server.behind_proxy = true in DIR/config.toml.\n\n"
      "Example:\n  carrel serve --data lib --listen 127.0.0.1:9000");
  command->callback([&context, listen] {
    context.action = [&context, listen] { return serve(context, *listen); };
  });
}

}  // namespace carrel::cli
