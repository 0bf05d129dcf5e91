// Search and ask; an answer leaves as server-sent events or as one object.
#include <memory>

#include "core/error.h"
#include "core/log.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/problem.h"

namespace carrel::server::handlers {

namespace {

// JSON holds no line breaks, so one data line carries it.
void send_event(BodySink& sink, std::string_view name, std::string_view json) {
  std::string out;
  out.reserve(json.size() + name.size() + 16);
  out.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
  sink.write(out);
}

// What an answer in the making holds: its turn at the gates and itself, in this order, so that the
// answer ends before its turn does.
struct Stream {
  Gate::Pass compute;
  Gate::Pass stream;
  std::unique_ptr<Answering> answering;
  std::string request_id;

  void run(BodySink& sink) {
    try {
      send_event(sink, "sources", answering->sources_json());
      const std::string done = answering->finish(
          [&](const std::string& sentence) { send_event(sink, "sentence", sentence); });
      send_event(sink, "done", done);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::cancelled)
        send_event(sink, "error", problem_json(to_problem(error), request_id));
    } catch (const std::exception& error) {
      log::error("server.ask_broke", {{"request", request_id}, {"reason", error.what()}});
      send_event(
          sink, "error",
          problem_json(Problem(500, "internal", "The answer could not be finished."), request_id));
    }
    answering.reset();
  }
};

bool wants_events(const HttpRequest& request) {
  return request.head.header("accept").value_or("").find("text/event-stream") !=
         std::string_view::npos;
}

}  // namespace

void collections(Context& c) { c.answer_json(c.parts.api.collections_json(*c.caller)); }

void search(Context& c) {
  const nlohmann::json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"query", "top", "filter", "facets"});
  SearchRequest request;
  request.query = required_string(body, "query");
  request.top = static_cast<std::size_t>(integer_member(body, "top", 10, 1, 100));
  request.filter = string_member(body, "filter", "");
  request.with_facets = flag_member(body, "facets");
  c.answer_json(c.parts.api.search_json(*c.caller, request, c.request.gone));
}

void ask(Context& c) {
  const nlohmann::json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"question", "conversation_id", "collections", "as_written"});
  AskRequest request(required_string(body, "question"));
  request.collections = strings_member(body, "collections");
  request.as_written = flag_member(body, "as_written");
  if (const auto id = body.find("conversation_id"); id != body.end() && !id->is_null())
    request.conversation =
        id->is_number_integer() ? id->dump() : required_string(body, "conversation_id");
  const CancelToken cancel = c.request.gone;
  if (!wants_events(c.request)) {
    c.answer_json(c.parts.api.ask_json(*c.caller, request, cancel));
    return;
  }
  auto stream = std::make_shared<Stream>(
      Stream{std::move(c.pass), c.parts.streams.enter(c.caller->identity.user.name, c.request.gone),
             nullptr, c.request.id});
  stream->answering = c.parts.api.begin_ask(*c.caller, request, cancel);
  c.response.content_type = "text/event-stream";
  c.response.set("X-Accel-Buffering", "no");  // or a proxy would hold sentences back
  c.response.stream = [stream](BodySink& sink) { stream->run(sink); };
}

}  // namespace carrel::server::handlers
