#include "generate/evidence.h"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace carrel::generate {
namespace {

using Lexicon = std::unordered_set<std::string_view>;

bool in(const Lexicon& lexicon, std::string_view word) { return lexicon.contains(word); }

const Lexicon kNumberWords = {
    "one",      "two",     "three",   "four",    "five",     "six",     "seven",    "eight",
    "nine",     "ten",     "eleven",  "twelve",  "fifteen",  "twenty",  "thirty",   "forty",
    "fifty",    "sixty",   "ninety",  "hundred", "thousand", "million", "billion",  "trillion",
    "half",     "third",   "quarter", "dozen",   "none",     "no",      "single",   "twice",
    "double",   "several", "both",    "once",    "majority", "zero",    "hundreds", "thousands",
    "millions", "dozens",  "thirds",  "quarters"};
const Lexicon kMonths = {"january", "february", "march",     "april",   "may",      "june",
                         "july",    "august",   "september", "october", "november", "december"};
const Lexicon kWeekdays = {"monday",    "tuesday", "wednesday", "thursday", "friday",
                           "saturday",  "sunday",  "mondays",   "tuesdays", "wednesdays",
                           "thursdays", "fridays", "saturdays", "sundays"};
const Lexicon kTimeUnits = {"second",  "seconds", "minute",    "minutes", "hour",
                            "hours",   "day",     "days",      "week",    "weeks",
                            "month",   "months",  "year",      "years",   "decade",
                            "decades", "century", "centuries", "quarter", "quarters"};
const Lexicon kTimeWords = {"noon",      "midnight", "morning", "evening", "today",   "tomorrow",
                            "yesterday", "spring",   "summer",  "autumn",  "winter",  "immediately",
                            "era",       "period",   "end",     "start",   "weekend", "night"};
const Lexicon kTimeHints = {"after", "before", "until", "during", "when",
                            "once",  "since",  "late",  "early"};
const Lexicon kFrequency = {
    "every",    "each",   "daily",     "weekly", "monthly",    "quarterly",   "yearly",
    "annually", "annual", "once",      "twice",  "times",      "per",         "always",
    "never",    "hourly", "regularly", "rarely", "frequently", "fortnightly", "biweekly"};
const Lexicon kReason = {"because",   "due",    "since",  "reason", "cause", "caused",
                         "therefore", "owing",  "result", "ensure", "avoid", "prevent",
                         "protect",   "thus",   "hence",  "allow",  "led",   "reasons",
                         "causes",    "allows", "enable"};
const Lexicon kReasonHints = {"as", "to", "for", "so", "order"};
const Lexicon kVerdicts = {
    "may",       "must",      "not",      "never",      "cannot", "only",   "allowed", "permitted",
    "forbidden", "required",  "should",   "prohibited", "can",    "yes",    "no",      "eligible",
    "entitled",  "mandatory", "optional", "always",     "unless", "except", "free"};
const Lexicon kVerdictHints = {"is", "are", "has",  "have", "does",
                               "do", "was", "were", "did",  "will"};
const Lexicon kDefines = {"is",   "are", "means", "refers",    "defined", "called", "known",
                          "term", "was", "were",  "describes", "denotes", "stands"};
const Lexicon kRoles = {"manager",    "director",      "officer",    "team",      "desk",
                        "department", "head",          "supervisor", "lead",      "committee",
                        "board",      "council",       "employee",   "employees", "staff",
                        "owner",      "administrator", "counsel",    "people",    "contractors",
                        "everyone",   "anyone",        "person",     "workers",   "scientists",
                        "president",  "king",          "emperor",    "group",     "groups",
                        "party",      "parties",       "vendor",     "auditor",   "provider"};
const Lexicon kPlaces = {"floor",  "room",    "building",   "office",   "cabinet", "folder",
                         "portal", "page",    "site",       "intranet", "desk",    "drive",
                         "wiki",   "channel", "reception",  "city",     "country", "coast",
                         "region", "area",    "north",      "south",    "east",    "west",
                         "https",  "server",  "repository", "garage",   "kitchen", "basement"};
const Lexicon kPlaceLead = {"in",      "at",     "near",    "from",   "to",   "on",
                            "outside", "inside", "between", "around", "under"};
const Lexicon kCurrency = {"eur",  "usd",   "gbp",    "chf",   "dollars", "dollar",
                           "euro", "euros", "pounds", "cents", "yen"};

struct Shown {
  std::string folded;
  bool is_capital = false, has_digit = false, is_said = false, is_stop = false;
};

std::vector<Shown> shown_words(const QuestionForm& form, std::string_view text,
                               const std::vector<Word>& words) {
  std::vector<Shown> out;
  out.reserve(words.size());
  for (const Word& word : words) {
    const std::string_view raw = text.substr(word.span.begin, word.span.size());
    Shown one;
    one.folded = Analyzer::fold(raw);
    one.is_capital =
        !raw.empty() && ((raw[0] >= 'A' && raw[0] <= 'Z') ||
                         (static_cast<unsigned char>(raw[0]) == 0xC3 && raw.size() > 1 &&
                          static_cast<unsigned char>(raw[1]) < 0x9F));
    one.has_digit = raw.find_first_of("0123456789") != std::string_view::npos;
    one.is_said = form.place.contains(word.term);
    one.is_stop = word.is_stop_word;
    out.push_back(std::move(one));
  }
  return out;
}

bool is_year(std::string_view word) {
  return word.size() == 4 && (word[0] == '1' || word[0] == '2') &&
         word.find_first_not_of("0123456789") == std::string_view::npos;
}

// Whether a money sign stands right before the word, or a per cent sign right after.
bool has_money_sign(std::string_view text, ByteRange word) {
  const std::string_view before = text.substr(0, word.begin);
  return before.ends_with("$") || before.ends_with("\u20AC") || before.ends_with("\u00A3") ||
         before.ends_with("\u20AC ") || before.ends_with("$ ");
}

class PlaceFinder {
 public:
  PlaceFinder(const QuestionForm& form, std::string_view text, const std::vector<Word>& words)
      : form_(form), text_(text), words_(words), shown_(shown_words(form, text, words)) {}

