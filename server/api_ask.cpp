// Answers: found, recorded, written, checked, recorded again.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/utf8.h"
#include "generate/follow_up.h"
#include "retrieve/suggestions.h"
#include "server/api.h"
#include "server/passage_json.h"
#include "server/trail.h"

namespace carrel::server {

using nlohmann::json;

struct Answering::State {
  const Service& service;
  Caller caller;
  std::string question;      // as it was written
  std::string searched_for;  // with what it leans on
  bool is_kept;
  std::optional<ConversationId> conversation;
  CancelToken cancel;
  AuditTrail trail;
  Stopwatch watch;
  double retrieve_ms = 0;
  retrieve::Retrieval found;
  std::string sources;
};

namespace {

// Ties the record to the words without holding them: whoever has the answer can show that it is the
// one recorded. The salt keeps short answers from being looked up in a table of hashes.
json commitment(SecretSource& secrets, const std::string& text) {
  std::array<std::uint8_t, 16> salt{};
  secrets.fill(salt);
  return {{"answer_salt", to_hex(salt)}, {"answer_hmac_sha256", to_hex(hmac_sha256(salt, text))}};
}

std::vector<ChunkId> cited_chunks(const retrieve::Retrieval& found,
                                  const std::vector<int>& numbers) {
  std::vector<ChunkId> out;
  for (const int n : numbers) {
    if (n < 1 || static_cast<std::size_t>(n) > found.passages.size())
      throw Error(ErrorCode::corrupt, "The answer cites a passage that was not found; ask again.");
    const ChunkId chunk = found.passages[static_cast<std::size_t>(n) - 1].chunk;
    if (std::find(out.begin(), out.end(), chunk) == out.end()) out.push_back(chunk);
  }
  return out;
}

constexpr std::size_t kSuggestionsMax = 3;

// "new" or a number. Errors: invalid_argument.
std::optional<ConversationId> conversation_named(const std::string& name) {
  if (name.empty() || name == "new") return std::nullopt;
  ConversationId id;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, id.value);
  if (error != std::errc() || stop != end || id.value < 1)
    throw Error(ErrorCode::invalid_argument,
                "'conversation_id' must be the number of a conversation, or \"new\".");
  return id;
}

index::NewMessage message_of(const std::string& question, const std::string& searched_for,
                             const generate::Answer& answer, const json& commitment) {
  index::NewMessage out;
  out.question = question;
  out.searched_for = searched_for;
  out.engine = answer.engine;
  out.abstained = answer.abstained;
  out.answer_hmac = commitment["answer_hmac_sha256"].get<std::string>();
  if (answer.abstained) return out;
  for (const generate::AnswerSentence& sentence : answer.sentences)
    out.sentences.push_back({sentence.text, sentence.citations});
  for (const generate::Citation& c : answer.citations)
    out.cited.push_back({c.n, c.chunk, c.document});
  return out;
}

json questions_json(const std::vector<retrieve::SuggestedQuestion>& questions) {
  json out = json::array();
  for (const auto& question : questions) out.push_back(question.question);
  return out;
}

json citations_json(const std::vector<generate::Citation>& citations) {
  json out = json::array();
  for (const generate::Citation& c : citations)
    out.push_back({{"n", c.n},
                   {"document_id", c.document.value},
                   {"chunk_id", c.chunk.value},
                   {"title", c.title},
                   {"uri", c.uri},
                   {"page", page_json(c.page)},
                   {"quote", c.quote}});
  return out;
}

}  // namespace

Answering::Answering(std::unique_ptr<State> state) : state_(std::move(state)) {}

Answering::~Answering() {
  if (!state_ || state_->trail.has_ended()) return;
  try {
    state_->trail.end("abandoned", {});
  } catch (const std::exception&) {
    log::warning("server.abandoned_not_recorded");  // nothing more is shown, so nothing is owed
  }
}

const std::string& Answering::sources_json() const { return state_->sources; }

