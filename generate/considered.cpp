#include "generate/considered.h"

#include <algorithm>

namespace carrel::generate {
namespace {

constexpr double kEchoPenalty = 100;  // never before a unit that says something
// Prose tells the fit nothing about these; each is more than any one feature is worth.
constexpr double kBarePenalty = 8;        // "The limits are as follows:" without what follows
constexpr double kOutOfRangePenalty = 4;  // "under 3 years: 4 hours" for somebody with five
constexpr double kNoAmountPenalty = 1.5;  // no number where only a number answers

// Whether a unit announces what does not come with it: a list is said with its introduction, the
// rows of a table stand for themselves.
bool only_introduces(std::span<const Unit> units, std::size_t unit) {
  if (!units[unit].text.ends_with(':')) return false;
  const std::size_t next = units[unit].after;
  return next == kNoUnit || units[next].introduced_by != unit;
}

// Whether a unit holds a word that the question did not: an echo of the question answers nothing,
// unless it was asked whether it is so.
bool tells_something(const QuestionForm& form, const Unit& unit) {
  if (form.type == AnswerType::yes_no && !unit.text.ends_with('?')) return true;
  return std::any_of(unit.words.begin(), unit.words.end(), [&](const Word& word) {
    return !word.is_stop_word && !form.place.contains(word.term);
  });
}

// "The standard plan or the plus plan?": the best unit about the side that the best one leaves out.
std::size_t find_other_side(const Considered& seen) {
  constexpr double kGap = 6;  // further down it tells of that side, but not of the matter
  constexpr float kHeld = 0.5F;
  const auto tells_of = [&](std::size_t unit, std::size_t side) {
    const auto& terms = seen.form.sides[side];
    return !terms.empty() && std::all_of(terms.begin(), terms.end(), [&](std::size_t term) {
      return term < kTermsMax && seen.reading.units[unit].with_context[term] >= kHeld;
    });
  };
  for (const std::size_t side : {0U, 1U}) {
    if (!tells_of(seen.best, 1 - side) || tells_of(seen.best, side)) continue;
    std::size_t found = kNoUnit;
    for (std::size_t i = 0; i < seen.units.size(); ++i)
      if (tells_of(i, side) && seen.scores[i] >= seen.scores[seen.best] - kGap &&
          (found == kNoUnit || seen.scores[i] > seen.scores[found]))
        found = i;
    return found;
  }
  return kNoUnit;
}

}  // namespace

Considered consider(std::string_view plain, const retrieve::Retrieval& retrieval,
                    const UnitFeatures& weights, const Analyzer& analyzer) {
  Considered out;
  const auto passages =
      std::span(retrieval.passages).first(std::min(kPassagesRead, retrieval.passages.size()));
  out.form = read_question(plain, retrieval.terms, analyzer);
  out.units = cut_units(passages, analyzer, UnitLimits{});
  if (out.units.empty() || out.form.mass <= 0) return out;
  TermMatcher matcher(out.form);
  out.reading = read_units(out.form, matcher, out.units, passages, analyzer);
  const auto lacks_amount = [&](std::size_t i) {
    return out.form.wants_amount && out.reading.units[i].features[kind_shown] < kKindSeen;
  };
  out.scores.reserve(out.units.size());
  for (std::size_t i = 0; i < out.units.size(); ++i)
    out.scores.push_back(unit_score(out.reading.units[i].features, weights) -
                         (tells_something(out.form, out.units[i]) ? 0 : kEchoPenalty) -
                         (only_introduces(out.units, i) ? kBarePenalty : 0) -
                         (lacks_amount(i) ? kNoAmountPenalty : 0) -
                         (out.reading.units[i].is_out_of_range ? kOutOfRangePenalty : 0));
  out.best = static_cast<std::size_t>(std::max_element(out.scores.begin(), out.scores.end()) -
                                      out.scores.begin());
  out.other_side = find_other_side(out);
  out.evidence = confidence_features(out.form, matcher, out.units, out.reading, out.scores,
                                     out.best, passages, retrieval.terms);
  return out;
}

}  // namespace carrel::generate