  double degree(std::size_t i) const {
    const Shown& word = shown_[i];
    switch (form_.type) {
      case AnswerType::person:
        return person(i);
      case AnswerType::place:
        return place(i);
      case AnswerType::time:
        return time(i);
      case AnswerType::number:
        return number(i);
      case AnswerType::money:
        return money(i);
      case AnswerType::duration:
        return duration(i);
      case AnswerType::frequency:
        if (word.is_said) return 0;
        return in(kFrequency, word.folded) ? 1 : is_number(i) ? 0.4 : 0;
      case AnswerType::reason:
        return in(kReason, word.folded) ? 1 : in(kReasonHints, word.folded) ? 0.3 : 0;
      case AnswerType::yes_no:
        return in(kVerdicts, word.folded) ? 1 : in(kVerdictHints, word.folded) ? 0.4 : 0;
      case AnswerType::definition:
        return definition(i);
      case AnswerType::manner:
      case AnswerType::other:
        return 0;
    }
    return 0;
  }

 private:
  bool is_number(std::size_t i) const {
    return shown_[i].has_digit || in(kNumberWords, shown_[i].folded);
  }
  bool within(std::size_t i, std::size_t reach, const Lexicon& lexicon) const {
    for (std::size_t at = i + 1; at < std::min(shown_.size(), i + 1 + reach); ++at)
      if (in(lexicon, shown_[at].folded)) return true;
    return false;
  }
  bool is_date_word(std::size_t i) const {
    return (in(kMonths, shown_[i].folded) && (shown_[i].is_capital || shown_[i].folded != "may")) ||
           in(kWeekdays, shown_[i].folded);
  }
  bool is_new_name(std::size_t i) const {
    const Shown& word = shown_[i];
    return word.is_capital && !word.is_said && !word.is_stop && !word.has_digit &&
           !is_date_word(i) && word.folded.size() > 1;
  }

  // Three numbers or more with dashes between them: "2024-03-01", or a telephone number.
  bool is_dashed(std::size_t i) const {
    return i > 0 && shown_[i].has_digit && shown_[i - 1].has_digit &&
           text_.substr(words_[i - 1].span.end, words_[i].span.begin - words_[i - 1].span.end) ==
               "-";
  }
  std::size_t dashed_begin(std::size_t i) const {
    while (is_dashed(i)) --i;
    return i;
  }
  bool in_dashed_run(std::size_t i) const {
    std::size_t end = i + 1;
    while (end < shown_.size() && is_dashed(end)) ++end;
    return end - dashed_begin(i) >= 3;
  }

  double person(std::size_t i) const {
    if (is_new_name(i)) {
      const bool in_run =
          (i > 0 && is_new_name(i - 1)) || (i + 1 < shown_.size() && is_new_name(i + 1));
      const bool by = i > 0 && shown_[i - 1].folded == "by";
      return in_run || by ? 1 : i == 0 ? 0.5 : 0.8;
    }
    return !shown_[i].is_said && in(kRoles, shown_[i].folded) ? 0.6 : 0;
  }

  double place(std::size_t i) const {
    if (is_new_name(i))
      return i > 0 && in(kPlaceLead, shown_[i - 1].folded) ? 1 : i == 0 ? 0.4 : 0.7;
    return !shown_[i].is_said && in(kPlaces, shown_[i].folded) ? 0.6 : 0;
  }

