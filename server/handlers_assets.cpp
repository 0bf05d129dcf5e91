// The web UI's files, and whether the server lives.
#include "core/error.h"
#include "core/hash.h"
#include "server/assets.h"
#include "server/handlers.h"
#include "server/openapi.h"
#include "server/problem.h"
#include "server/service.h"

namespace carrel::server::handlers {

namespace {

// Assets carry no version in their names, so each use asks whether they changed.
void send(Context& c, std::string_view name) {
  const Asset asset = c.parts.assets.find(name);
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
    c.response.body = asset.bytes;
}

}  // namespace

void health(Context& c) { c.answer_json("{\"status\":\"ok\"}"); }

// Ready means that a request would be served: the library answers and the audit log can be written.
void ready(Context& c) {
  try {
    c.parts.service.library.writer().chunk_count();
    c.parts.service.audit.size();
  } catch (const std::exception&) {
    throw Problem(503, "not_ready", "The library or the audit log does not answer.", 5);
  }
  c.answer_json("{\"status\":\"ready\"}");
}

void page(Context& c) { send(c, "index.html"); }

void asset(Context& c) { send(c, std::string_view(c.request.head.path).substr(1)); }

void openapi(Context& c) { c.answer_json(openapi_json()); }

}  // namespace carrel::server::handlers
