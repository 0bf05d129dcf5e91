// One's own conversations: listed, opened under the rights of the moment, renamed and deleted.
#include "core/error.h"
#include "server/api.h"
#include "server/passage_json.h"
#include "server/trail.h"

namespace carrel::server {

using nlohmann::json;

namespace {

json info_json(const index::ConversationInfo& c) {
  return {{"conversation_id", c.id.value},
          {"title", c.title},
          {"started_at", to_rfc3339(c.started)},
          {"updated_at", to_rfc3339(c.updated)}};
}

json message_json(const index::KeptMessage& m) {
  json sentences = json::array();
  for (const index::NewSentence& s : m.sentences)
    sentences.push_back({{"text", s.text}, {"citations", s.citations}});
  json citations = json::array();
  for (const index::KeptCitation& c : m.citations)
    citations.push_back({{"n", c.cited.n},
                         {"document_id", c.cited.document.value},
                         {"chunk_id", c.cited.chunk.value},
                         {"title", c.title},
                         {"uri", c.uri},
                         {"page", page_json(c.page)},
                         {"section", c.section},
                         {"mime_type", c.mime_type}});
  return {{"message_id", m.id.value},
          {"asked_at", to_rfc3339(m.asked)},
          {"question", m.question},
          {"searched_for", m.searched_for},
          {"engine", m.engine},
          {"abstained", m.abstained},
          {"is_whole", m.is_whole},
          {"sentences", std::move(sentences)},
          {"citations", std::move(citations)},
          {"verdict", m.verdict.empty() ? json(nullptr) : json(m.verdict)}};
}

json shown_json(const index::KeptConversation& c) {
  json documents = json::array();
  json chunks = json::array();
  for (const index::KeptMessage& message : c.messages)
    for (const index::KeptCitation& citation : message.citations) {
      documents.push_back(citation.cited.document.value);
      chunks.push_back(citation.cited.chunk.value);
    }
  return {{"documents", std::move(documents)}, {"chunks", std::move(chunks)}};
}

}  // namespace

std::string Api::conversations_json(const Caller& caller) const {
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  json list = json::array();
  for (const index::ConversationInfo& c : service_.library.conversations().list(visible))
    list.push_back(info_json(c));
  return dump({{"conversations", std::move(list)},
               {"days_kept", service_.library.conversations().options().days_kept}});
}

std::string Api::conversation_json(const Caller& caller, ConversationId id) const {
  AuditTrail trail(service_.audit, caller, "conversation.read", {{"conversation", id.value}});
  const auto told = [&](const index::KeptConversation& kept) {
    json out = info_json(kept.conversation);
    out["messages"] = json::array();
    for (const index::KeptMessage& m : kept.messages) out["messages"].push_back(message_json(m));
    return out;
  };
  const auto look = [&](const access::Visibility& visible) {
    auto found = service_.library.conversations().find(visible, id);
    if (!found)
      throw Error(ErrorCode::not_found, "There is no such conversation, or it is not yours.");
    return std::move(*found);
  };
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::KeptConversation found = look(visible);
  json shown = shown_json(found);
  shown["epoch"] = visible.epoch().value;
  trail.disclose(shown);
  // A right may be taken away while what will be shown is recorded: it is judged once more, last.
  const json out = told(look(service_.access.visibility(caller.identity.user.id)));
  if (out != told(found))
    throw Error(ErrorCode::conflict, "What may be read changed meanwhile; open it again.");
  return dump(out);
}

std::string Api::rename_conversation_json(const Caller& caller, ConversationId id,
                                          const std::string& title) const {
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  service_.library.conversations().rename(visible, id, title);
  return dump({{"title", title}});
}

void Api::delete_conversation(const Caller& caller, ConversationId id) const {
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  service_.library.conversations().remove(visible, id);
  audit_event(service_.audit, caller.principal(), caller.os_user, caller.identity.via,
              "conversation.delete", {{"conversation", id.value}});
}

void Api::delete_conversations(const Caller& caller) const {
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  service_.library.conversations().remove_all(visible);
  audit_event(service_.audit, caller.principal(), caller.os_user, caller.identity.via,
              "conversation.delete", {{"conversation", "all"}});
}

}  // namespace carrel::server
