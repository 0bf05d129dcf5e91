#include "ingest/purge.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "embed/lsa_erasure.h"
#include "index/erasure.h"

namespace carrel::ingest {
namespace {

using index::PendingErasure;

constexpr std::size_t kRecordsAtATime = 5000;

// The words that only documents now deleted held.
class LostWords {
 public:
  LostWords(const index::Erasure& erasure, const std::vector<PendingErasure>& pending)
      : erasure_(erasure) {
    for (const PendingErasure& one : pending)
      hashes_.insert(hashes_.end(), one.words.begin(), one.words.end());
    std::sort(hashes_.begin(), hashes_.end());
  }

  bool contains(std::string_view term) {
    if (!std::binary_search(hashes_.begin(), hashes_.end(), index::Erasure::word_hash(term)))
      return false;
    const auto [known, is_new] = lost_.try_emplace(std::string(term), false);
    if (is_new) known->second = !erasure_.is_in_use(term);
    return known->second;
  }

  bool stand_in(std::string_view text) {
    const auto words = analyzer_.words(text);
    return std::any_of(words.begin(), words.end(),
                       [&](const Word& word) { return !word.is_stop_word && contains(word.term); });
  }

 private:
  const index::Erasure& erasure_;
  Analyzer analyzer_;
  std::vector<std::uint64_t> hashes_;
  std::unordered_map<std::string, bool> lost_;
};

std::size_t purge_encoders(index::Library& library, index::Erasure& erasure, LostWords& lost) {
  std::size_t terms = 0;
  for (const index::ModelInfo& model : library.writer().models()) {
    if (model.kind != "lsa") continue;  // others are not made from the library's words
    std::size_t dropped = 0;
    std::optional<std::string> left;
    try {
      left = embed::lsa_bytes_without(
          erasure.model_bytes(model.id), [&](std::string_view term) { return lost.contains(term); },
          dropped);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::corrupt) throw;  // damaged: it goes, and another is trained
    }
    if (!left)
      erasure.drop_model(model.id);
    else if (dropped > 0)
      erasure.replace_model_bytes(model.id, *left);
    terms += dropped;
  }
  return terms;
}

// The records whose words belong to a request about, or an answer from, one of these documents.
std::unordered_set<std::int64_t> requests_about(const access::AuditLog& audit,
                                                const std::vector<PendingErasure>& pending) {
  std::unordered_set<std::int64_t> gone;
  for (const PendingErasure& one : pending) gone.insert(one.document.value);
  const auto is_gone = [&](const nlohmann::json& id) {
    return id.is_number_integer() && gone.contains(id.get<std::int64_t>());
  };
  std::unordered_set<std::int64_t> out;
  access::AuditLog::Query query{.limit = kRecordsAtATime};
  for (auto page = audit.list(query); !page.empty(); page = audit.list(query)) {
    for (const access::StoredAuditRecord& stored : page) {
      const auto details = nlohmann::json::parse(stored.record.details, nullptr, false);
      if (!details.is_object()) continue;
      const auto shown = details.find("documents");
      const bool is_about =
          is_gone(details.value("document", nlohmann::json())) ||
          (shown != details.end() && std::any_of(shown->begin(), shown->end(), is_gone));
      if (!is_about) continue;
      out.insert(stored.id.value);
      out.insert(stored.record.intent.value);
    }
    query.after = page.back().id;
  }
  return out;
}

}  // namespace

PurgeReport purge(index::Library& library, access::AuditLog& audit, bool even_if_nothing_pending,
                  ProgressSink& progress) {
  index::Erasure erasure(library);
  const std::vector<PendingErasure> pending = erasure.pending();
  PurgeReport report{.documents = pending.size()};
  if (pending.empty() && !even_if_nothing_pending) return report;
  library.writer().commit_keywords();  // so that no deleted word seems to be in use
  LostWords lost(erasure, pending);
  report.terms = purge_encoders(library, erasure, lost);
  const auto about = requests_about(audit, pending);
  report.questions = audit.erase_words([&](const access::StoredAuditRecord& stored) {
    return about.contains(stored.id.value) || lost.stand_in(*stored.words);
  });
  report.questions +=
      erasure.erase_history([&](std::string_view text) { return lost.stand_in(text); });
  erasure.rewrite_stores(progress);
  erasure.finish(pending);
  log::info(
      "purge.finished",
      {{"documents", report.documents}, {"terms", report.terms}, {"questions", report.questions}});
  return report;
}

}  // namespace carrel::ingest