  double time(std::size_t i) const {
    const Shown& word = shown_[i];
    if (word.is_said && !is_number(i)) return 0;
    if (word.is_said) return 0;
    if (in_dashed_run(i)) return is_year(shown_[dashed_begin(i)].folded) ? 1 : 0;
    if (is_year(word.folded)) return 1;
    if (is_date_word(i)) return form_.asks_for_year ? 0.5 : 1;
    if (is_number(i)) {
      if (within(i, 3, kTimeUnits) || (i + 1 < shown_.size() && is_date_word(i + 1))) return 0.9;
      if (text_.substr(words_[i].span.end).starts_with(":")) return 0.9;  // 17:30
      return word.has_digit ? 0.4 : 0.2;
    }
    if (in(kTimeWords, word.folded) || in(kTimeUnits, word.folded)) return 0.5;
    return in(kTimeHints, word.folded) ? 0.3 : 0;
  }

  // A number with the noun that is counted beside it is surely what was asked.
  double number(std::size_t i) const {
    if (!is_number(i) || shown_[i].is_said) return 0;
    if (text_.substr(0, words_[i].span.begin).ends_with("\u00A7")) return 0;  // a section's
    for (std::size_t at = i + 1; at < std::min(words_.size(), i + 5); ++at) {
      const auto found = form_.place.find(words_[at].term);
      if (found != form_.place.end() && form_.is_focus(found->second)) return 1;
    }
    if (shown_[i].folded == "no" || shown_[i].folded == "none") return 0.2;
    const bool weak = shown_[i].folded == "one" || is_year(shown_[i].folded);
    return weak ? 0.4 : 0.75;
  }

  double money(std::size_t i) const {
    if (!is_number(i) || shown_[i].is_said) return 0;
    const bool named = has_money_sign(text_, words_[i].span) ||
                       (i > 0 && in(kCurrency, shown_[i - 1].folded)) || within(i, 2, kCurrency) ||
                       text_.substr(words_[i].span.end).starts_with("%") ||
                       within(i, 2, {"percent", "cent"});
    if (named) return 1;
    // "66,600" in a table of salaries names no currency; "60 days" are no money.
    const bool may_be_a_sum =
        shown_[i].folded.size() >= 3 && !is_year(shown_[i].folded) && !within(i, 3, kTimeUnits);
    if (form_.wants_currency && !may_be_a_sum) return 0.2;
    if (shown_[i].folded == "no" || shown_[i].folded == "none") return 0.2;
    return is_year(shown_[i].folded) ? 0.3 : shown_[i].has_digit ? 0.6 : 0.4;
  }

  double duration(std::size_t i) const {
    if (shown_[i].is_said) return 0;
    if (is_number(i)) return within(i, 3, kTimeUnits) ? 1 : 0.4;
    static const Lexicon spans = {"permanently", "indefinitely", "until",
                                  "forever",     "decades",      "centuries"};
    return in(spans, shown_[i].folded) ? 0.8 : 0;
  }

  // The words of a name that the question gives by its initials: "Authority to Operate" for ATO.
  bool begins_expansion(std::size_t i) const {
    for (const QuestionTerm& term : form_.terms) {
      if (!shown_[i].is_capital || !term.is_name || term.term.size() < 2 || term.term.size() > 6)
        continue;
      std::size_t letter = 0, at = i;
      for (; at < shown_.size() && letter < term.term.size(); ++at) {
        const bool fits = !shown_[at].is_said && shown_[at].folded.front() == term.term[letter];
        if (fits && shown_[at].folded.size() > 1)
          ++letter;
        else if (!shown_[at].is_stop || at == i)
          break;
      }
      if (letter == term.term.size()) return true;
    }
    return false;
  }

  // Whether "X:", "X - " or "(X)" sets a word of the question off from what explains it.
  bool is_set_off(std::size_t i) const {
    const std::string_view behind = text_.substr(words_[i].span.end);
    for (const std::string_view mark : {":", " - ", " \u2013 ", " \u2014 ", "**:", ":**"})
      if (behind.starts_with(mark)) return true;
    return false;
  }

  // "X is ...", "X means ...": the verb stands close behind what is asked about.
  double definition(std::size_t i) const {
    constexpr std::size_t kOpeningWords = 4;
    if (shown_[i].is_said) return i < kOpeningWords && is_set_off(i) ? 1 : 0;
    if (begins_expansion(i)) return 1;
    if (!in(kDefines, shown_[i].folded)) return 0;
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, i); ++back)
      if (shown_[i - back].is_said) return 1;
    return 0.3;
  }

  const QuestionForm& form_;
  std::string_view text_;
  const std::vector<Word>& words_;
  std::vector<Shown> shown_;
};

}  // namespace

std::vector<AnswerPlace> answer_places(const QuestionForm& form, std::string_view text,
                                       const std::vector<Word>& words) {
  std::vector<AnswerPlace> out;
  if (!has_visible_kind(form.type)) return out;
  const PlaceFinder finder(form, text, words);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (const double degree = finder.degree(i); degree > 0)
      out.push_back({words[i].position, degree});
  return out;
}

bool has_visible_kind(AnswerType type) {
  return type != AnswerType::other && type != AnswerType::manner;
}

}  // namespace carrel::generate
