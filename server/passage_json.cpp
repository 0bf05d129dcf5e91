#include "server/passage_json.h"

#include <algorithm>
#include <unordered_set>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::server {

using nlohmann::json;

namespace {
constexpr std::size_t kQuestionBytesMax = 2048;
}

void check_question(std::string_view question) {
  if (!is_valid_utf8(question))
    throw Error(ErrorCode::invalid_argument, "The question is not valid UTF-8.");
  if (question.find('\0') != std::string_view::npos)
    throw Error(ErrorCode::invalid_argument, "The question holds a NUL character.");
  if (trim(question).empty())
    throw Error(ErrorCode::invalid_argument, "The question is empty; write some words.");
  if (question.size() > kQuestionBytesMax)
    throw Error(ErrorCode::invalid_argument,
                "The question is longer than 2,048 bytes; shorten it.");
}

retrieve::Retrieval retrieve_readable(const Service& service, const Caller& caller,
                                      std::string_view question,
                                      const retrieve::RetrieveOptions& options,
                                      const CancelToken& cancel) {
  const access::Visibility visible = service.access.visibility(caller.identity.user.id);
  retrieve::Retrieval found = service.retriever.retrieve(visible, question, options, cancel);
  std::vector<ChunkId> ids;
  for (const retrieve::Passage& p : found.passages) ids.push_back(p.chunk);
  const access::Visibility now = service.access.visibility(caller.identity.user.id);
  std::unordered_set<std::int64_t> readable;
  for (const index::StoredChunk& c : service.library.reader().chunks(now, ids))
    readable.insert(c.id.value);
  std::erase_if(found.passages, [&](const auto& p) { return !readable.contains(p.chunk.value); });
  found.epoch = now.epoch();
  return found;
}

bool are_readable(const Service& service, const Caller& caller,
                  const std::vector<ChunkId>& chunks) {
  const access::Visibility now = service.access.visibility(caller.identity.user.id);
  return service.library.reader().chunks(now, chunks).size() == chunks.size();
}

void check_passages(const Service& service, const Caller& caller,
                    const retrieve::Retrieval& retrieval) {
  std::vector<ChunkId> chunks;
  for (const retrieve::Passage& p : retrieval.passages)
    if (std::find(chunks.begin(), chunks.end(), p.chunk) == chunks.end()) chunks.push_back(p.chunk);
  if (!are_readable(service, caller, chunks))
    throw Error(ErrorCode::conflict, "What may be read changed meanwhile; ask again.");
}

json passage_json(const retrieve::Passage& p) {
  return {{"document_id", p.document.value},
          {"chunk_id", p.chunk.value},
          {"title", p.title},
          {"uri", p.uri},
          {"page", page_json(p.page)},
          {"section", p.section},
          {"text", p.text},
          {"highlights", code_point_spans(p.text, p.highlights)},
          {"mime_type", p.mime_type}};
}

json shown_json(const retrieve::Retrieval& retrieval) {
  json documents = json::array();
  json chunks = json::array();
  for (const retrieve::Passage& p : retrieval.passages) {
    if (std::find(documents.begin(), documents.end(), p.document.value) == documents.end())
      documents.push_back(p.document.value);
    chunks.push_back(p.chunk.value);
  }
  return {{"documents", std::move(documents)},
          {"chunks", std::move(chunks)},
          {"epoch", retrieval.epoch.value}};
}

json me(const access::AccessControl& access, const Caller& caller) {
  const access::UserInfo& user = caller.identity.user;
  json actions = json::array();
  for (const access::Action action : caller.identity.actions.list())
    actions.push_back(access::name_of(action));
  // Those the user may put on a document: none above the clearance.
  json labels = json::array();
  for (const std::string& label : access.labels()) {
    labels.push_back(label);
    if (label == user.clearance) break;
  }
  return {{"name", user.name},     {"display_name", user.display_name}, {"roles", user.roles},
          {"groups", user.groups}, {"clearance", user.clearance},       {"actions", actions},
          {"labels", labels}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace carrel::server
