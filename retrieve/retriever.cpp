// The door of the room: checks what is asked, ranks, and turns chunk numbers into passages under
// the access rules as they are at that moment, which may be stricter than when the rankers began.
#include "retrieve/retriever.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/clock.h"
#include "core/error.h"
#include "retrieve/continuation.h"
#include "retrieve/highlight.h"
#include "retrieve/other_languages.h"
#include "retrieve/search.h"

namespace carrel::retrieve {
namespace {

constexpr std::size_t kPassagesMax = 200;
constexpr std::size_t kCandidatesMax = 1000;
constexpr std::size_t kContinuationsMax = 16;
constexpr std::size_t kFetchBatch = 32;  // chunks read at a time until enough passages stand

void check_options(const RetrieveOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::invalid_argument, what);
  };
  if (options.passages_max < 1 || options.passages_max > kPassagesMax)
    refuse("The number of passages must be between 1 and 200.");
  if (options.candidates_max < 1 || options.candidates_max > kCandidatesMax)
    refuse("The number of candidates must be between 1 and 1000.");
  if (options.continuations_max > kContinuationsMax)
    refuse("The number of continuations must be between 0 and 16.");
  if (options.time_max.count() <= 0) refuse("The time allowed for a search must be positive.");
}

// A document must pass both filters.
std::shared_ptr<const index::DocumentSet> matching_both(const index::Reader& reader,
                                                        const access::Visibility& visible,
                                                        const index::DocumentFilter& a,
                                                        const index::DocumentFilter& b) {
  if (a.is_empty()) return reader.documents_matching(visible, b);
  if (b.is_empty()) return reader.documents_matching(visible, a);
  const auto first = reader.documents_matching(visible, a);
  const auto second = reader.documents_matching(visible, b);
  auto both = std::make_shared<index::DocumentSet>();
  std::size_t left = first->count();
  for (std::int64_t id = 1; left > 0; ++id) {
    if (!first->contains({id})) continue;
    --left;
    if (second->contains({id})) both->add({id});
  }
  return both;
}

// Collects passages in order of rank, under one Visibility taken after ranking.
class PassageCollector {
 public:
  PassageCollector(const index::Reader& reader, const access::Visibility& now,
                   const Analyzer& analyzer, const ParsedQuery& query,
                   const std::vector<index::VisibleTerm>& terms, const RetrieveOptions& options)
      : reader_(reader),
        now_(now),
        analyzer_(analyzer),
        query_(query),
        terms_(terms),
        options_(options) {
    for (const index::QueryTerm& term : query.keywords.terms) wanted_.insert(term.term);
    for (const auto& phrase : query.keywords.phrases) wanted_.insert(phrase.begin(), phrase.end());
  }

  std::vector<Passage> collect(const std::vector<index::Candidate>& ranked,
                               const CancelToken& cancel) {
    for (std::size_t at = 0; at < ranked.size() && !is_full(); at += kFetchBatch) {
      cancel.check();
      const std::size_t end = std::min(at + kFetchBatch, ranked.size());
      std::vector<ChunkId> ids;
      std::unordered_map<ChunkId, double> score;
      for (std::size_t i = at; i < end; ++i) {
        ids.push_back(ranked[i].chunk);
        score.emplace(ranked[i].chunk, ranked[i].score);
      }
      for (index::StoredChunk& chunk : reader_.chunks(now_, ids))
        if (!is_full()) consider(std::move(chunk), score);
    }
    return std::move(passages_);
  }

 private:
  bool is_full() const { return passages_.size() >= options_.passages_max; }

  void consider(index::StoredChunk chunk, const std::unordered_map<ChunkId, double>& score) {
    if (options_.one_per_document && documents_taken_.contains(chunk.document)) return;
    const index::DocumentInfo* document = document_of(chunk.document);
    if (document == nullptr) return;
    if (query_.has_constraints() &&
        !meets_constraints(indexed_words(analyzer_, query_, *document, chunk), query_.keywords))
      return;
    std::vector<Word> words = analyzer_.words(chunk.text);
    recognise_stems(query_, document->language, chunk.text, words);
    if (!options_.one_per_document) {
      Fingerprint print = fingerprint(chunk.text, words);
      for (const Fingerprint& taken : fingerprints_)
        if (near_identical(taken, print)) return;
      fingerprints_.push_back(std::move(print));
    }
    documents_taken_.insert(chunk.document);
    passages_.push_back(passage_of(std::move(chunk), *document, words, score));
  }

