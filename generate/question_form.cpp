#include "generate/question_form.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "core/utf8.h"

namespace carrel::generate {
namespace {

using Lexicon = std::unordered_set<std::string_view>;

// Words that say what is asked for rather than what it is about; given stemmed.
bool shapes_the_question(std::string_view term) {
  static const Lexicon words = {"mani", "much",   "often", "kind",   "type",    "sort",
                                "name", "exampl", "list",  "happen", "tell",    "mean",
                                "call", "give",   "refer", "term",   "describ", "explain",
                                "get",  "us",     "need",  "someth", "on"};
  return words.contains(term);
}

bool asks_for_money(std::string_view folded) {
  static const Lexicon words = {"price",   "cost",      "rate",       "amount",       "percentage",
                                "percent", "limit",     "budget",     "salary",       "fee",
                                "value",   "allowance", "maximum",    "minimum",      "dividend",
                                "revenue", "bonus",     "proportion", "share",        "threshold",
                                "cap",     "fine",      "deposit",    "reimbursement"};
  return words.contains(folded);
}
bool asks_for_number(std::string_view folded) {
  static const Lexicon words = {"number",    "population", "temperature", "size",     "weight",
                                "height",    "distance",   "speed",       "quantity", "total",
                                "count",     "degree",     "depth",       "length",   "area",
                                "extension", "ratio",      "version"};
  return words.contains(folded);
}
bool asks_for_time(std::string_view folded) {
  static const Lexicon words = {"year", "date",     "day",  "month", "century", "decade",
                                "time", "deadline", "week", "hour",  "era",     "hours"};
  return words.contains(folded);
}
bool asks_for_person(std::string_view folded) {
  static const Lexicon words = {"person",    "people",   "president", "leader", "king", "author",
                                "scientist", "director", "manager",   "owner",  "name"};
  return words.contains(folded);
}
bool asks_for_place(std::string_view folded) {
  static const Lexicon words = {"country",  "city",   "place", "region",    "state",
                                "location", "county", "town",  "continent", "river"};
  return words.contains(folded);
}
bool starts_polar(std::string_view folded) {
  static const Lexicon words = {"is",     "are",   "was",   "were", "do",   "does",
                                "did",    "can",   "could", "may",  "must", "will",
                                "should", "shall", "has",   "have", "am",   "would"};
  return words.contains(folded);
}
bool is_measure(std::string_view folded) {
  static const Lexicon words = {"many", "heavy", "large", "big",  "tall",  "high", "far",
                                "old",  "deep",  "wide",  "fast", "small", "hot",  "cold"};
  return words.contains(folded);
}

AnswerType type_after_how(std::string_view next) {
  if (next == "much") return AnswerType::money;
  if (is_measure(next)) return AnswerType::number;
  if (next == "long") return AnswerType::duration;
  if (next == "often" || next == "frequently") return AnswerType::frequency;
  return AnswerType::manner;
}

// "what year", "which person", "in what country": the noun decides, within three words.
AnswerType type_after_what(const std::vector<std::string>& folded, std::size_t at) {
  const std::size_t end = std::min(at + 4, folded.size());
  for (std::size_t i = at + 1; i < end; ++i) {
    if (asks_for_time(folded[i])) return AnswerType::time;
    if (asks_for_money(folded[i])) return AnswerType::money;
    if (asks_for_number(folded[i])) return AnswerType::number;
    if (asks_for_place(folded[i])) return AnswerType::place;
    if (folded[at] == "which" && asks_for_person(folded[i])) return AnswerType::person;
  }
  const bool names_it =
      at + 1 < folded.size() && (folded[at + 1] == "is" || folded[at + 1] == "are");
  if (names_it && folded.size() <= at + 6) return AnswerType::definition;
  return AnswerType::other;
}

AnswerType answer_type(const std::vector<std::string>& folded) {
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const std::string_view word = folded[i];
    const std::string_view next = i + 1 < folded.size() ? folded[i + 1] : std::string_view();
    if (word == "who" || word == "whom" || word == "whose") return AnswerType::person;
    if (word == "when") return AnswerType::time;
    if (word == "where") return AnswerType::place;
    if (word == "why") return AnswerType::reason;
    if (word == "how") return type_after_how(next);
    if (word == "what" || word == "which") return type_after_what(folded, i);
  }
  if (!folded.empty() && starts_polar(folded.front())) return AnswerType::yes_no;
  return AnswerType::other;
}

// "the steps", "which documents", "what are": more than one thing is wanted.
bool asks_for_several(const std::vector<std::string>& folded) {
  static const Lexicon words = {"steps",   "list",      "rules",      "requirements",
                                "reasons", "procedure", "conditions", "documents",
                                "options", "benefits",  "ways"};
  for (std::size_t i = 0; i < folded.size(); ++i) {
    if (words.contains(folded[i])) return true;
    if (folded[i] != "what" && folded[i] != "which") continue;
    if (i + 1 >= folded.size()) return false;
    const std::string& next = folded[i + 1];
    if (next == "are" || next == "were") return true;
    if (next.size() > 3 && next.ends_with('s') && !next.ends_with("ss")) return true;
  }
  return false;
}

// Where the words that name what is asked for begin: after "how many", after "which", or after
// "what is the"; the number of words when none do.
std::size_t focus_begin(const std::vector<Word>& words, const std::vector<std::string>& folded) {
  for (std::size_t i = 0; i + 1 < folded.size(); ++i) {
    const bool counts = folded[i] == "how" && (folded[i + 1] == "many" || folded[i + 1] == "much");
    if (counts) return i + 2;
    if (folded[i] != "what" && folded[i] != "which") continue;
    std::size_t at = i + 1;
    while (at < folded.size() && words[at].is_stop_word && at <= i + 3) ++at;
    return at;
  }
  return folded.size();
}

// Up to three words in a row that carry meaning.
void find_focus(const std::vector<Word>& words, const std::vector<std::string>& folded,
                QuestionForm& form) {
  constexpr std::size_t kFocusWordsMax = 3;
  const std::size_t begin = focus_begin(words, folded);
  for (std::size_t i = begin; i < std::min(words.size(), begin + kFocusWordsMax); ++i) {
    if (words[i].is_stop_word) break;
    const auto found = form.place.find(words[i].term);
    if (found != form.place.end() && !form.is_focus(found->second))
      form.focus.push_back(found->second);
  }
}

bool looks_like_name(std::string_view shown, bool is_first) {
  const bool digit = shown.find_first_of("0123456789") != std::string_view::npos;
  return digit || (!is_first && !shown.empty() && shown[0] >= 'A' && shown[0] <= 'Z');
}

}  // namespace

