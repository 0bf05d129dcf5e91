#include "generate/unit_scores.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/utf8.h"
#include "generate/evidence.h"
#include "generate/unit_weights.h"

namespace carrel::generate {
namespace {

constexpr std::size_t kPairDistanceMax = 4;  // words between two question words that "stand close"

// Question terms as bits; a question longer than this keeps its first ones.
constexpr std::size_t kTermsMax = 64;
using TermSet = std::uint64_t;

class TermSets {
 public:
  explicit TermSets(const QuestionForm& form) : form_(form) {}

  void add(TermSet& set, std::string_view term) const {
    const auto entry = form_.place.find(std::string(term));
    if (entry != form_.place.end() && entry->second < kTermsMax) set |= TermSet{1} << entry->second;
  }
  TermSet of(const std::vector<Word>& words) const {
    TermSet set = 0;
    for (const Word& word : words) add(set, word.term);
    return set;
  }
  TermSet of(const std::vector<std::string>& terms) const {
    TermSet set = 0;
    for (const std::string& term : terms) add(set, term);
    return set;
  }

  double share(TermSet set) const { return form_.mass > 0 ? mass(set, false) / form_.mass : 0; }
  double name_share(TermSet set) const {
    const double all = mass(~TermSet{0}, true);
    return all > 0 ? mass(set, true) / all : 1.0;
  }
  double heaviest_missing(TermSet set) const {
    double most = 0;
    for (std::size_t i = 0; i < std::min(kTermsMax, form_.terms.size()); ++i)
      if (((set >> i) & 1) == 0) most = std::max(most, form_.terms[i].mass);
    return form_.mass > 0 ? most / form_.mass : 0;
  }

