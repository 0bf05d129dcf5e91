// Conversations, questions to begin with, and what people think of answers.
#include "core/error.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/problem.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

namespace {

using nlohmann::json;

ConversationId conversation_id(const Context& c) { return {c.path_id("conversation_id")}; }

constexpr std::size_t kFeedbackPage = 50;
constexpr std::size_t kFeedbackExportMax = 10'000;

access::Visibility visible_to_caller(const Context& c) {
  return c.parts.service.access.visibility(c.caller->identity.user.id);
}

json citation_json(const index::KeptCitation& citation) {
  return {{"n", citation.cited.n},
          {"document_id", citation.cited.document.value},
          {"chunk_id", citation.cited.chunk.value},
          {"title", citation.title},
          {"uri", citation.uri},
          {"section", citation.section},
          {"page", page_json(citation.page)}};
}

json feedback_json(const Context& c, const index::FeedbackInfo& f) {
  const auto user = c.parts.service.access.find_user(f.user);
  json citations = json::array();
  for (const index::KeptCitation& citation : f.citations)
    citations.push_back(citation_json(citation));
  return {{"feedback_id", f.id.value},
          {"given_at", to_rfc3339(f.given)},
          {"user", user ? user->name : ""},
          {"verdict", f.verdict},
          {"reason", f.reason},
          {"comment", f.comment},
          {"question", f.question},
          {"engine", f.engine},
          {"abstained", f.abstained},
          {"answer_hmac_sha256", f.answer_hmac},
          {"citations", std::move(citations)}};
}

}  // namespace

void list_conversations(Context& c) { c.answer_json(c.parts.api.conversations_json(*c.caller)); }

void conversation(Context& c) {
  c.answer_json(c.parts.api.conversation_json(*c.caller, conversation_id(c)));
}

void rename_conversation(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"title"});
  c.answer_json(c.parts.api.rename_conversation_json(*c.caller, conversation_id(c),
                                                     required_string(body, "title")));
}

void delete_conversation(Context& c) {
  c.parts.api.delete_conversation(*c.caller, conversation_id(c));
  c.response.status = 204;
}

void delete_conversations(Context& c) {
  c.parts.api.delete_conversations(*c.caller);
  c.response.status = 204;
}

void suggestions(Context& c) { c.answer_json(c.parts.api.suggestions_json(*c.caller)); }

void give_feedback(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"message_id", "verdict", "reason", "comment"});
  index::NewFeedback feedback;
  feedback.message = {integer_member(body, "message_id", 0, 1, INT64_MAX)};
  feedback.verdict = string_member(body, "verdict", "");
  feedback.reason = string_member(body, "reason", "");
  feedback.comment = string_member(body, "comment", "");
  try {
    c.parts.service.library.feedback().give(visible_to_caller(c), feedback);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::deadline)
      throw Problem(429, "too_much_feedback", error.what(), 600);
    throw;
  }
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via, "feedback",
              {{"message", feedback.message.value}, {"verdict", feedback.verdict}});
  c.response.status = 204;
}

void list_feedback(Context& c) {
  const FeedbackId before{c.query_integer("before", 0, 0, INT64_MAX)};
  const auto found =
      c.parts.service.library.feedback().list(visible_to_caller(c), before, kFeedbackPage + 1);
  json list = json::array();
  for (const index::FeedbackInfo& f : found)
    if (list.size() < kFeedbackPage) list.push_back(feedback_json(c, f));
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via,
              "feedback.list", {{"feedback", list.size()}});
  const bool has_more = found.size() > kFeedbackPage;
  c.answer_json(
      dump({{"feedback", std::move(list)},
            {"next", has_more ? json(found[kFeedbackPage - 1].id.value) : json(nullptr)}}));
}

// Questions whose answer was found good, newest first, as `carrel eval golden` reads them: with
// the documents that the answer cited, or to be refused. A bad answer tells no right one, and a
// document that the caller may not read is not named, so those have no line.
void export_feedback(Context& c) {
  const access::AccessControl& access = c.parts.service.access;
  std::string out;
  std::size_t lines = 0;
  for (const index::FeedbackInfo& f : c.parts.service.library.feedback().list(
           visible_to_caller(c), FeedbackId{}, kFeedbackExportMax)) {
    const auto user = access.find_user(f.user);
    if (f.verdict != "up" || !user || (f.citations.empty() && !f.abstained)) continue;
    json line = {{"_id", "feedback-" + std::to_string(f.id.value)},
                 {"text", f.question},
                 {"as", user->name},
                 {"type", "feedback"},
                 {"answerable", !f.abstained}};
    if (!f.abstained) {
      json documents = json::array();
      for (const index::KeptCitation& citation : f.citations) documents.push_back(citation.uri);
      line["documents"] = std::move(documents);
      if (f.citations.size() == 1 && f.citations[0].page > 0) line["page"] = f.citations[0].page;
    }
    out += dump(line) + "\n";
    ++lines;
  }
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via,
              "feedback.export", {{"feedback", lines}});
  c.response.content_type = "application/x-ndjson";
  c.response.set("Content-Disposition", "attachment; filename=\"feedback.jsonl\"");
  c.response.body = std::move(out);
}

}  // namespace carrel::server::handlers