bool denies(const std::vector<Word>& words, std::string_view text) {
  static const std::unordered_set<std::string_view> negations = {
      "not",  "no",    "never",  "without", "none",   "neither", "nor",    "cannot",
      "fail", "fails", "failed", "except",  "unable", "refuse",  "refused"};
  return std::any_of(words.begin(), words.end(), [&](const Word& word) {
    const std::string_view shown = text.substr(word.span.begin, word.span.size());
    return shown.ends_with("n't") || shown.ends_with("n\u2019t") ||
           negations.contains(Analyzer::fold(shown));
  });
}

namespace {

// In a handful of chunks every word is frequent. Words weigh as if there were at least
// `kChunksMin`; the number of chunks is read back from the idf, ln(1 + (N - df + 0.5) / (df +
// 0.5)).
double weight_of(const index::VisibleTerm& term) {
  constexpr double kChunksMin = 200;
  const auto df = static_cast<double>(term.document_frequency);
  const double chunks = std::expm1(term.idf) * (df + 0.5) + df - 0.5;
  return std::log1p((std::max(chunks, kChunksMin) - df + 0.5) / (df + 0.5));
}

}  // namespace

QuestionForm read_question(std::string_view plain, std::span<const index::VisibleTerm> statistics,
                           const Analyzer& analyzer) {
  constexpr double kUnknownIdf = 6.0;     // of a term without statistics: rarer than most
  constexpr double kShapingShare = 0.25;  // of their idf that shaping words count
  std::unordered_map<std::string_view, double> idf;
  std::unordered_set<std::string_view> unseen;
  for (const index::VisibleTerm& term : statistics) {
    idf.emplace(term.term, weight_of(term));
    if (term.document_frequency == 0) unseen.insert(term.term);
  }

  QuestionForm form;
  std::vector<std::string> folded;
  const std::vector<Word> words = analyzer.words(plain);
  const bool only_stop_words =
      std::all_of(words.begin(), words.end(), [](const Word& w) { return w.is_stop_word; });
  for (const Word& word : words) {
    const std::string_view shown = plain.substr(word.span.begin, word.span.size());
    folded.push_back(Analyzer::fold(shown));
    if (word.is_stop_word && !only_stop_words) continue;
    const auto [entry, is_new] = form.place.try_emplace(word.term, form.terms.size());
    const bool is_name = looks_like_name(shown, folded.size() == 1);
    if (!is_new) {
      form.terms[entry->second].is_name |= is_name;
      continue;
    }
    const auto known = idf.find(word.term);
    double mass = known != idf.end() ? known->second : kUnknownIdf;
    if (shapes_the_question(word.term)) mass *= kShapingShare;
    form.terms.push_back({word.term, mass, is_name, !unseen.contains(word.term)});
  }
  for (const QuestionTerm& term : form.terms) form.mass += term.mass;
  form.denies_something = denies(words, plain);
  form.type = answer_type(folded);
  form.asks_for_year = std::find(folded.begin(), folded.end(), "year") != folded.end();
  find_focus(words, folded, form);
  form.wants_several = form.type == AnswerType::manner || asks_for_several(folded);
  return form;
}

}  // namespace carrel::generate
