#include "generate/considered.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "generate/evidence.h"
#include "generate/joined.h"

namespace carrel::generate {
namespace {

constexpr double kEchoPenalty = 100;     // never before a unit that says something
constexpr double kOnlyContinues = -1e6;  // never chosen for itself
// Prose tells the fit nothing about these; each is more than any one feature is worth.
constexpr double kBarePenalty = 8;            // "The limits are as follows:" without what follows
constexpr double kOutOfRangePenalty = 4;      // "under 3 years: 4 hours" for somebody with five
constexpr double kNoAmountPenalty = 1.5;      // no number where only a number answers
constexpr double kNoDefinitionPenalty = 2.5;  // a mention, where another unit defines it
// Where a list or steps are asked for: what stands in one, and under a heading that says the same.
constexpr double kListed = 2.0;
constexpr double kHeaded = 3.0;  // times UnitReading::heading_fit
constexpr double kOtherGap = 6;  // further down it tells of the other side, but not of the matter

// Whether a unit announces what does not come with it: a list is said with its introduction, the
// rows of a table stand for themselves.
bool only_introduces(std::span<const Unit> units, std::size_t unit) {
  if (!units[unit].text.ends_with(':')) return false;
  const std::size_t next = units[unit].after;
  return next == kNoUnit || units[next].introduced_by != unit;
}

// "This page tells how to ...": tells where the steps stand, and none of them.
bool announces_steps(const QuestionForm& form, const Unit& unit) {
  static const std::unordered_set<std::string_view> whole = {
      "page", "section", "document", "guide", "article", "chapter", "handbook", "manual"};
  if (form.type != AnswerType::manner || unit.words.size() < 2) return false;
  const std::string folded = Analyzer::fold(unit.text);
  const std::size_t second = folded.find(' ') + 1;
  return folded.starts_with("this ") &&
         whole.contains(std::string_view(folded).substr(second, folded.find(' ', second) - second));
}

bool is_listed(std::span<const Unit> units, std::size_t unit) {
  if (units[unit].kind == UnitKind::list_item || units[unit].item != kNoUnit) return true;
  const std::size_t next = units[unit].after;
  return next != kNoUnit && units[next].introduced_by == unit;
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
    for (std::size_t i = 0; i < seen.scores.size(); ++i)
      if (tells_of(i, side) && seen.scores[i] >= seen.scores[seen.best] - kOtherGap &&
          (found == kNoUnit || seen.scores[i] > seen.scores[found]))
        found = i;
    return found;
  }
  return kNoUnit;
}

// "Who is told, and when?": the best unit that shows a thing of the second kind, where the best one
// shows none.
std::size_t find_second_half(const Considered& seen, std::span<const retrieve::Passage> passages) {
  constexpr double kSure = 0.75;
  if (!has_visible_kind(seen.form.also) || seen.form.also == seen.form.type) return kNoUnit;
  QuestionForm second = seen.form;
  second.type = second.also;
  const auto shows = [&](std::size_t i) {
    const Unit& unit = seen.units[i];
    const std::string_view text =
        std::string_view(passages[unit.passage].text).substr(unit.span.begin, unit.span.size());
    const std::vector<AnswerPlace> places = answer_places(second, text, unit.words);
    return std::any_of(places.begin(), places.end(),
                       [](const AnswerPlace& place) { return place.degree >= kSure; });
  };
  if (shows(seen.best)) return kNoUnit;
  std::size_t found = kNoUnit;
  for (std::size_t i = 0; i < seen.scores.size(); ++i)
    if (seen.scores[i] >= seen.scores[seen.best] - kOtherGap &&
        (found == kNoUnit || seen.scores[i] > seen.scores[found]) && shows(i))
      found = i;
  return found;
}

// Whether a question what something is meets a unit that says so.
bool defines(const Considered& seen, std::size_t unit) {
  constexpr double kSure = 0.9, kCovered = 0.6;  // of the question, heading included
  const UnitFeatures& features = seen.reading.units[unit].features;
  return features[kind_shown] >= kSure && features[covered_with_context] >= kCovered;
}

}  // namespace

Considered consider(std::string_view plain, const retrieve::Retrieval& retrieval,
                    const UnitFeatures& weights, const Analyzer& analyzer) {
  Considered out;
  const std::span<const retrieve::Passage> all(retrieval.passages);
  const auto found = static_cast<std::size_t>(
      std::find_if(all.begin(), all.end(), [](const auto& p) { return p.continues; }) -
      all.begin());
  const auto passages = all.first(std::min(kPassagesRead, found));
  out.form = read_question(plain, retrieval.terms, analyzer);
  LanguageWords reader(plain, analyzer);
  out.units = cut_units(passages, reader, UnitLimits{});
  if (out.units.empty() || out.form.mass <= 0) return out;
  TermMatcher matcher(out.form);
  out.reading = read_units(out.form, matcher, out.units, passages, reader);
  const std::size_t readable = out.units.size();
  append_units(all, found, reader, UnitLimits{}, out.units);
  join_units(all, out.units);
  const auto units = std::span<const Unit>(out.units).first(readable);
  const auto lacks_amount = [&](std::size_t i) {
    return out.form.wants_amount && out.reading.units[i].features[kind_shown] < kKindSeen;
  };
  const auto as_list = [&](std::size_t i) {
    if (!out.form.wants_several) return 0.0;
    return (is_listed(units, i) ? kListed : 0) + kHeaded * out.reading.units[i].heading_fit;
  };
  bool is_defined = false;
  for (std::size_t i = 0; i < readable && out.form.type == AnswerType::definition; ++i)
    is_defined |= defines(out, i);
  out.scores.reserve(out.units.size());
  for (std::size_t i = 0; i < readable; ++i)
    out.scores.push_back(unit_score(out.reading.units[i].features, weights) + as_list(i) -
                         (tells_something(out.form, out.units[i]) ? 0 : kEchoPenalty) -
                         (only_introduces(out.units, i) ? kBarePenalty : 0) -
                         (announces_steps(out.form, out.units[i]) ? kBarePenalty : 0) -
                         (lacks_amount(i) ? kNoAmountPenalty : 0) -
                         (is_defined && !defines(out, i) ? kNoDefinitionPenalty : 0) -
                         (out.reading.units[i].is_out_of_range ? kOutOfRangePenalty : 0));
  out.best = static_cast<std::size_t>(std::max_element(out.scores.begin(), out.scores.end()) -
                                      out.scores.begin());
  out.other_side = find_other_side(out);
  if (out.other_side == kNoUnit) out.other_side = find_second_half(out, passages);
  out.evidence = confidence_features(out.form, matcher, units, out.reading, out.scores, out.best,
                                     passages, retrieval.terms);
  out.scores.resize(out.units.size(), kOnlyContinues);
  return out;
}

}  // namespace carrel::generate
