#include "generate/evidence.h"

#include <algorithm>
#include <unordered_set>

namespace carrel::generate {
namespace {

using Lexicon = std::unordered_set<std::string_view>;

const Lexicon& number_words() {
  static const Lexicon words = {"one",     "two",     "three",  "four",  "five",    "six",
                                "seven",   "eight",   "nine",   "ten",   "eleven",  "twelve",
                                "twenty",  "thirty",  "forty",  "fifty", "hundred", "thousand",
                                "million", "billion", "half",   "third", "quarter", "dozen",
                                "none",    "no",      "single", "twice", "double",  "several",
                                "percent", "both",    "once",   "most",  "majority"};
  return words;
}
const Lexicon& time_words() {
  static const Lexicon words = {
      "january",   "february", "march",    "april",    "june",    "july",        "august",
      "september", "october",  "november", "december", "monday",  "tuesday",     "wednesday",
      "thursday",  "friday",   "saturday", "sunday",   "mondays", "tuesdays",    "wednesdays",
      "thursdays", "fridays",  "century",  "decade",   "today",   "tomorrow",    "yesterday",
      "morning",   "evening",  "noon",     "midnight", "year",    "years",       "month",
      "months",    "week",     "weeks",    "day",      "days",    "hour",        "hours",
      "minutes",   "after",    "before",   "until",    "during",  "immediately", "when",
      "once",      "spring",   "summer",   "autumn",   "winter",  "early",       "late",
      "quarter",   "if",       "where"};
  return words;
}
const Lexicon& duration_words() {
  static const Lexicon words = {
      "second", "seconds", "minute",     "minutes",   "hour",        "hours",        "day",
      "days",   "week",    "weeks",      "month",     "months",      "year",         "years",
      "decade", "decades", "century",    "centuries", "permanently", "indefinitely", "until",
      "metres", "km",      "kilometers", "miles",     "feet"};
  return words;
}
const Lexicon& frequency_words() {
  static const Lexicon words = {"every",     "each",      "daily",    "weekly", "monthly",
                                "quarterly", "yearly",    "annually", "annual", "once",
                                "twice",     "times",     "per",      "always", "never",
                                "hourly",    "regularly", "often",    "rarely", "frequently"};
  return words;
}
const Lexicon& reason_words() {
  static const Lexicon words = {"because", "due",    "since", "so",    "therefore", "reason",
                                "cause",   "caused", "order", "avoid", "as",        "to",
                                "for",     "result", "led",   "hence", "prevent",   "protect",
                                "allow",   "owing",  "thus",  "ensure"};
  return words;
}
const Lexicon& verdict_words() {
  static const Lexicon words = {"may",       "must",     "not",    "can",     "cannot",
                                "never",     "always",   "only",   "allowed", "permitted",
                                "forbidden", "required", "should", "is",      "are",
                                "has",       "have",     "no",     "yes",     "does",
                                "do",        "was",      "were",   "did",     "will"};
  return words;
}
const Lexicon& definition_words() {
  static const Lexicon words = {"is",   "are", "means", "refers",    "defined", "called", "known",
                                "term", "was", "were",  "describes", "denotes", "stands"};
  return words;
}

struct Seen {
  bool number = false, name = false, time = false;
};

bool any_word(const std::vector<std::string>& folded, const Lexicon& lexicon) {
  return std::any_of(folded.begin(), folded.end(),
                     [&](const std::string& word) { return lexicon.contains(word); });
}

}  // namespace

bool shows_answer_type(const QuestionForm& form, std::string_view text,
                       const std::vector<Word>& words) {
  Seen seen;
  std::vector<std::string> folded;
  folded.reserve(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    const std::string_view shown = text.substr(word.span.begin, word.span.size());
    folded.push_back(Analyzer::fold(shown));
    if (form.place.contains(word.term)) continue;  // the question said so itself
    const bool digit = shown.find_first_of("0123456789") != std::string_view::npos;
    seen.number |= digit || number_words().contains(folded.back());
    seen.time |= digit || shown == "May" || time_words().contains(folded.back());
    const bool capital = !shown.empty() && ((shown[0] >= 'A' && shown[0] <= 'Z') ||
                                            static_cast<unsigned char>(shown[0]) >= 0xC3);
    seen.name |= capital && (i > 0 || words.size() < 4 || !word.is_stop_word) && !word.is_stop_word;
  }
  switch (form.type) {
    case AnswerType::person:
      return seen.name;
    case AnswerType::place:
      return seen.name;
    case AnswerType::time:
      return seen.time;
    case AnswerType::number:
      return seen.number;
    case AnswerType::duration:
      return seen.number || any_word(folded, duration_words());
    case AnswerType::frequency:
      return seen.number || any_word(folded, frequency_words());
    case AnswerType::reason:
      return any_word(folded, reason_words());
    case AnswerType::yes_no:
      return any_word(folded, verdict_words());
    case AnswerType::definition:
      return any_word(folded, definition_words());
    case AnswerType::manner:
    case AnswerType::other:
      return true;
  }
  return true;
}

double share_of_figures_met(std::string_view question, const retrieve::Passage& passage,
                            const Analyzer& analyzer) {
  std::unordered_set<std::string> held;
  for (const std::string* field : {&passage.title, &passage.section, &passage.text})
    for (Word& word : analyzer.words(*field)) held.insert(std::move(word.term));
  std::size_t asked = 0;
  std::size_t met = 0;
  for (const Word& word : analyzer.words(question)) {
    if (word.term.find_first_of("0123456789") == std::string::npos) continue;
    ++asked;
    met += held.contains(word.term) ? 1 : 0;
  }
  return asked == 0 ? 1.0 : static_cast<double>(met) / static_cast<double>(asked);
}

}  // namespace carrel::generate