  Passage passage_of(index::StoredChunk chunk, const index::DocumentInfo& document,
                     const std::vector<Word>& words,
                     const std::unordered_map<ChunkId, double>& score) const {
    Passage out;
    out.chunk = chunk.id;
    out.document = chunk.document;
    out.title = document.title;
    out.uri = document.uri;
    out.external_id = document.external_id;
    out.collection = document.collection;
    out.mime_type = document.mime_type;
    out.label = document.label;
    out.language = document.language;
    out.page = chunk.page;
    out.section = std::move(chunk.section);
    out.span = chunk.span;
    out.text = std::move(chunk.text);
    out.highlights = highlights(out.text, words, wanted_);
    out.lines = std::move(chunk.lines);
    out.score = score.at(chunk.id);
    std::unordered_set<std::string_view> present;
    for (const Word& word : words) present.insert(word.term);
    out.coverage = covered_share(terms_, present);
    return out;
  }

  const index::DocumentInfo* document_of(DocumentId id) {
    auto entry = documents_.find(id);
    if (entry == documents_.end())
      entry = documents_.emplace(id, reader_.find_document(now_, id)).first;
    return entry->second ? &*entry->second : nullptr;
  }

  const index::Reader& reader_;
  const access::Visibility& now_;
  const Analyzer& analyzer_;
  const ParsedQuery& query_;
  const std::vector<index::VisibleTerm>& terms_;
  const RetrieveOptions& options_;
  std::unordered_set<std::string_view> wanted_;
  std::unordered_map<DocumentId, std::optional<index::DocumentInfo>> documents_;
  std::unordered_set<DocumentId> documents_taken_;
  std::vector<Fingerprint> fingerprints_;
  std::vector<Passage> passages_;
};

// An indexed word is a stem: what is told to the asker is a word that a passage found holds.
void name_corrections(const Analyzer& analyzer, Retrieval& found) {
  for (Correction& correction : found.corrections)
    for (const Passage& passage : found.passages) {
      const std::string all = passage.title + "\n" + passage.section + "\n" + passage.text;
      const std::vector<Word> words = analyzer.words(all);
      const auto at = std::find_if(words.begin(), words.end(),
                                   [&](const Word& word) { return word.term == correction.term; });
      if (at == words.end()) continue;
      correction.read_as = Analyzer::fold(all.substr(at->span.begin, at->span.size()));
      break;
    }
}

}  // namespace

struct Retriever::State {
  State(const index::Reader& r, const access::AccessControl& a)
      : reader(r), access(a), encoder(r), search(r, analyzer, encoder, RankingOptions{}) {}

  const index::Reader& reader;
  const access::AccessControl& access;
  Analyzer analyzer;
  ActiveEncoder encoder;
  Search search;
};

Retriever::Retriever(const index::Reader& reader, const access::AccessControl& access)
    : state_(std::make_unique<State>(reader, access)) {}
Retriever::~Retriever() = default;

Retrieval Retriever::retrieve(const access::Visibility& visible, std::string_view question,
                              const RetrieveOptions& options, const CancelToken& cancel) const {
  check_options(options);
  ParsedQuery query = parse_query(question, state_->analyzer, QueryLimits{});
  const index::Scope scope{visible,
                           matching_both(state_->reader, visible, query.filter, options.filter)};
  cancel.check();
  std::vector<Correction> corrections =
      adapt_to_library(state_->reader, state_->analyzer, visible, query);
  Ranking ranking = state_->search.rank(scope, query, options, cancel);

  const Stopwatch watch;
  // Rights may have been taken away while the rankers ran: what leaves is read under today's rules.
  const access::Visibility now = state_->access.visibility(visible.who());
  Retrieval out;
  out.epoch = now.epoch();
  out.terms = std::move(ranking.terms);
  out.passages = PassageCollector(state_->reader, now, state_->analyzer, query, out.terms, options)
                     .collect(ranking.ranked, cancel);
  // What an exclusion or a phrase keeps out is not let in beside another passage.
  if (!query.has_constraints())
    add_continuations(state_->reader, now, options.continuations_max, out.passages);
  out.corrections = std::move(corrections);
  name_corrections(state_->analyzer, out);
  out.keyword_ms = ranking.keyword_ms;
  out.vector_ms = ranking.vector_ms;
  out.fuse_ms = ranking.fuse_ms + watch.milliseconds();
  out.rerank_ms = ranking.rerank_ms;
  out.used_vectors = ranking.used_vectors;
  return out;
}

}  // namespace carrel::retrieve
