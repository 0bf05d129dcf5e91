#include "generate/confidence.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "generate/evidence.h"

namespace carrel::generate {
namespace {

constexpr double kIdfScale = 8;       // an idf of 8: one chunk in three thousand
constexpr double kLoneLead = 2;       // the lead of a unit that has no rival
constexpr double kTermMissing = 0.5;  // a degree below which a term counts as missing

bool is_qualifier(std::string_view term) {
  static const std::unordered_set<std::string_view> terms = {
      "first",    "last",   "onli",   "largest", "smallest", "most",    "least",
      "oldest",   "best",   "worst",  "other",   "highest",  "lowest",  "main",
      "earliest", "latest", "fewest", "second",  "third",    "primari", "final",
      "new",      "next",   "former", "increas", "decreas",  "less",    "more",
      "lower",    "higher", "befor",  "after",   "without",  "outsid",  "insid"};
  return terms.contains(term);
}

bool is_figure(std::string_view term) {
  return term.find_first_of("0123456789") != std::string_view::npos;
}

// "EU" for what the passage writes out.
bool may_be_initials(std::string_view term) {
  return (term.size() == 2 || term.size() == 3) && !is_figure(term);
}

bool are_of_one(const retrieve::Passage& a, const retrieve::Passage& b) {
  return a.document == b.document || (!a.title.empty() && a.title == b.title);
}

// Whether the passages speak of one thing: what the library lacks is found in scattered places.
void read_agreement(std::span<const retrieve::Passage> passages, std::size_t best,
                    ConfidenceFeatures& out) {
  double alike = 0, top = 0, other = 0;
  for (const retrieve::Passage& passage : passages) {
    top = std::max(top, passage.score);
    if (are_of_one(passage, passages[best]))
      ++alike;
    else
      other = std::max(other, passage.score);
  }
  if (passages.size() > 1) out[agreement] = (alike - 1) / static_cast<double>(passages.size() - 1);
  if (top <= 0) return;
  out[lead_of_document] = 1 - other / top;
  out[lead_over_last] = 1 - passages.back().score / top;
}

// The idf that a passage meets, each word's growing with how often it stands there, as in BM25
// (Robertson and Zaragoza 2009) without its length. Who mentions a thing says it once; who speaks
// of it, again and again.
double weight_told(const QuestionForm& form, const TermMatcher& matcher, const Degrees& counts) {
  constexpr double kHalf = 1.2;  // as often, a word counts half of the most it can
  double sum = 0;
  for (std::size_t i = 0; i < matcher.size(); ++i)
    sum += form.terms[i].mass * (kHalf + 1) * counts[i] / (counts[i] + kHalf);
  return sum;
}

// What the passage and its document are about, beside what the unit says.
void read_aboutness(const QuestionForm& form, const TermMatcher& matcher,
                    std::span<const Unit> units, const Reading& reading,
                    std::span<const retrieve::Passage> passages, std::size_t best,
                    ConfidenceFeatures& out) {
  const PassageReading& here = reading.passages[best];
  double alike = 0, words = 0;
  for (std::size_t i = 0; i < reading.passages.size(); ++i) {
    const double told = weight_told(form, matcher, reading.passages[i].counts);
    out[told_most_often] = std::max(out[told_most_often], told / 20);
    if (i == best && form.mass > 0) out[told_often] = told / form.mass;
    if (!are_of_one(passages[i], passages[best])) continue;
    ++alike;
    out[document_covers] += matcher.share(reading.passages[i].whole);
  }
  out[document_covers] /= alike;
  out[idf_met_title] = matcher.share(here.title) * form.mass / 20;
  out[names_in_title] = matcher.name_share(here.title);
  for (const Unit& unit : units)
    if (unit.passage == best) words += static_cast<double>(unit.words.size());
  out[passage_length] = std::log1p(words);
}

}  // namespace

ConfidenceFeatures confidence_features(const QuestionForm& form, const TermMatcher& matcher,
                                       std::span<const Unit> units, const Reading& reading,
                                       std::span<const double> scores, std::size_t best,
                                       std::span<const retrieve::Passage> passages,
                                       std::span<const index::VisibleTerm> statistics) {
  ConfidenceFeatures out{};
  const Unit& unit = units[best];
  const UnitReading& read = reading.units[best];
  const Degrees& whole = reading.passages[unit.passage].whole;
  const Degrees& located = reading.passages[unit.passage].located;
  std::copy(read.features.begin(), read.features.end(), out.begin());

  double second = scores[best] - kLoneLead, any = scores[best] - kLoneLead, sum = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    sum += std::exp(scores[i] - scores[best]);
    if (i == best) continue;
    any = std::max(any, scores[i]);
    if (units[i].passage != unit.passage) second = std::max(second, scores[i]);
  }
  out[best_score] = scores[best];
  out[lead_over_second] = scores[best] - second;
  out[lead_over_any] = scores[best] - any;
  out[certainty] = 1 / sum;

