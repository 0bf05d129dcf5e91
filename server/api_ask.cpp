// Answers: found, recorded, written, checked, recorded again.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "server/api.h"
#include "server/passage_json.h"
#include "server/trail.h"

namespace carrel::server {

using nlohmann::json;

struct Answering::State {
  const Service& service;
  Caller caller;
  std::string question;
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
        s.question, s.found,
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
    s.trail.end(answer.abstained ? "abstained" : "answered", details);
    json done = {{"answer", text},
                 {"abstained", answer.abstained},
                 {"engine", answer.engine},
                 {"citations", citations_json(answer.citations)},
                 {"usage",
                  {{"prompt_tokens", answer.usage.prompt_tokens},
                   {"completion_tokens", answer.usage.completion_tokens}}}};
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

std::unique_ptr<Answering> Api::begin_ask(const Caller& caller, const std::string& question,
                                          const CancelToken& cancel) const {
  check_question(question);
  std::unique_ptr<Answering::State> state(new Answering::State{
      service_, caller, question, cancel,
      AuditTrail(service_.audit, caller, "ask", json::object(), question), Stopwatch()});
  std::unique_ptr<Answering> out(new Answering(std::move(state)));
  Answering::State& s = *out->state_;
  try {
    retrieve::RetrieveOptions options;
    options.passages_max = options_.answer_passages;
    options.time_max = options_.search_time_max;
    s.found = retrieve_readable(service_, caller, question, options, cancel);
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
    s.sources = dump({{"sources", std::move(sources)}});
    s.trail.disclose(shown);
  } catch (const Error& error) {
    s.trail.end(name_of(error.code()), {});
    throw;
  }
  return out;
}

std::string Api::ask_json(const Caller& caller, const std::string& question,
                          const CancelToken& cancel) const {
  return begin_ask(caller, question, cancel)->finish([](const std::string&) {});
}

}  // namespace carrel::server