 private:
  double mass(TermSet set, bool names_only) const {
    double sum = 0;
    for (std::size_t i = 0; i < std::min(kTermsMax, form_.terms.size()); ++i)
      if (((set >> i) & 1) != 0 && (!names_only || form_.terms[i].is_name))
        sum += form_.terms[i].mass;
    return sum;
  }
  const QuestionForm& form_;
};

// Of the pairs of neighbouring question terms, the share that stands close together in the unit.
double pairs_close(const QuestionForm& form, const std::vector<Word>& words) {
  if (form.terms.size() < 2) return 0;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> where;
  for (const Word& word : words)
    if (form.place.contains(word.term)) where[word.term].push_back(word.position);
  double all = 0, close = 0;
  for (std::size_t i = 0; i + 1 < form.terms.size(); ++i) {
    const double mass = form.terms[i].mass + form.terms[i + 1].mass;
    all += mass;
    const auto a = where.find(form.terms[i].term), b = where.find(form.terms[i + 1].term);
    if (a == where.end() || b == where.end()) continue;
    const bool near = std::any_of(a->second.begin(), a->second.end(), [&](std::uint32_t p) {
      return std::any_of(b->second.begin(), b->second.end(), [&](std::uint32_t q) {
        return (p > q ? p - q : q - p) <= kPairDistanceMax;
      });
    });
    if (near) close += mass;
  }
  return all > 0 ? close / all : 0;
}

bool is_qualifier(std::string_view term) {
  static const std::unordered_set<std::string_view> terms = {
      "first",   "last",    "onli",    "largest", "smallest", "most",   "least",    "oldest",
      "best",    "worst",   "other",   "highest", "lowest",   "main",   "earliest", "latest",
      "fewest",  "second",  "third",   "primari", "final",    "new",    "next",     "former",
      "increas", "decreas", "less",    "more",    "lower",    "higher", "befor",    "after",
      "befor",   "worst",   "without", "outsid",  "insid"};
  return terms.contains(term);
}

}  // namespace

std::vector<UnitFeatures> unit_features(const QuestionForm& form, std::span<const Unit> units,
                                        std::span<const retrieve::Passage> passages,
                                        const Analyzer& analyzer) {
  const TermSets sets(form);
  std::vector<TermSet> title(passages.size()), whole(passages.size());
  for (std::size_t p = 0; p < passages.size(); ++p) {
    title[p] = sets.of(analyzer.words(passages[p].title));
    whole[p] = title[p] | sets.of(analyzer.words(passages[p].section)) |
               sets.of(analyzer.words(passages[p].text));
  }
  const double top = passages.empty() ? 0 : passages.front().score;
  std::vector<UnitFeatures> out(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit& unit = units[i];
    const TermSet own = sets.of(unit.words);
    const TermSet context = own | sets.of(unit.context) | title[unit.passage];
    TermSet nearby = context;
    if (unit.before != kNoUnit) nearby |= sets.of(units[unit.before].words);
    if (unit.after != kNoUnit) nearby |= sets.of(units[unit.after].words);
    const std::vector<Word> readable = analyzer.words(unit.text);
    UnitFeatures& f = out[i];
    f[covered_by_unit] = sets.share(own);
    f[covered_with_context] = sets.share(context);
    f[covered_nearby] = sets.share(nearby);
    f[covered_by_passage] = sets.share(whole[unit.passage]);
    f[adjacent_pairs] = pairs_close(form, unit.words);
    f[names_in_unit] = sets.name_share(context);
    f[names_in_passage] = sets.name_share(whole[unit.passage]);
    f[shows_type] = shows_answer_type(form, unit.text, readable) ? 1 : 0;
    f[shows_type_covered] = f[shows_type] * f[covered_with_context];
    f[passage_first] = 1.0 / static_cast<double>(unit.passage + 1);
    f[passage_score] = top > 0 ? std::max(0.0, passages[unit.passage].score / top) : 0;
    f[is_short] = readable.size() < 5 ? 1 : 0;
    f[length] = std::log(1.0 + static_cast<double>(readable.size())) / 4;
    f[is_row] = unit.kind == UnitKind::table_row ? 1 : 0;
    f[is_question] = unit.text.ends_with('?') ? 1 : 0;
    f[leans_back] = unit.leans_on_before ? 1 : 0;
    f[rarest_missing] = sets.heaviest_missing(whole[unit.passage]);
  }
  return out;
}

double unit_score(const UnitFeatures& features) {
  double score = 0;
  for (std::size_t i = 0; i < unit_feature_count; ++i) score += kUnitWeights[i] * features[i];
  return score;
}

ConfidenceFeatures confidence_features(const QuestionForm& form, std::span<const Unit> units,
                                       std::span<const UnitFeatures> features,
                                       std::span<const double> scores, std::size_t best,
                                       std::span<const retrieve::Passage> passages,
                                       std::span<const index::VisibleTerm> statistics,
                                       const Analyzer& analyzer) {
  ConfidenceFeatures out{};
  std::copy(features[best].begin(), features[best].end(), out.begin());
  double second = scores[best] - 2;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (units[i].passage != units[best].passage) second = std::max(second, scores[i]);
  out[best_score] = scores[best];
  out[lead_over_second] = scores[best] - second;
  out[question_length] = std::log(1.0 + static_cast<double>(form.terms.size()));
  std::unordered_set<std::string_view> known;
  for (const index::VisibleTerm& term : statistics)
    if (term.document_frequency > 0) known.insert(term.term);
  for (const QuestionTerm& term : form.terms)
    if (!known.contains(term.term) && form.mass > 0) out[unknown_share] += term.mass / form.mass;

  const TermSets sets(form);
  const Unit& unit = units[best];
  const TermSet context = sets.of(unit.words) | sets.of(unit.context) |
                          sets.of(analyzer.words(passages[unit.passage].title));
  TermSet nearby = context;
  if (unit.before != kNoUnit) nearby |= sets.of(units[unit.before].words);
  if (unit.after != kNoUnit) nearby |= sets.of(units[unit.after].words);
  out[unit_rarest_missing] = sets.heaviest_missing(context);
  out[nearby_rarest_missing] = sets.heaviest_missing(nearby);
  out[names_missing] = 1 - sets.name_share(nearby);
  const std::string_view verbatim =
      std::string_view(passages[unit.passage].text).substr(unit.span.begin, unit.span.size());
  out[negation_differs] = form.denies_something != denies(unit.words, verbatim) ? 1 : 0;
  for (std::size_t i = 0; i < std::min(kTermsMax, form.terms.size()); ++i)
    if (is_qualifier(form.terms[i].term) && ((context >> i) & 1) == 0) out[qualifier_missing] = 1;
  return out;
}

double confidence(const ConfidenceFeatures& features) {
  double logit = kConfidenceBias;
  for (std::size_t i = 0; i < confidence_feature_count; ++i)
    logit += kConfidenceWeights[i] * features[i];
  return 1.0 / (1.0 + std::exp(-logit));
}

}  // namespace carrel::generate
