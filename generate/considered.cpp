#include "generate/considered.h"

#include <algorithm>

namespace carrel::generate {
namespace {

constexpr double kEchoPenalty = 100;  // never before a unit that says something

// Whether a unit holds a word that the question did not: an echo of the question answers nothing.
bool tells_something(const QuestionForm& form, const Unit& unit) {
  return std::any_of(unit.words.begin(), unit.words.end(), [&](const Word& word) {
    return !word.is_stop_word && !form.place.contains(word.term);
  });
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
  out.scores.reserve(out.units.size());
  for (std::size_t i = 0; i < out.units.size(); ++i)
    out.scores.push_back(unit_score(out.reading.units[i].features, weights) -
                         (tells_something(out.form, out.units[i]) ? 0 : kEchoPenalty));
  out.best = static_cast<std::size_t>(std::max_element(out.scores.begin(), out.scores.end()) -
                                      out.scores.begin());
  out.evidence = confidence_features(out.form, matcher, out.units, out.reading, out.scores,
                                     out.best, passages, retrieval.terms);
  return out;
}

}  // namespace carrel::generate