std::string Answering::finish(const std::function<void(const std::string&)>& on_sentence) {
  State& s = *state_;
  // What was taken away since the sources were found must not be answered from.
  const auto check_still_readable = [&](const std::vector<int>& numbers) {
    if (!are_readable(s.service, s.caller, cited_chunks(s.found, numbers)))
      throw Error(ErrorCode::conflict,
                  "What may be read changed while the answer was written; ask again.");
  };
  try {
    const Stopwatch writing;
    std::vector<int> all(s.found.passages.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i) + 1;
    check_still_readable(all);
    const generate::Answer answer = s.service.engine.answer(
        s.searched_for, s.found,
        [&](const generate::AnswerSentence& sentence) {
          s.cancel.check();
          check_still_readable(sentence.citations);
          on_sentence(dump({{"text", sentence.text}, {"citations", sentence.citations}}));
        },
        s.cancel);
    std::vector<int> cited;
    for (const generate::Citation& c : answer.citations) cited.push_back(c.n);
    check_still_readable(cited);
    const std::string text = answer.text();
    json details = commitment(s.service.secrets, text);
    details["engine"] = answer.engine;
    details["abstained"] = answer.abstained;
    details["cited"] = cited;
    const access::Visibility visible = s.service.access.visibility(s.caller.identity.user.id);
    json done = {{"answer", text},
                 {"abstained", answer.abstained},
                 {"engine", answer.engine},
                 {"citations", citations_json(answer.citations)},
                 {"searched_for", s.searched_for},
                 {"suggestions", questions_json(retrieve::next_questions(
                                     s.service.library.reader(), visible, s.found.passages,
                                     s.searched_for, kSuggestionsMax))},
                 {"usage",
                  {{"prompt_tokens", answer.usage.prompt_tokens},
                   {"completion_tokens", answer.usage.completion_tokens}}}};
    if (s.is_kept) {
      index::Conversations& kept = s.service.library.conversations();
      const auto added = kept.add(visible, s.conversation,
                                  message_of(s.question, s.searched_for, answer, details));
      done["conversation_id"] = added.conversation.value;
      done["message_id"] = added.message.value;
      kept.remove_expired();
    }
    s.trail.end(answer.abstained ? "abstained" : "answered", details);
    check_still_readable(all);  // the suggestions come from all that was found
    if (s.caller.sees_timings())
      done["timings_ms"] = {{"retrieve", std::round(s.retrieve_ms)},
                            {"generate", std::round(writing.milliseconds())},
                            {"total", std::round(s.watch.milliseconds())}};
    return dump(done);
  } catch (const Error& error) {
    s.trail.end(name_of(error.code()), {});
    throw;
  }
}

std::unique_ptr<Answering> Api::begin_ask(const Caller& caller, const AskRequest& request,
                                          const CancelToken& cancel) const {
  const std::string& question = request.question;
  check_question(question);
  const std::optional<ConversationId> conversation = conversation_named(request.conversation);
  std::string searched_for = question;
  if (conversation) {
    const std::string before = service_.library.conversations().last_question(
        service_.access.visibility(caller.identity.user.id), *conversation);
    if (!request.as_written) searched_for = generate::carry_over(question, before);
  }
  const std::string words =
      searched_for == question ? question : question + "\nsearched for: " + searched_for;
  json intent = json::object();
  if (conversation) intent["conversation"] = conversation->value;
  std::unique_ptr<Answering::State> state(new Answering::State{
      service_, caller, question, searched_for, !request.conversation.empty(), conversation, cancel,
      AuditTrail(service_.audit, caller, "ask", intent, words), Stopwatch()});
  std::unique_ptr<Answering> out(new Answering(std::move(state)));
  Answering::State& s = *out->state_;
  try {
    retrieve::RetrieveOptions options;
    options.passages_max = options_.answer_passages;
    options.continuations_max = kAnswerContinuations;
    options.time_max = options_.search_time_max;
    options.filter.collections = request.collections;
    s.found = retrieve_readable(service_, caller, searched_for, options, cancel);
    s.retrieve_ms = s.watch.milliseconds();
    json sources = json::array();
    int n = 0;
    for (const retrieve::Passage& passage : s.found.passages) {
      json source = passage_json(passage);
      source["n"] = ++n;
      sources.push_back(std::move(source));
    }
    json shown = shown_json(s.found);
    shown["route"] = service_.engine.name();
    json first = {{"sources", std::move(sources)}, {"searched_for", searched_for}};
    if (conversation) first["conversation_id"] = conversation->value;
    s.sources = dump(first);
    s.trail.disclose(shown);
    check_passages(service_, caller, s.found);
  } catch (const Error& error) {
    s.trail.end(name_of(error.code()), {});
    throw;
  }
  return out;
}

std::string Api::ask_json(const Caller& caller, const AskRequest& request,
                          const CancelToken& cancel) const {
  return begin_ask(caller, request, cancel)->finish([](const std::string&) {});
}

std::string Api::suggestions_json(const Caller& caller) const {
  constexpr std::size_t kFirstQuestionsMax = 4;
  AuditTrail trail(service_.audit, caller, "suggest", json::object());
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const auto questions =
      retrieve::first_questions(service_.library.reader(), visible, kFirstQuestionsMax);
  json documents = json::array();
  for (const auto& question : questions) documents.push_back(question.document.value);
  std::string out = dump({{"suggestions", questions_json(questions)}});
  trail.disclose({{"documents", std::move(documents)}, {"epoch", visible.epoch().value}});
  const access::Visibility now = service_.access.visibility(caller.identity.user.id);
  for (const auto& question : questions)
    if (!service_.library.reader().find_document(now, question.document))
      throw Error(ErrorCode::conflict, "What may be read changed meanwhile; ask again.");
  return out;
}

}  // namespace carrel::server
