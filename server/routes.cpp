// The route table. Nothing is answered that is not a row here.
#include "core/utf8.h"
#include "server/handlers.h"
#include "server/route.h"

namespace carrel::server {

namespace {

using access::Action;
namespace h = handlers;

Route open(std::string_view pattern, std::string_view summary, void (*handler)(Context&),
           std::string_view type) {
  return {.method = "GET",
          .pattern = pattern,
          .summary = summary,
          .auth = Auth::open,
          .response_type = type,
          .handler = handler};
}

// Reading one document: which of them is decided by its ACL; a key needs the scope to search.
Route of_document(std::string_view tail, std::string_view summary, void (*handler)(Context&),
                  std::string_view schema, std::vector<Parameter> query = {}) {
  return {.method = "GET",
          .pattern = tail,
          .summary = summary,
          .action = Action::search,
          .is_audited = true,
          .response_schema = schema,
          .handler = handler,
          .query = std::move(query)};
}

std::vector<Route> pages() {
  constexpr std::string_view html = "text/html; charset=utf-8";
  Route health = open("/healthz", "Whether the process lives.", h::health, "application/json");
  health.cost = Cost::instant;
  return {
      health,
      open("/readyz", "Whether requests would be served.", h::ready, "application/json"),
      open("/metrics", "For monitoring.", h::metrics, "text/plain; version=0.0.4"),
      open("/", "The web UI.", h::page, html),
      open("/ask", "The web UI.", h::page, html),
      open("/search", "The web UI.", h::page, html),
      open("/documents", "The web UI.", h::page, html),
      open("/documents/{document_id}", "The web UI.", h::page, html),
      open("/me", "The web UI.", h::page, html),
      open("/people", "The web UI.", h::page, html),
      open("/audit", "The web UI.", h::page, html),
      open("/feedback", "The web UI.", h::page, html),
      open("/settings", "The web UI.", h::page, html),
      open("/sign-in", "The web UI.", h::page, html),
      open("/app.js", "The web UI's code.", h::asset, "text/javascript"),
      open("/app.css", "The web UI's styles.", h::asset, "text/css"),
      open("/favicon.svg", "The web UI's icon.", h::asset, "image/svg+xml"),
  };
}

std::vector<Route> people() {
  return {
      {.method = "POST",
       .pattern = "/api/v1/session",
       .summary = "Sign in; sets the cookie.",
       .auth = Auth::open,
       .body = Body::json,
       .is_audited = true,
       .request_schema = "Credentials",
       .response_schema = "Session",
       .handler = h::sign_in},
      {.method = "DELETE",
       .pattern = "/api/v1/session",
       .summary = "Sign out.",
       .is_audited = true,
       .response_status = 204,
       .handler = h::sign_out},
      {.method = "GET",
       .pattern = "/api/v1/me",
       .summary = "Who is signed in.",
       .response_schema = "Me",
       .handler = h::me},
      {.method = "GET",
       .pattern = "/api/v1/collections",
       .summary = "Collections, with the number of documents one may read.",
       .action = Action::search,
       .response_schema = "Collections",
       .handler = h::collections},
      {.method = "GET",
       .pattern = "/api/v1/openapi.json",
       .summary = "This description.",
       .response_schema = "OpenApi",
       .handler = h::openapi},
  };
}

// A change that answers nothing, or what `schema` names.
Route change(std::string_view method, std::string_view pattern, std::string_view summary,
             std::optional<Action> action, std::string_view request, void (*handler)(Context&)) {
  return {.method = method,
          .pattern = pattern,
          .summary = summary,
          .action = action,
          .body = request.empty() ? Body::none : Body::json,
          .is_audited = true,
          .request_schema = request,
          .response_status = 204,
          .handler = handler};
}

Route look(std::string_view pattern, std::string_view summary, std::optional<Action> action,
           std::string_view response, void (*handler)(Context&), bool is_audited = false,
           std::vector<Parameter> query = {}) {
  return {.method = "GET",
          .pattern = pattern,
          .summary = summary,
          .action = action,
          .is_audited = is_audited,
          .response_schema = response,
          .handler = handler,
          .query = std::move(query)};
}

std::vector<Route> account() {
  Route make_key = change("POST", "/api/v1/me/keys", "Make a key; it is shown this once.",
                          std::nullopt, "NewKey", h::create_key);
  make_key.response_status = 201;
  make_key.response_schema = "Key";
  return {
      look("/api/v1/me/sessions", "Where one is signed in.", std::nullopt, "Sessions",
           h::list_sessions),
      change("DELETE", "/api/v1/me/sessions/{session_name}", "End one of them.", std::nullopt, "",
             h::end_session),
      look("/api/v1/me/keys", "One's API keys.", std::nullopt, "Keys", h::list_keys),
      make_key,
      change("DELETE", "/api/v1/me/keys/{key_id}", "Revoke a key.", std::nullopt, "",
             h::revoke_key),
      change("PUT", "/api/v1/me/password", "Change one's password; ends all sessions.",
             std::nullopt, "PasswordChange", h::change_password),
      look("/api/v1/me/activity", "What the record holds of oneself, newest first.", std::nullopt,
           "Activity", h::own_activity),
  };
}

std::vector<Route> conversations() {
  Route rename = change("PUT", "/api/v1/conversations/{conversation_id}", "Rename one's own.",
                        Action::ask, "ConversationTitle", h::rename_conversation);
  rename.response_status = 200;
  rename.response_schema = "ConversationTitle";
  rename.is_audited = false;
  return {
      look("/api/v1/conversations", "One's own conversations, newest first.", Action::ask,
           "Conversations", h::list_conversations),
      change("DELETE", "/api/v1/conversations", "Delete all of one's own.", Action::ask, "",
             h::delete_conversations),
      look("/api/v1/conversations/{conversation_id}",
           "One's own, with what may be shown of its answers now.", Action::ask, "Conversation",
           h::conversation, true),
      rename,
      change("DELETE", "/api/v1/conversations/{conversation_id}", "Delete one's own.", Action::ask,
             "", h::delete_conversation),
      look("/api/v1/suggestions", "Questions to begin with.", Action::ask, "Suggestions",
           h::suggestions, true),
      change("POST", "/api/v1/feedback", "Say what one thinks of an answer.", Action::ask,
             "NewFeedback", h::give_feedback),
  };
}

std::vector<Route> administration() {
  const Parameter before{"before", "integer", "The `next` of the page before."};
  Route make_person = change("POST", "/api/v1/people", "Add somebody.", Action::administer,
                             "NewPerson", h::create_person);
  make_person.response_status = 201;
  make_person.response_schema = "Person";
  Route exported =
      look("/api/v1/feedback/export", "Questions that were answered well, as a golden set.",
           Action::administer, "", h::export_feedback, true);
  exported.response_type = "application/x-ndjson";
  Route verify = change("POST", "/api/v1/audit/verification", "Recompute the whole record.",
                        Action::audit, "AuditVerification", h::verify_audit);
  verify.cost = Cost::compute;
  verify.response_status = 200;
  verify.response_schema = "AuditVerdict";
  verify.is_audited = false;
  return {
      look("/api/v1/people", "Everybody.", Action::administer, "People", h::list_people),
      make_person,
      change("PUT", "/api/v1/people/{user}", "Change somebody's clearance, password or access.",
             Action::administer, "PersonChange", h::change_person),
      look("/api/v1/groups", "All groups with their direct members.", Action::administer, "Groups",
           h::list_groups),
      change("POST", "/api/v1/groups", "Make a group.", Action::administer, "NewGroup",
             h::create_group),
      change("PUT", "/api/v1/memberships", "Put somebody into a group or role, or out of it.",
             Action::administer, "Membership", h::set_membership),
      look("/api/v1/feedback", "Feedback, newest first.", Action::administer, "FeedbackPage",
           h::list_feedback, true, {before}),
      exported,
      look("/api/v1/settings", "What is set.", Action::administer, "Settings", h::settings),
      look("/api/v1/audit", "The record, newest first.", Action::audit, "AuditRecords",
           h::list_audit, true,
           {{"actor", "string", "Only this one's, as user:ana."},
            {"action", "string", "Only this action, as ask."},
            before,
            {"limit", "integer", "1 to 200; 50 if absent."},
            {"words", "integer", "1: with the words of questions, where not erased."}}),
      look("/api/v1/audit/head", "The record's signed head, to keep elsewhere.", Action::audit,
           "OpenObject", h::audit_head),
      verify,
  };
}

std::vector<Route> questions() {
  return {
      {.method = "POST",
       .pattern = "/api/v1/search",
       .summary = "Find passages.",
       .action = Action::search,
       .body = Body::json,
       .cost = Cost::compute,
       .is_audited = true,
       .request_schema = "SearchRequest",
       .response_schema = "SearchAnswer",
       .handler = h::search},
      {.method = "POST",
       .pattern = "/api/v1/ask",
       .summary = "Answer from what one may read.",
       .action = Action::ask,
       .body = Body::json,
       .cost = Cost::compute,
       .is_audited = true,
       .request_schema = "AskRequest",
       .response_schema = "Answer",
       .handler = h::ask},
  };
}

std::vector<Route> documents() {
  const Parameter chunk{"chunk", "integer", "The chunk to highlight."};
  // What these read grows with the document, or with the library.
  const auto long_read = [](Route route) {
    route.cost = Cost::compute;
    return route;
  };
  Route image = of_document("/api/v1/documents/{document_id}/pages/{page}/image",
                            "A page of a PDF, drawn.", h::page_image, "", {chunk});
  image.cost = Cost::drawing;
  image.response_type = "image/png";
  Route original = of_document("/api/v1/documents/{document_id}/original",
                               "The file as it was accepted.", h::original, "");
  original.action = Action::read_original;
  original.response_type = "application/octet-stream";
  return {
      long_read(of_document("/api/v1/documents", "Documents one may read.", h::list_documents,
                            "Documents",
                            {{"collection", "string", "Only this one."},
                             {"query", "string", "Contained in title or uri."},
                             {"after", "string", "The `next` of the page before."},
                             {"limit", "integer", "1 to 200; 50 if absent."}})),
      {.method = "POST",
       .pattern = "/api/v1/documents",
       .summary = "Add a file.",
       .action = Action::upload,
       .body = Body::upload,
       .is_audited = true,
       .response_schema = "JobAccepted",
       .response_status = 202,
       .handler = h::upload,
       .query = {{"name", "string", "The file's name, for display.", true},
                 {"collection", "string", "Where it belongs; `default` if absent."},
                 {"label", "string", "At most one's own clearance."},
                 {"allow", "array", "Principals who may read it, beside oneself."}}},
      of_document("/api/v1/documents/{document_id}", "One document.", h::document, "Document"),
      {.method = "DELETE",
       .pattern = "/api/v1/documents/{document_id}",
       .summary = "Delete a document that one manages.",
       .is_audited = true,
       .response_status = 204,
       .handler = h::delete_document},
      {.method = "PUT",
       .pattern = "/api/v1/documents/{document_id}/access",
       .summary = "Say who may read a document that one manages.",
       .body = Body::json,
       .is_audited = true,
       .request_schema = "Access",
       .response_schema = "Access",
       .handler = h::set_access},
      of_document("/api/v1/documents/{document_id}/versions", "When its versions were accepted.",
                  h::versions, "Versions"),
      long_read(of_document(
          "/api/v1/documents/{document_id}/chunks", "Its chunks in order, 1,000 at most.",
          h::chunks, "Chunks",
          {{"page", "integer", "Only those of this page."},
           {"from", "integer", "From this ordinal on: the `next` of the page before."},
           {"chunk", "integer", "Without `from`: from where this one is among them."}})),
      long_read(of_document("/api/v1/documents/{document_id}/text", "Its text around a chunk.",
                            h::text, "Text", {chunk})),
      image,
      original,
  };
}

std::vector<Route> jobs() {
  return {
      {.method = "GET",
       .pattern = "/api/v1/jobs",
       .summary = "One's uploads, newest first.",
       .action = Action::upload,
       .response_schema = "Jobs",
       .handler = h::list_jobs},
      {.method = "GET",
       .pattern = "/api/v1/jobs/{job_id}",
       .summary = "How far an upload is.",
       .action = Action::upload,
       .response_schema = "Job",
       .handler = h::job},
      {.method = "DELETE",
       .pattern = "/api/v1/jobs/{job_id}",
       .summary = "Cancel an upload.",
       .action = Action::upload,
       .is_audited = true,
       .response_status = 204,
       .handler = h::cancel_job},
  };
}

}  // namespace

std::span<const Route> routes() {
  static const std::vector<Route> table = [] {
    std::vector<Route> all;
    for (std::vector<Route> part : {pages(), people(), account(), questions(), conversations(),
                                    documents(), jobs(), administration()})
      for (Route& route : part) all.push_back(std::move(route));
    return all;
  }();
  return table;
}

std::optional<Fields> match(std::string_view pattern, std::string_view path) {
  Fields out;
  while (!pattern.empty() && !path.empty()) {
    const std::size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const std::size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view expected = pattern.substr(1, pattern_end - 1);
    const std::string_view segment = path.substr(1, path_end - 1);
    if (expected.starts_with('{')) {
      std::optional<std::string> value = percent_decode(segment, false);
      if (!value || value->empty() || !is_valid_utf8(*value)) return std::nullopt;
      out.emplace_back(std::string(expected.substr(1, expected.size() - 2)), std::move(*value));
    } else if (expected != segment) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return out;
}

}  // namespace carrel::server
