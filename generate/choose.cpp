#include "generate/choose.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_set>

namespace carrel::generate {
namespace {

constexpr std::size_t kFactWords = 40;   // a fact with what is added to it stays within these
constexpr std::size_t kListUnits = 20;   // of a list with its introduction
constexpr std::size_t kListWords = 240;  // ... in all
constexpr std::size_t kListRead = 80;    // ... looked at, to take the outer items of
constexpr std::size_t kShortItemWords =
    9;                                // an item this short says little without its introduction
constexpr double kRivalScoreGap = 2;  // in unit_score
constexpr std::size_t kRivalsMax = 2;
constexpr std::size_t kRowWords = 32;  // a row longer than this is cut to what was asked

std::size_t count_words(const Unit& unit) { return unit.words.size(); }

bool same_statement(const Unit& a, const Unit& b) {
  const std::string one = Analyzer::fold(a.text), other = Analyzer::fold(b.text);
  return one.find(other) != std::string::npos || other.find(one) != std::string::npos;
}

// Units in the order in which they are added, distinct, while they fit.
class Selection {
 public:
  Selection(std::span<const Unit> units, std::size_t units_max)
      : units_(units), units_max_(units_max) {}

  bool add(std::size_t unit, std::size_t words_max) {
    if (unit == kNoUnit || chosen_.size() >= units_max_) return false;
    if (!chosen_.empty() && words_ + count_words(units_[unit]) > words_max) return false;
    for (const std::size_t other : chosen_)
      if (other == unit || same_statement(units_[other], units_[unit])) return false;
    chosen_.push_back(unit);
    words_ += count_words(units_[unit]);
    return true;
  }
  bool has_room(std::size_t words, std::size_t words_max) const {
    return chosen_.size() + 2 <= units_max_ && words_ + words <= words_max;
  }
  // Beyond the number of units: a list is given whole or as far as its words allow.
  void add_item(std::size_t unit, std::size_t words_max) {
    units_max_ = std::max(units_max_, kListUnits);
    add(unit, words_max);
  }
  // Into the order of `order`, which may span passages; what is not in it goes last.
  void sort_as(const std::vector<std::size_t>& order) {
    const auto place = [&](std::size_t unit) {
      return std::find(order.begin(), order.end(), unit);
    };
    std::stable_sort(chosen_.begin(), chosen_.end(),
                     [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  }
  std::vector<std::size_t> take() && { return std::move(chosen_); }

 private:
  std::span<const Unit> units_;
  std::size_t units_max_;
  std::vector<std::size_t> chosen_;
  std::size_t words_ = 0;
};

bool is_item(std::span<const Unit> units, std::size_t unit) {
  return unit != kNoUnit && units[unit].kind == UnitKind::list_item;
}

// The item that a unit is or goes on; kNoUnit: it is no part of a list.
std::size_t item_of(std::span<const Unit> units, std::size_t unit) {
  if (unit == kNoUnit || is_item(units, unit)) return unit;
  return units[unit].item;
}

// Without inner items and what goes on items, where the whole would be too long.
std::vector<std::size_t> as_far_as_fits(std::span<const Unit> units,
                                        std::vector<std::size_t> list) {
  const auto words = std::accumulate(
      list.begin(), list.end(), std::size_t{0},
      [&](std::size_t sum, std::size_t unit) { return sum + count_words(units[unit]); });
  if (list.size() <= kListUnits && words <= kListWords) return list;
  std::erase_if(list, [&](std::size_t unit) {
    return units[unit].item != kNoUnit || is_item(units, units[unit].introduced_by);
  });
  return list;
}

// The introduction and all items of the list that `unit` belongs to or introduces, in reading
// order; empty if none. Of a list within a list, the inner one.
std::vector<std::size_t> list_around(std::span<const Unit> units, std::size_t unit) {
  const std::size_t next = units[unit].after;
  const bool introduces =
      next != kNoUnit && units[next].introduced_by != kNoUnit &&
      units[next].introduced_by == (units[unit].item == kNoUnit ? unit : units[unit].item);
  const std::size_t own = item_of(units, unit);
  std::size_t item = own != kNoUnit && !introduces ? own : next;
  if (!is_item(units, item)) return {};
  if (own == kNoUnit && !introduces && !units[unit].text.ends_with(':')) return {};
  const std::size_t list = units[item].list, introduction = units[item].introduced_by;
  const bool is_inner = is_item(units, introduction);
  const auto continues = [&](std::size_t at) {
    const std::size_t part_of = item_of(units, at);
    return part_of != kNoUnit && part_of != introduction && units[at].list == list &&
           (!is_inner || units[part_of].introduced_by == introduction);
  };
  while (continues(units[item].before)) item = units[item].before;
  std::vector<std::size_t> out;
  if (introduction != kNoUnit) out.push_back(introduction);
  for (; continues(item) && out.size() < kListRead; item = units[item].after) out.push_back(item);
  return is_inner ? out : as_far_as_fits(units, std::move(out));
}

// "Yes!", "A: No, never.": says whether, and leaves what to the sentence behind it.
bool is_bare_verdict(const Unit& unit) {
  static const std::unordered_set<std::string_view> verdicts = {
      "yes", "yep", "no", "nope", "never", "absolutely", "certainly", "definitely"};
  constexpr std::size_t kVerdictWords = 4;
  if (unit.words.size() > kVerdictWords || unit.text.ends_with('?')) return false;
  std::string folded = Analyzer::fold(unit.text);
  if (folded.starts_with("a: ")) folded.erase(0, 3);
  return verdicts.contains(
      std::string_view(folded).substr(0, folded.find_first_not_of("abcdefghijklmnopqrstuvwxyz")));
}

// The unit that the best one is read behind: what it leans on, the item that it goes on, the line
// that introduces it, or the word that answers a question whether.
std::size_t lead_of(const QuestionForm& form, std::span<const Unit> units, const Unit& unit) {
  if (unit.leans_on_before) return unit.before;
  if (unit.item != kNoUnit) return unit.item;
  if (form.type == AnswerType::yes_no && unit.before != kNoUnit &&
      is_bare_verdict(units[unit.before]))
    return unit.before;
  return unit.introduced_by;
}

void add_rivals(std::span<const Unit> units, std::span<const double> scores, std::size_t best,
                std::size_t words_max, Selection& selection) {
  std::vector<std::size_t> rivals;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (i != best && scores[i] >= scores[best] - kRivalScoreGap) rivals.push_back(i);
  std::stable_sort(rivals.begin(), rivals.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::size_t added = 0;
  for (const std::size_t rival : rivals) {
    if (added == kRivalsMax) return;
    // An inner item says little without the item above it: "Six weeks ahead, for:".
    const std::size_t outer = units[rival].introduced_by;
    const std::size_t lead = is_item(units, outer) ? count_words(units[outer]) : 0;
    if (lead > 0 && selection.has_room(lead + count_words(units[rival]), words_max))
      selection.add(outer, words_max);
    if (selection.add(rival, words_max)) ++added;
  }
}

}  // namespace

std::vector<std::size_t> choose_units(const Considered& seen, const ExtractiveOptions& options) {
  const QuestionForm& form = seen.form;
  const std::vector<Unit>& units = seen.units;
  const std::size_t best = seen.best;
  if (options.sentences_max == 1) return {best};
  const bool introduces = units[best].text.ends_with(':');
  if (form.wants_several || introduces) {
    const std::vector<std::size_t> list = list_around(units, best);
    Selection whole(units, std::max(kListUnits, options.sentences_max));
    whole.add(best, kListWords);
    for (const std::size_t unit : list)
      if (unit != best) whole.add(unit, kListWords);
    whole.sort_as(list);
    if (!list.empty()) return std::move(whole).take();
  }
  Selection selection(units, options.sentences_max);
  const Unit& unit = units[best];
  const std::size_t leans_on = lead_of(form, units, unit);
  const std::size_t lead_words =
      unit.leans_on_before || count_words(unit) <= kShortItemWords ? options.words_max : kFactWords;
  const bool leads =
      leans_on != kNoUnit && count_words(units[leans_on]) + count_words(unit) <= lead_words;
  if (leads) selection.add(leans_on, options.words_max);
  selection.add(best, options.words_max);
  if (selection.add(seen.other_side, options.words_max)) return std::move(selection).take();
  const std::size_t fact_words = std::min(kFactWords, options.words_max);
  const std::size_t next = unit.after;
  // "They must be taken by 31 March": said of the best sentence, and often the answer itself.
  const bool goes_on = next != kNoUnit && (units[next].leans_on_before || introduces ||
                                           form.type == AnswerType::manner);
  if (goes_on && selection.add(next, fact_words) && units[next].text.ends_with(':'))
    for (const std::size_t item : list_around(units, next)) selection.add_item(item, kListWords);
  add_rivals(units, seen.scores, best, options.words_max, selection);
  return std::move(selection).take();
}

std::string told(const QuestionForm& form, const Unit& unit, const Analyzer& analyzer) {
  if (unit.cells.size() < 4 || count_words(unit) <= kRowWords) return unit.text;
  std::string out = unit.cells.front();
  bool names_any = false;
  for (std::size_t i = 1; i < unit.cells.size(); ++i) {
    const std::vector<Word> words = analyzer.words(unit.cells[i]);
    const bool named = std::any_of(words.begin(), words.end(), [&](const Word& word) {
      return form.place.contains(word.term);
    });
    if (!named) continue;
    out += "; " + unit.cells[i];
    names_any = true;
  }
  return names_any ? out : unit.text;
}

}  // namespace carrel::generate
