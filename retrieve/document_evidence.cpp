#include "retrieve/document_evidence.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "index/document_names.h"

namespace carrel::retrieve {
namespace {

// What remains of a document's score where the question contradicts it.
constexpr double kOtherYear = 0.2;
constexpr double kOtherVersion = 0.2;
constexpr double kOtherQuarter = 0.3;
// Where another is called by all that this one is called by, and by more: "Apex Rail" where the
// question says "Apex Rail Freight".
constexpr double kLessNamed = 0.4;

// Only of documents of one passage named at least so well, and of the first so many, is it looked
// up which words are the title's: a lookup costs some 20 us, and less than this changes no rank.
constexpr double kTellingMin = 0.4;
constexpr std::size_t kLookedUpMax = 32;

// A document singled out among n has at least the mass of a word that stands in one name only.
double mass_of_one(std::uint64_t documents) {
  return std::log(1.0 + (static_cast<double>(documents) - 0.5) / 1.5);
}

bool speaks_of_editions(const Analyzer& analyzer, std::string_view question,
                        const std::vector<index::NameKey>& keys) {
  using Kind = index::NameKey::Kind;
  if (std::any_of(keys.begin(), keys.end(), [](const index::NameKey& key) {
        return key.kind == Kind::year || key.kind == Kind::version || key.kind == Kind::month ||
               key.kind == Kind::day;
      }))
    return true;
  static constexpr std::string_view kPast[] = {"old",      "older",    "previous",   "former",
                                               "earlier",  "formerly", "superseded", "withdrawn",
                                               "archived", "history"};
  const std::vector<Word> words = analyzer.words(question);
  return std::any_of(words.begin(), words.end(), [&](const Word& word) {
    const std::string folded = Analyzer::fold(question.substr(word.span.begin, word.span.size()));
    return std::find(std::begin(kPast), std::end(kPast), folded) != std::end(kPast);
  });
}

// How much of what a question names a document by is not in its passages' own scores already, in
// [0, 1]. All passages are indexed under the title: the more of them, the less each says of it. The
// only passage of a document says all of its title, but nothing of its file name and folders, which
// count as much as names do for a document of two.
double beyond_passage(const index::Reader& reader, const Analyzer& analyzer,
                      const access::Visibility& visible, const std::vector<index::NameKey>& keys,
                      const std::vector<double>& idf, const index::NameMatch& match) {
  if (match.passages > 1) return 1 - 1 / static_cast<double>(match.passages);
  const auto document = reader.find_document(visible, match.document);
  if (!document) return 0;
  const std::vector<index::NameKey> title = index::name_keys(analyzer, document->title, false);
  double all = 0, beyond = 0;
  for (std::size_t bit = 0; bit < idf.size(); ++bit) {
    if (((match.keys >> bit) & 1) == 0) continue;
    all += idf[bit];
    if (std::find(title.begin(), title.end(), keys[bit]) == title.end()) beyond += idf[bit];
  }
  return all > 0 ? 0.5 * beyond / all : 0;
}

}  // namespace

DocumentEvidence::DocumentEvidence(std::vector<NamedDocument> ranked, bool asks_for_edition)
    : ranked_(std::move(ranked)), asks_for_edition_(asks_for_edition) {
  for (const NamedDocument& one : ranked_) score_.emplace(one.document, one.score);
}

double DocumentEvidence::of(DocumentId document) const {
  const auto it = score_.find(document);
  return it == score_.end() ? 0.0 : it->second;
}

std::vector<NamedDocument> DocumentEvidence::named() const {
  std::vector<NamedDocument> out;
  for (const NamedDocument& one : ranked_) {
    if (one.score < std::max(kNamedMin, 0.7 * ranked_.front().score)) break;
    if (out.size() == kNamedMax) return {};
    out.push_back(one);
  }
  return out;
}

DocumentEvidence document_evidence(const index::Reader& reader, const Analyzer& analyzer,
                                   const index::Scope& scope, std::string_view question) {
  const std::vector<index::NameKey> keys = index::name_keys(analyzer, question, true);
  const bool asks_for_edition = speaks_of_editions(analyzer, question, keys);
  if (keys.empty()) return DocumentEvidence({}, asks_for_edition);
  const index::NameMatches matches = reader.match_names(scope, keys);
  if (matches.documents.empty()) return DocumentEvidence({}, asks_for_edition);

  const double one = mass_of_one(matches.visible_documents);
  const double best = matches.documents.front().matched;
  std::unordered_set<std::uint64_t> sets;
  for (const index::NameMatch& match : matches.documents) sets.insert(match.keys);
  const auto is_less_named = [&](std::uint64_t of_one) {
    return std::any_of(sets.begin(), sets.end(), [&](std::uint64_t other) {
      return other != of_one && (of_one & other) == of_one;
    });
  };
  std::vector<NamedDocument> ranked;
  std::size_t looked_up = 0;
  for (const index::NameMatch& match : matches.documents) {
    if (match.matched <= 0) continue;
    const double singled_out = std::min(1.0, match.matched / one);
    const double share = match.matched / best;
    const double of_name = match.matched / (match.matched + match.unmatched);
    double score = singled_out * share * share * of_name;
    if (is_less_named(match.keys)) score *= kLessNamed;
    if (match.is_of_other_year) score *= kOtherYear;
    if (match.is_of_other_version) score *= kOtherVersion;
    if (match.is_of_other_quarter) score *= kOtherQuarter;
    if (match.passages == 1 && (score < kTellingMin || ++looked_up > kLookedUpMax)) continue;
    score *= beyond_passage(reader, analyzer, scope.visible, keys, matches.idf, match);
    if (score > 0) ranked.push_back({match.document, score});
  }
  std::sort(ranked.begin(), ranked.end(), [](const NamedDocument& a, const NamedDocument& b) {
    return a.score != b.score ? a.score > b.score : a.document < b.document;
  });
  return DocumentEvidence(std::move(ranked), asks_for_edition);
}

double edition_prior(const index::Reader& reader, const access::Visibility& visible,
                     const DocumentEvidence& evidence, DocumentId document) {
  if (evidence.asks_for_edition()) return 1.0;
  return reader.is_superseded(visible, document) ? 0.0 : 1.0;
}

}  // namespace carrel::retrieve
