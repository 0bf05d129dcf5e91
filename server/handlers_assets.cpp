// The web UI's files, and whether the server lives.
#include <algorithm>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/utf8.h"
#include "server/assets.h"
#include "server/handlers.h"
#include "server/metrics.h"
#include "server/openapi.h"
#include "server/problem.h"
#include "server/service.h"

namespace carrel::server::handlers {

namespace {

// Whether `accepted` (RFC 9110, Accept-Encoding) names gzip without refusing it.
bool takes_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    const std::size_t end = std::min(accepted.find(','), accepted.size());
    const std::string_view one = accepted.substr(0, end);
    accepted.remove_prefix(std::min(end + 1, accepted.size()));
    const std::size_t weight = std::min(one.find(';'), one.size());
    if (trim(one.substr(0, weight)) != "gzip") continue;
    const std::string_view q = trim(one.substr(std::min(weight + 1, one.size())));
    return !q.starts_with("q=0") || q.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

// Assets carry no version in their names, so each use asks whether they changed. Only they are sent
// packed: they are the same for everybody, so their size tells nothing.
void send(Context& c, std::string_view name) {
  Asset asset = c.parts.assets.find(name);
  if (!asset.gzipped.empty()) {
    c.response.set("Vary", "Accept-Encoding");
    if (takes_gzip(c.request.head.header("accept-encoding").value_or(""))) {
      c.response.set("Content-Encoding", "gzip");
      asset.bytes = asset.gzipped;
    }
  }
  if (asset.bytes.data() == nullptr)
    throw Error(ErrorCode::not_found, "This server carries no web pages.");
  const Digest digest = sha256(asset.bytes);
  const std::string tag = "\"" + to_hex(std::span(digest).first(8)) + "\"";
  c.response.set("ETag", tag);
  c.response.set("Cache-Control", "no-cache");
  c.response.content_type = asset.content_type;
  if (c.request.head.header("if-none-match") == tag)
    c.response.status = 304;
  else
    c.response.shared_body = asset.bytes;
}

}  // namespace

void health(Context& c) { c.answer_json("{\"status\":\"ok\"}"); }

// Ready means that a request would be served: the library answers and the audit log can be written.
void ready(Context& c) {
  try {
    c.parts.service.library.writer().chunk_count();
    c.parts.service.audit.check_writable();
  } catch (const std::exception& error) {
    log::warning("server.not_ready", {{"reason", error.what()}});
    throw Problem(503, "not_ready", "The library or the audit log does not answer.", 5);
  }
  c.answer_json("{\"status\":\"ready\"}");
}

// For programs on this machine, and for those who administer; behind a proxy everything seems to
// come from this machine, so there only for the latter.
void metrics(Context& c) {
  const std::string& peer = c.request.peer;
  const bool is_local =
      (peer.starts_with("127.") || peer == "::1") && !c.parts.options.behind_proxy;
  if (!is_local) {
    const auto caller = find_caller(c.parts.service, c.request, c.parts.options.is_secure());
    if (!caller) throw Problem(401, "not_signed_in", "Sign in, or send a valid API key.");
    if (!caller->caller.identity.actions.contains(access::Action::administer))
      throw Error(ErrorCode::denied, "Only administrators see this.");
  }
  c.response.set("Cache-Control", "no-store");
  c.response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  c.response.body = c.parts.metrics.text(
      {.connections = c.parts.connections(),
       .compute_running = c.parts.compute.running() + c.parts.drawings.running(),
       .compute_waiting = c.parts.compute.waiting() + c.parts.drawings.waiting(),
       .sign_ins_running = c.parts.sign_ins.running() + c.parts.known_sign_ins.running(),
       .sign_ins_waiting = c.parts.sign_ins.waiting() + c.parts.known_sign_ins.waiting()});
}

void page(Context& c) { send(c, "index.html"); }

void asset(Context& c) { send(c, std::string_view(c.request.head.path).substr(1)); }

void openapi(Context& c) { c.answer_json(openapi_json()); }

}  // namespace carrel::server::handlers
