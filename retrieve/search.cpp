#include "retrieve/search.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "core/clock.h"
#include "embed/lsa.h"
#include "retrieve/other_languages.h"
#include "retrieve/ranker_weights.h"

namespace carrel::retrieve {
namespace {

bool is_zero(std::span<const float> embedding) {
  return std::all_of(embedding.begin(), embedding.end(), [](float x) { return x == 0.0F; });
}

void scale_to_unit(std::span<float> embedding) {
  double squares = 0;
  for (const float x : embedding) squares += static_cast<double>(x) * x;
  if (squares <= 0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(squares));
  for (float& x : embedding) x *= scale;
}

// The described candidates by score, then the others in the order they had. Scores leave as shares
// of the best one's odds, so that they fall from 1 towards 0 whatever the model's scale.
std::vector<index::Candidate> reranked(const std::vector<index::Candidate>& fused,
                                       const std::vector<ChunkId>& described,
                                       const std::vector<double>& scores) {
  constexpr double kSoftness = 6;  // logits in which a score falls to 1/e
  std::vector<index::Candidate> out;
  out.reserve(fused.size());
  double best = 0, least = 1;
  for (std::size_t i = 0; i < scores.size(); ++i)
    best = i == 0 ? scores[0] : std::max(best, scores[i]);
  for (std::size_t i = 0; i < described.size(); ++i)
    out.push_back({described[i], std::exp((scores[i] - best) / kSoftness)});
  std::sort(out.begin(), out.end(), [](const index::Candidate& a, const index::Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
  if (!out.empty()) least = out.back().score;
  const std::unordered_set<ChunkId> taken(described.begin(), described.end());
  for (const index::Candidate& candidate : fused)
    if (!taken.contains(candidate.chunk))
      out.push_back({candidate.chunk, least * std::clamp(candidate.score, 0.0, 1.0)});
  return out;
}

}  // namespace

std::string indexed_text(const index::DocumentInfo& document, const index::StoredChunk& chunk) {
  std::string all;
  all.reserve(document.title.size() + chunk.section.size() + chunk.text.size() + 2);
  all.append(document.title).append("\n").append(chunk.section).append("\n").append(chunk.text);
  return all;
}

std::vector<Word> indexed_words(const Analyzer& analyzer, const ParsedQuery& query,
                                const index::DocumentInfo& document,
                                const index::StoredChunk& chunk) {
  const std::string all = indexed_text(document, chunk);
  std::vector<Word> words = analyzer.words(all);
  recognise_stems(query, document.language, all, words);
  return words;
}

index::KeywordResult Search::keyword_arm(const index::Scope& scope, const ParsedQuery& query,
                                         const RetrieveOptions& options,
                                         const CancelToken& cancel) const {
  const index::KeywordLimits limits{.terms_max = QueryLimits{}.terms_max,
                                    .candidates_max = options.candidates_max,
                                    .time_max = options.time_max};
  return reader_.keyword_search(scope, query.keywords, limits, cancel);
}

double Search::coverage_of_best(const access::Visibility& visible, const ParsedQuery& query,
                                const index::KeywordResult& keyword) const {
  if (keyword.candidates.empty()) return 0;
  const ChunkId best = keyword.candidates.front().chunk;
  const std::vector<index::StoredChunk> chunks = reader_.chunks(visible, {&best, 1});
  if (chunks.empty()) return 0;
  const auto document = reader_.find_document(visible, chunks.front().document);
  if (!document) return 0;
  const std::vector<Word> words = indexed_words(analyzer_, query, *document, chunks.front());
  std::unordered_set<std::string_view> present;
  for (const Word& word : words) present.insert(word.term);
  return covered_share(keyword.terms, present);
}

// The words of a question that stand in chunks which the asker may read, and in as many as the
// encoder needs to learn a word: whether it knows any other word is nobody's business.
std::string Search::visibly_known_words(const access::Visibility& visible,
                                        const std::string& plain) const {
  const std::vector<Word> words = analyzer_.words(plain);
  std::vector<std::string> terms;
  for (const Word& word : words)
    if (!word.is_stop_word && terms.size() < QueryLimits{}.terms_max) terms.push_back(word.term);
  std::unordered_set<std::string> known;
  for (const index::VisibleTerm& term : reader_.term_statistics(visible, terms))
    if (term.document_frequency >= embed::LsaOptions{}.term_chunks_min) known.insert(term.term);
  std::string out;
  for (const Word& word : words)
    if (known.contains(word.term))
      out.append(plain, word.span.begin, word.span.size()).push_back(' ');
  return out;
}

// Beside the keyword arm it searches twice: the second time with the question moved towards what
// both arms agree on. Alone it is nearness and nothing else.
Search::VectorArm Search::vector_arm(const index::Scope& scope, const ParsedQuery& query,
                                     const index::KeywordResult& keyword,
                                     const RetrieveOptions& options,
                                     const CancelToken& cancel) const {
  VectorArm out;
  const std::optional<EncoderInUse> in_use = encoder_.get();
  if (!in_use || query.plain.empty()) return out;
  // Where no visible word matches, nearness alone would tell which words the encoder has learned
  // from documents that the asker may not read.
  if (options.arms == Arms::both && keyword.candidates.empty()) return out;
  std::vector<float> question(in_use->encoder->dim());
  const std::string known = visibly_known_words(scope.visible, query.plain);
  const std::string_view text = known;
  in_use->encoder->encode({&text, 1}, question);
  if (is_zero(question)) return out;

  const index::VectorSearch how{.k = options.candidates_max,
                                .ef_search = std::max(options.ef_search, options.candidates_max),
                                .strategy = options.vector_strategy};
  out.model = in_use->model;
  out.is_nested = in_use->encoder->is_nested();
  out.candidates = reader_.vector_search(scope, in_use->model, question, how);
  out.question = question;
  out.moved = std::move(question);
  if (options.arms != Arms::both || ranking_.feedback_passages == 0) return out;

  cancel.check();
  const auto first = fuse(keyword.candidates, out.candidates, ranking_.first_pass_alpha);
  for (std::size_t i = 0; i < std::min(ranking_.feedback_passages, first.size()); ++i) {
    const auto near = reader_.embedding_of(scope.visible, in_use->model, first[i].chunk);
    if (!near || near->size() != out.moved.size()) continue;
    for (std::size_t d = 0; d < out.moved.size(); ++d)
      out.moved[d] += static_cast<float>(ranking_.feedback_weight) * (*near)[d];
  }
  scale_to_unit(out.moved);
  out.candidates = reader_.vector_search(scope, in_use->model, out.moved, how);
  return out;
}

// Reads the best fused candidates once and measures them.
void Search::describe(const index::Scope& scope, const ParsedQuery& query,
                      const index::KeywordResult& keyword, const VectorArm& vector,
                      const DocumentEvidence& evidence, Candidates& out) const {
  std::vector<ChunkId> best;
  for (std::size_t i = 0; i < std::min(ranking_.reranked_max, out.fused.size()); ++i)
    best.push_back(out.fused[i].chunk);
  const QuestionWords question(analyzer_, query, keyword.terms, keyword.average_length);
  CandidateSet set(vector.question, vector.moved, vector.is_nested);
  // The arm's own score knows what else was searched beside the question's words.
  std::unordered_map<ChunkId, double> of_arm;
  for (const index::Candidate& candidate : keyword.candidates)
    of_arm.emplace(candidate.chunk, candidate.score);
  std::unordered_map<DocumentId, index::DocumentInfo> documents;
  for (const index::StoredChunk& chunk : reader_.chunks(scope.visible, best)) {
    auto document = documents.find(chunk.document);
    if (document == documents.end()) {
      auto found = reader_.find_document(scope.visible, chunk.document);
      if (!found) continue;
      document = documents.emplace(chunk.document, std::move(*found)).first;
    }
    const std::string text = indexed_text(document->second, chunk);
    const std::size_t headings_end = text.size() - chunk.text.size();
    std::vector<Word> words = analyzer_.words(text);
    recognise_stems(query, document->second.language, text, words);
    FeatureRow row{};
    question.measure(text, headings_end, words, row);
    if (const auto score = of_arm.find(chunk.id); score != of_arm.end() && question.ceiling() > 0)
      row[kKeyword] = static_cast<float>(score->second / question.ceiling());
    const auto embedding = vector.question.empty()
                               ? std::nullopt
                               : reader_.embedding_of(scope.visible, vector.model, chunk.id);
    set.add(row, embedding ? *embedding : std::span<const float>(),
            ranking_.document_logits * document_change(scope.visible, evidence, chunk.document));
    out.described.push_back(chunk.id);
  }
  set.finish();
  out.set = std::move(set);
}

Candidates Search::candidates(const index::Scope& scope, const ParsedQuery& query,
                              const RetrieveOptions& options, Ranking& timings,
                              const CancelToken& cancel) const {
  Candidates out;
  index::KeywordResult keyword;
  Stopwatch watch;
  if (options.arms != Arms::vector_only && !query.keywords.terms.empty())
    keyword = keyword_arm(scope, query, options, cancel);
  const DocumentEvidence evidence = options.arms == Arms::both
                                        ? document_evidence(reader_, analyzer_, scope, query.plain)
                                        : DocumentEvidence{};
  add_named_documents(scope, query, evidence, options, cancel, keyword);
  timings.keyword_ms = watch.milliseconds();
  cancel.check();

  watch = {};
  VectorArm vector;
  if (options.arms != Arms::keyword_only)
    vector = vector_arm(scope, query, keyword, options, cancel);
  timings.vector_ms = watch.milliseconds();
  timings.used_vectors = !vector.candidates.empty();
  cancel.check();

  watch = {};
  const double alpha =
      keyword_weight(coverage_of_best(scope.visible, query, keyword), ranking_.weights);
  out.fused = fuse(keyword.candidates, vector.candidates, alpha);
  if (options.arms == Arms::both) weigh_documents(scope.visible, evidence, out.fused);
  timings.fuse_ms = watch.milliseconds();
  cancel.check();

  watch = {};
  if (options.rerank && options.arms == Arms::both)
    describe(scope, query, keyword, vector, evidence, out);
  timings.terms = std::move(keyword.terms);
  timings.rerank_ms = watch.milliseconds();
  return out;
}

// Among hundreds of documents of one form, the passages of the one that is meant need not be among
// the best by words alone: they are searched for by themselves.
void Search::add_named_documents(const index::Scope& scope, const ParsedQuery& query,
                                 const DocumentEvidence& evidence, const RetrieveOptions& options,
                                 const CancelToken& cancel, index::KeywordResult& keyword) const {
  const std::vector<NamedDocument> named = evidence.named();
  if (named.empty() || keyword.candidates.size() < options.candidates_max) return;
  auto documents = std::make_shared<index::DocumentSet>();
  for (const NamedDocument& one : named) documents->add(one.document);
  const index::KeywordResult found =
      keyword_arm({scope.visible, std::move(documents)}, query, options, cancel);
  std::unordered_set<ChunkId> present;
  for (const index::Candidate& candidate : keyword.candidates) present.insert(candidate.chunk);
  for (const index::Candidate& candidate : found.candidates)
    if (!present.contains(candidate.chunk)) keyword.candidates.push_back(candidate);
}

// What a passage gains or loses by the document it stands in, in units of the fused score.
double Search::document_change(const access::Visibility& visible, const DocumentEvidence& evidence,
                               DocumentId document) const {
  // Squared: half a name, such as one word of a title that is also about the topic, is far from
  // half of what a full one tells.
  const double named = evidence.of(document);
  const double in_force = edition_prior(reader_, visible, evidence, document);
  return ranking_.named_document * named * named - ranking_.superseded * (1 - in_force);
}

void Search::weigh_documents(const access::Visibility& visible, const DocumentEvidence& evidence,
                             std::vector<index::Candidate>& fused) const {
  std::unordered_map<DocumentId, double> change;
  for (index::Candidate& candidate : fused) {
    const auto document = reader_.document_of(visible, candidate.chunk);
    if (!document) continue;
    const auto [it, is_new] = change.try_emplace(*document, 0.0);
    if (is_new) it->second = document_change(visible, evidence, *document);
    candidate.score += it->second;
  }
  std::sort(fused.begin(), fused.end(), [](const index::Candidate& a, const index::Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
}

Ranking Search::rank(const index::Scope& scope, const ParsedQuery& query,
                     const RetrieveOptions& options, const CancelToken& cancel) const {
  Ranking out;
  if (query.plain.empty() && scope.documents != nullptr) {
    // A filter by itself asks what there is.
    const std::vector<ChunkId> listed = reader_.first_chunks(scope, options.candidates_max);
    for (std::size_t i = 0; i < listed.size(); ++i)
      out.ranked.push_back({listed[i], 1.0 / static_cast<double>(i + 1)});
    return out;
  }
  Candidates found = candidates(scope, query, options, out, cancel);
  const Stopwatch watch;
  if (found.set)
    out.ranked = reranked(found.fused, found.described, rank_scores(*found.set, kRankerWeights));
  else
    out.ranked = std::move(found.fused);
  if (options.arms == Arms::both && !options.one_per_document) {
    std::vector<DocumentId> documents;
    for (const index::Candidate& candidate : out.ranked)
      documents.push_back(
          reader_.document_of(scope.visible, candidate.chunk).value_or(DocumentId{}));
    out.ranked = spread_over_documents(std::move(out.ranked), documents);
  }
  out.rerank_ms += watch.milliseconds();
  return out;
}

}  // namespace carrel::retrieve
