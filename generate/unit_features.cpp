#include "generate/unit_features.h"

#include <algorithm>
#include <cmath>

#include "core/utf8.h"
#include "generate/evidence.h"
#include "generate/ranges.h"
#include "generate/sighting_measures.h"

namespace carrel::generate {
namespace {

std::string_view verbatim_text(std::span<const retrieve::Passage> passages, const Unit& unit) {
  return std::string_view(passages[unit.passage].text).substr(unit.span.begin, unit.span.size());
}

// A unit as it would be read out: a list item after the line that introduces its list, a row with
// the names of its columns.
struct Spoken {
  std::string_view text;    // of the unit alone
  std::vector<Word> words;  // of `text`
  const std::vector<Word>* introduction = nullptr;
  std::string_view introduction_text;

  std::uint32_t introduction_words() const {
    return introduction == nullptr ? 0 : static_cast<std::uint32_t>(introduction->size());
  }
  std::size_t word_count() const { return words.size() + introduction_words(); }
};

Spoken spoken(std::span<const Unit> units, const Unit& unit,
              std::span<const retrieve::Passage> passages, LanguageWords& reader) {
  if (unit.kind == UnitKind::table_row)
    return {unit.text, reader.words(unit.text, passages[unit.passage].language), nullptr, {}};
  Spoken out{verbatim_text(passages, unit), unit.words, nullptr, {}};
  if (unit.introduced_by != kNoUnit) {
    out.introduction = &units[unit.introduced_by].words;
    out.introduction_text = verbatim_text(passages, units[unit.introduced_by]);
  }
  return out;
}

// Positions count from the introduction's first word.
std::vector<Sighting> sightings_of(TermMatcher& matcher, const Spoken& spoken) {
  std::vector<Sighting> out;
  if (spoken.introduction != nullptr) out = matcher.sightings(*spoken.introduction);
  for (Sighting one : matcher.sightings(spoken.words)) {
    one.position += spoken.introduction_words();
    out.push_back(one);
  }
  return out;
}

// Those of the introduction too: "Three weeks ahead, for:" says when for each of its items.
std::vector<AnswerPlace> places_of(const QuestionForm& form, const Spoken& spoken) {
  std::vector<AnswerPlace> out = answer_places(form, spoken.text, spoken.words);
  for (AnswerPlace& place : out) place.position += spoken.introduction_words();
  if (spoken.introduction != nullptr)
    for (const AnswerPlace& place :
         answer_places(form, spoken.introduction_text, *spoken.introduction))
      out.push_back(place);
  return out;
}

double focus_share(const QuestionForm& form, const Degrees& met) {
  if (form.focus.empty()) return 1;
  double sum = 0;
  for (const std::size_t term : form.focus)
    if (term < kTermsMax) sum += met[term];
  return sum / static_cast<double>(form.focus.size());
}

// Amounts of the question that stand in a range of the unit count as said there. True: the unit
// gives ranges of what the question counts ("years"), and an amount lies in none of them.
bool add_amounts(const QuestionForm& form, const Spoken& spoken, std::vector<Sighting>& seen) {
  constexpr float kInRange = 0.95F;
  std::vector<AmountRange> ranges;
  bool lies_outside = false;
  const std::size_t count = std::min(kTermsMax, form.terms.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<double> amount = amount_of(form.terms[i].term);
    if (!amount) continue;
    if (ranges.empty()) ranges = amount_ranges(spoken.text, spoken.words);
    bool lies_inside = false;
    for (const AmountRange& range : ranges) {
      if (!range.holds(*amount)) continue;
      lies_inside = true;
      seen.push_back(
          {static_cast<std::uint8_t>(i), kInRange, range.position + spoken.introduction_words()});
    }
    const bool counts_the_same =
        i + 1 < count && std::any_of(seen.begin(), seen.end(),
                                     [&](const Sighting& one) { return one.term == i + 1; });
    lies_outside |= !ranges.empty() && !lies_inside && counts_the_same;
  }
  if (!ranges.empty())
    std::stable_sort(seen.begin(), seen.end(),
                     [](const Sighting& a, const Sighting& b) { return a.position < b.position; });
  return lies_outside;
}

// Whether a unit stands first under a heading that names nothing but what the question is about:
// there a definition is given, however few of the question's words it repeats.
bool opens_its_subject(const QuestionForm& form, TermMatcher& matcher, const Unit& unit) {
  constexpr float kHeld = 0.99F;
  if (form.type != AnswerType::definition || unit.opens.empty()) return false;
  if (unit.kind == UnitKind::table_row) return false;
  std::size_t heaviest = 0;
  for (std::size_t i = 1; i < matcher.size(); ++i)
    if (form.terms[i].mass > form.terms[heaviest].mass) heaviest = i;
  bool names_it = false;
  for (const std::string& term : unit.opens) {
    const Sighting seen = matcher.match(term);
    if (seen.degree < kHeld) return false;
    names_it |= seen.term == heaviest;
  }
  return names_it;
}

// How far the question and the heading that a unit stands under say the same: the harmonic mean of
// the shares of the one that the other holds. What the document's title says besides is no part of
// what the heading has to say.
double heading_fit(const QuestionForm& form, TermMatcher& matcher, const Unit& unit,
                   const Degrees& title) {
  constexpr float kHeld = 0.5F;
  if (unit.heading.empty()) return 0;
  Degrees met{};
  matcher.add(met, unit.heading);
  double asked = 0, said = 0;
  for (std::size_t i = 0; i < matcher.size(); ++i) {
    if (title[i] >= kHeld && met[i] < kHeld) continue;
    asked += form.terms[i].mass;
    said += met[i] * form.terms[i].mass;
  }
  const auto held = static_cast<double>(
      std::count_if(unit.heading.begin(), unit.heading.end(),
                    [&](const std::string& term) { return matcher.match(term).degree >= kHeld; }));
  if (asked <= 0 || said <= 0) return 0;
  const double of_question = said / asked;
  const double of_heading = held / static_cast<double>(unit.heading.size());
  return 2 * of_question * of_heading / (of_question + of_heading);
}

void count(const std::vector<Sighting>& seen, Degrees& counts) {
  for (const Sighting& one : seen) counts[one.term] += one.degree;
}

std::size_t first_item(std::span<const Unit> units, std::size_t item) {
  std::size_t first = item;
  for (std::size_t at = units[item].before; at != kNoUnit && units[at].list == units[item].list;
       at = units[at].before)
    if (units[at].kind == UnitKind::list_item) first = at;
  return first;
}

struct Seen {
  Spoken spoken;
  std::vector<Sighting> own;
  Degrees unit{}, with_context{};
};

// Each term's weight by how few of the units hold it.
std::vector<double> local_weights(const TermMatcher& matcher, const std::vector<Seen>& seen) {
  std::vector<double> out(matcher.size());
  const auto count = static_cast<double>(seen.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    double holding = 0;
    for (const Seen& one : seen) holding += one.with_context[i] > 0 ? 1 : 0;
    out[i] = std::log1p((count - holding + 0.5) / (holding + 0.5));
  }
  return out;
}

}  // namespace

Reading read_units(const QuestionForm& form, TermMatcher& matcher, std::span<const Unit> units,
                   std::span<const retrieve::Passage> passages, LanguageWords& reader) {
  Reading out;
  out.units.resize(units.size());
  out.passages.resize(passages.size());
  for (std::size_t p = 0; p < passages.size(); ++p) {
    const std::vector<Sighting> titled =
        matcher.sightings(reader.words(passages[p].title, passages[p].language));
    matcher.add(out.passages[p].title, titled);
    count(titled, out.passages[p].counts);
    Degrees& whole = out.passages[p].whole;
    whole = out.passages[p].title;
    matcher.add(whole, matcher.sightings(reader.words(passages[p].section, passages[p].language)));
    Degrees& located = out.passages[p].located;
    matcher.add(located, matcher.sightings(reader.words(passages[p].uri, passages[p].language)));
    matcher.add(located,
                matcher.sightings(reader.words(passages[p].collection, passages[p].language)));
  }
  std::vector<Seen> seen(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    seen[i].spoken = spoken(units, units[i], passages, reader);
    seen[i].own = sightings_of(matcher, seen[i].spoken);
    out.units[i].is_out_of_range = add_amounts(form, seen[i].spoken, seen[i].own);
    matcher.add(seen[i].unit, seen[i].own);
    PassageReading& passage = out.passages[units[i].passage];
    count(matcher.sightings(units[i].words), passage.counts);
    seen[i].with_context = seen[i].unit;
    matcher.add(seen[i].with_context, units[i].context);
    merge(passage.whole, seen[i].with_context);
    merge(seen[i].with_context, passage.title);
  }
  for (PassageReading& passage : out.passages) merge(passage.located, passage.whole);
  // What introduces a list is said with all of it; so is its first item, where lists are told.
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].item != kNoUnit && !form.wants_several) continue;
    const std::size_t item = units[i].item == kNoUnit ? i : units[i].item;
    if (units[item].introduced_by != kNoUnit)
      merge(seen[units[item].introduced_by].with_context, seen[i].unit);
    else if (form.wants_several && units[item].kind == UnitKind::list_item)
      merge(seen[first_item(units, item)].with_context, seen[i].unit);
  }
  const std::vector<double> local = local_weights(matcher, seen);
  const double top = passages.empty() ? 0 : passages.front().score;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit& unit = units[i];
    UnitReading& read = out.units[i];
    read.with_context = seen[i].with_context;
    read.heading_fit = heading_fit(form, matcher, unit, out.passages[unit.passage].title);
    read.nearby = seen[i].with_context;
    if (unit.before != kNoUnit) merge(read.nearby, seen[unit.before].unit);
    if (unit.after != kNoUnit) merge(read.nearby, seen[unit.after].unit);
    TermSet opposed = 0;
    double fresh = 0;
    for (const Word& word : seen[i].spoken.words) {
      opposed |= matcher.opposite_of(word.term);
      if (!word.is_stop_word && !form.place.contains(word.term)) ++fresh;
    }
    for (std::size_t t = 0; t < matcher.size(); ++t)
      if (((opposed >> t) & 1) != 0 && read.with_context[t] <= 0)
        read.opposed += share_of(form, form.terms[t].mass);
    const Degrees& whole = out.passages[unit.passage].whole;
    const std::vector<AnswerPlace> places = places_of(form, seen[i].spoken);

    UnitFeatures& f = read.features;
    f[exactly_covered] = matcher.exact_share(seen[i].unit);
    f[nearly_covered] = matcher.share(seen[i].unit);
    f[covered_with_context] = matcher.share(read.with_context);
    f[covered_nearby] = matcher.share(read.nearby);
    f[covered_by_passage] = matcher.share(whole);
    f[covered_locally] = matcher.share_by(local, read.with_context);
    f[adjacent_pairs] = pairs_close(form, seen[i].own);
    f[in_order] = in_question_order(form, seen[i].own);
    f[dense_window] = best_window(form, seen[i].own);
    f[names_in_unit] = matcher.name_share(read.with_context);
    f[names_in_passage] = matcher.name_share(whole);
    f[focus_met] = focus_share(form, read.with_context);
    for (const AnswerPlace& place : places) f[kind_shown] = std::max(f[kind_shown], place.degree);
    if (!has_visible_kind(form.type) || opens_its_subject(form, matcher, unit)) f[kind_shown] = 1;
    f[kind_shown_covered] = f[kind_shown] * f[covered_with_context];
    f[kind_near] =
        has_visible_kind(form.type) ? nearest_place(form, seen[i].own, places) : f[dense_window];
    f[passage_first] = 1.0 / static_cast<double>(unit.passage + 1);
    f[passage_score] = top > 0 ? std::max(0.0, passages[unit.passage].score / top) : 0;
    const std::size_t word_count = seen[i].spoken.word_count();
    f[is_short] = word_count < 5 ? 1 : 0;
    f[length] = std::log1p(static_cast<double>(word_count)) / 4;
    f[new_words] = std::log1p(fresh) / 4;
    f[is_question] = unit.text.ends_with('?') ? 1 : 0;
    f[leans_back] = unit.leans_on_before ? 1 : 0;
    f[opens_passage] = unit.before == kNoUnit ? 1 : 0;
    f[rarest_missing] = matcher.heaviest_missing(whole);
    f[unit_rarest_missing] = matcher.heaviest_missing(read.with_context);
  }
  return out;
}

double unit_score(const UnitFeatures& features, const UnitFeatures& weights) {
  double score = 0;
  for (std::size_t i = 0; i < unit_feature_count; ++i) score += weights[i] * features[i];
  return score;
}

}  // namespace carrel::generate