  std::unordered_set<std::string_view> known;
  for (const index::VisibleTerm& term : statistics)
    if (term.document_frequency > 0) known.insert(term.term);
  Degrees anywhere{};
  for (const PassageReading& passage : reading.passages) {
    merge(anywhere, passage.whole);
    out[best_passage_share] = std::max(out[best_passage_share], matcher.share(passage.whole));
  }
  double figures = 0, figures_met = 0, missing = 0;
  for (std::size_t i = 0; i < matcher.size(); ++i) {
    const QuestionTerm& term = form.terms[i];
    const double share = form.mass > 0 ? term.mass / form.mass : 0;
    const double lack = 1 - read.with_context[i];
    if (!known.contains(term.term) && anywhere[i] <= 0) {
      out[unknown_share] += share;
      out[unheard_missing] = std::max(out[unheard_missing], term.mass / kIdfScale);
    }
    if (term.is_name && !may_be_initials(term.term) && located[i] < kTermMissing)
      out[name_missing] = std::max(out[name_missing], term.mass / kIdfScale);
    out[heaviest_idf_unit] = std::max(out[heaviest_idf_unit], lack * term.mass / kIdfScale);
    out[heaviest_idf_passage] =
        std::max(out[heaviest_idf_passage], (1 - whole[i]) * term.mass / kIdfScale);
    if (is_figure(term.term)) {
      ++figures;
      figures_met += whole[i];
    }
    out[moved_share] += share * std::max(0.0F, whole[i] - read.with_context[i]);
    if (read.with_context[i] < kTermMissing) {
      ++missing;
      if (is_qualifier(term.term)) out[qualifier_missing] = 1;
    }
  }
  out[question_length] = std::log1p(static_cast<double>(form.terms.size()));
  out[nearby_missing] = matcher.heaviest_missing(read.nearby);
  out[unread_missing] = matcher.heaviest_missing(anywhere);
  Degrees nearby = read.nearby;
  for (std::size_t i = 0; i < matcher.size(); ++i)  // a name on the folder is on the sentence
    if (whole[i] <= 0) nearby[i] = std::max(nearby[i], located[i]);
  out[names_missing] = 1 - matcher.name_share(nearby);
  out[figures_missing] = figures > 0 ? 1 - figures_met / figures : 0;
  out[words_missing] = std::log1p(missing);
  out[opposite_stands] = read.opposed;
  const std::string_view verbatim =
      std::string_view(passages[unit.passage].text).substr(unit.span.begin, unit.span.size());
  out[question_denies] = form.denies_something ? 1 : 0;
  out[negation_differs] = form.denies_something != denies(unit.words, verbatim) ? 1 : 0;
  out[kind_is_visible] = has_visible_kind(form.type) ? 1 : 0;
  out[amount_missing] = form.wants_amount && read.features[kind_shown] < kKindSeen ? 1 : 0;
  out[kind_missing] = out[kind_is_visible] * (1 - read.features[kind_shown]);
  for (std::size_t i = 0; i < reading.passages.size(); ++i) {
    const double share = matcher.share(reading.passages[i].whole);
    if (i < 3) out[passages_cover] += share / 3;
    out[more_passages_cover] += share / 10;
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    out[best_unit_share] =
        std::max(out[best_unit_share], reading.units[i].features[covered_with_context]);
    if (units[i].passage == unit.passage)
      out[pairs_in_passage] =
          std::max(out[pairs_in_passage], reading.units[i].features[adjacent_pairs]);
  }
  out[idf_met_unit] = matcher.share(read.with_context) * form.mass / 20;
  out[idf_met_passage] = matcher.share(whole) * form.mass / 20;
  out[idf_missing_unit] = form.mass / 20 - out[idf_met_unit];
  out[idf_missing_passage] = form.mass / 20 - out[idf_met_passage];
  for (std::size_t i = 0; i < matcher.size(); ++i)
    out[rarest_met] = std::max(out[rarest_met], whole[i] * form.terms[i].mass / kIdfScale);
  out[names_missing_passage] = 1 - matcher.name_share(located);
  read_agreement(passages, unit.passage, out);
  read_aboutness(form, matcher, units, reading, passages, unit.passage, out);
  out[from_first_passage] = unit.passage == 0 ? 1 : 0;
  return out;
}

namespace {

double logit(const ConfidenceFeatures& features, const LogisticWeights& weights) {
  double sum = weights.bias;
  for (std::size_t i = 0; i < confidence_feature_count; ++i)
    sum += weights.feature[i] * features[i];
  return sum;
}

double log_sigmoid(double x) {
  return x > 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x));
}

}  // namespace

double topic_logit(const ConfidenceFeatures& features, const ConfidenceWeights& weights) {
  return logit(features, weights.topic);
}

double detail_logit(const ConfidenceFeatures& features, const ConfidenceWeights& weights) {
  return logit(features, weights.detail);
}

double log_evidence(const ConfidenceFeatures& features, const ConfidenceWeights& weights) {
  constexpr double kSharpness = 3, kShift = -2;
  return log_sigmoid(kSharpness * topic_logit(features, weights) + kShift) +
         log_sigmoid(detail_logit(features, weights));
}

namespace {

// Into [0, one half), in the same order: whatever else speaks for an answer still counts.
double below_half(double confidence) {
  constexpr double kEven = 0.5, kMost = 0.49;
  return confidence < kEven ? confidence * kMost / kEven
                            : kMost + (kEven - kMost) * (confidence - kEven);
}

}  // namespace

double confidence(const ConfidenceFeatures& features, const ConfidenceWeights& weights) {
  // What few questions of the fitted set show: who asks for 2021 is not answered by 2024, who asks
  // how many not without a number, who asks about one company not by what another one says.
  constexpr double kUnmetFigures = 0.6, kNoAmount = 0.6;
  const double share = 1.0 / (1.0 + std::exp(weights.even_log - log_evidence(features, weights)));
  const double met = share * (1 - kUnmetFigures * features[figures_missing]) *
                     (1 - kNoAmount * features[amount_missing]);
  return speaks_of_another(features) ? below_half(met) : met;
}

bool speaks_of_another(const ConfidenceFeatures& features) {
  constexpr double kNameMissing = 0.40;  // idf / 8: not a name that stands everywhere
  constexpr double kUnheardOf = 0.35;    // of the question's mass, in no visible document at all
  return features[name_missing] > kNameMissing || features[unknown_share] > kUnheardOf;
}

}  // namespace carrel::generate
