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
  static const Lexicon words = {
      "price",     "cost",      "costs",       "rate",     "amount",  "percentage",    "percent",
      "limit",     "budget",    "salary",      "salaries", "fee",     "fees",          "value",
      "allowance", "maximum",   "minimum",     "dividend", "revenue", "bonus",         "proportion",
      "share",     "threshold", "cap",         "fine",     "deposit", "reimbursement", "deductible",
      "copay",     "copayment", "coinsurance", "premium",  "wage",    "stipend",       "pension",
      "discount",  "surcharge", "most",        "least"};
  return words.contains(folded);
}
// Verbs of money: "what do I pay", "how much does it cost".
bool moves_money(std::string_view term) {
  static const Lexicon words = {
      "pai",    "paid", "spend",   "spent",  "cost",  "reimburs", "fine",   "charg", "price",
      "salari", "wage", "fee",     "budget", "money", "monei",    "dollar", "euro",  "pound",
      "earn",   "bonu", "stipend", "refund", "worth", "usd",      "eur",    "gbp"};
  return words.contains(term);
}
bool asks_for_number(std::string_view folded) {
  static const Lexicon words = {"number",    "population", "temperature", "size",     "weight",
                                "height",    "distance",   "speed",       "quantity", "total",
                                "count",     "degree",     "depth",       "length",   "area",
                                "extension", "ratio",      "version"};
  return words.contains(folded);
}
bool asks_for_time(std::string_view folded) {
  static const Lexicon words = {"year",  "date",     "day",     "month", "century",  "decade",
                                "time",  "deadline", "weekday", "week",  "hour",     "era",
                                "hours", "dates",    "days",    "years", "weekdays", "times"};
  return words.contains(folded);
}
bool asks_for_person(std::string_view folded) {
  static const Lexicon words = {"person",    "people",   "president", "leader", "king", "author",
                                "scientist", "director", "manager",   "owner",  "name"};
  return words.contains(folded);
}
bool asks_for_place(std::string_view folded) {
  static const Lexicon words = {"country",   "city",   "place",  "region",    "state",
                                "location",  "county", "town",   "continent", "river",
                                "countries", "cities", "places", "regions",   "states",
                                "locations", "towns"};
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
// ... and those that are verbs wherever they stand.
bool is_paying(std::string_view term) {
  static const Lexicon words = {"pai", "paid", "spend", "spent", "cost", "charg", "reimburs"};
  return words.contains(term);
}
bool is_wait(std::string_view folded) {
  static const Lexicon words = {"long", "soon", "quickly", "early", "late"};
  return words.contains(folded);
}
bool parts_a_phrase(std::string_view folded) {
  static const Lexicon words = {"of",   "for",  "in",   "on",     "at",    "to",     "from",  "by",
                                "with", "that", "when", "if",     "after", "before", "under", "per",
                                "as",   "and",  "or",   "during", "until", "between"};
  return words.contains(folded) || starts_polar(folded);
}

AnswerType type_after_how(std::string_view next) {
  if (next == "much") return AnswerType::money;
  if (is_measure(next)) return AnswerType::number;
  if (is_wait(next)) return AnswerType::duration;
  if (next == "often" || next == "frequently") return AnswerType::frequency;
  return AnswerType::manner;
}

AnswerType type_of_noun(std::string_view noun, bool is_which) {
  if (asks_for_time(noun)) return AnswerType::time;
  if (asks_for_money(noun)) return AnswerType::money;
  if (asks_for_number(noun)) return AnswerType::number;
  if (asks_for_place(noun)) return AnswerType::place;
  return is_which && asks_for_person(noun) ? AnswerType::person : AnswerType::other;
}

// "what year", "which person", "in what country": a noun within three words decides, or the last
// noun before the phrase ends, "what is the default monthly credit limit for".
AnswerType type_after_what(const std::vector<std::string>& folded, std::size_t at) {
  const bool is_which = folded[at] == "which";
  for (std::size_t i = at + 1; i < std::min(at + 4, folded.size()); ++i)
    if (const AnswerType type = type_of_noun(folded[i], is_which); type != AnswerType::other)
      return type;
  const bool names_it =
      at + 1 < folded.size() && (folded[at + 1] == "is" || folded[at + 1] == "are");
  std::size_t end = at + (names_it ? 2 : 1);
  while (end < folded.size() && !parts_a_phrase(folded[end])) ++end;
  if (names_it && end > at + 2)
    if (const AnswerType type = type_of_noun(folded[end - 1], is_which); type != AnswerType::other)
      return type;
  if (names_it && folded.size() <= at + 6) return AnswerType::definition;
  return AnswerType::other;
}

// "What does ATO stand for?", "What is meant by", "What does X mean?".
bool asks_for_meaning(const std::vector<std::string>& folded) {
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const bool last = i + 1 == folded.size();
    if (folded[i] == "stand" && !last && folded[i + 1] == "for") return true;
    if (folded[i] == "meant" && !last && folded[i + 1] == "by") return true;
    if (folded[i] == "mean" && last && folded.size() <= 10) return true;
  }
  return !folded.empty() && folded.front() == "define";
}

AnswerType answer_type(const std::vector<std::string>& folded) {
  // "Do I get money when I quit?" asks whether, not when.
  const bool asks_about_asking = std::find_if(folded.begin(), folded.end(), [](const auto& word) {
                                   return word == "know" || word == "tell" || word == "say";
                                 }) != folded.end();
  if (!folded.empty() && starts_polar(folded.front()) && !asks_about_asking)
    return AnswerType::yes_no;
  if (asks_for_meaning(folded)) return AnswerType::definition;
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
  return AnswerType::other;
}

// "what do I pay", "what may we spend", "what will the plan put towards it".
bool asks_what_a_person_does(const std::vector<std::string>& asking) {
  return asking.size() > 2 && asking[0] == "what" && starts_polar(asking[1]) && asking[1] != "is" &&
         asking[1] != "are" && asking[1] != "was" && asking[1] != "were";
}

// "How much annual leave": what is counted is named, and no money.
bool names_what_is_counted(const std::vector<std::string>& asking) {
  for (std::size_t i = 0; i + 2 < asking.size(); ++i)
    if (asking[i] == "how" && asking[i + 1] == "much")
      return !starts_polar(asking[i + 2]) && !parts_a_phrase(asking[i + 2]) &&
             !moves_money(asking[i + 2]);
  return false;
}

bool names_a_time(std::string_view folded) {
  static const Lexicon words = {"year", "date", "day", "weekday", "hours", "month"};
  return words.contains(folded);
}

// Nouns are no sure sign ("what rate", "which limit"): the words that ask are.
bool insists_on_an_amount(const std::vector<std::string>& asking, AnswerType type) {
  if (type == AnswerType::yes_no) return false;
  for (std::size_t i = 0; i < asking.size(); ++i) {
    const std::string_view next = i + 1 < asking.size() ? asking[i + 1] : std::string_view();
    if (asking[i] == "how" &&
        (next == "many" || next == "much" || next == "often" || is_wait(next)))
      return true;
    if (type == AnswerType::time && (asking[i] == "when" || names_a_time(next))) return true;
    if (asking[i] == "what" || asking[i] == "which" || asking[i] == "who") return false;
  }
  return false;
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

bool compares(const std::vector<std::string>& folded, std::size_t at) {
  if (folded[at] == "or" || folded[at] == "than") return true;
  if (folded[at] != "and") return false;
  return std::any_of(folded.begin(), folded.end(), [](const std::string& word) {
    return word.starts_with("differ") || word.starts_with("compare");
  });
}

// The content words next to the word that compares, up to four on each side, less what both share.
void find_sides(const std::vector<Word>& words, const std::vector<std::string>& folded,
                QuestionForm& form) {
  constexpr std::size_t kSideWordsMax = 4;
  for (std::size_t at = 1; at + 1 < words.size(); ++at) {
    if (!compares(folded, at)) continue;
    std::array<std::vector<std::size_t>, 2> sides;
    const auto take = [&](std::size_t side, std::size_t word) {
      const auto found = form.place.find(words[word].term);
      if (words[word].is_stop_word || found == form.place.end()) return false;
      sides[side].push_back(found->second);
      return sides[side].size() < kSideWordsMax;
    };
    for (std::size_t i = at; i > 0 && take(0, i - 1);) --i;
    for (std::size_t i = at + 1; i < words.size() && take(1, i);) ++i;
    const std::vector<std::size_t> left = sides[0];
    const auto drop_shared = [](std::vector<std::size_t>& from,
                                const std::vector<std::size_t>& other) {
      std::erase_if(from, [&](std::size_t term) {
        return std::find(other.begin(), other.end(), term) != other.end();
      });
    };
    drop_shared(sides[0], sides[1]);
    drop_shared(sides[1], left);
    if (sides[0].empty() || sides[1].empty()) continue;
    form.sides = std::move(sides);
    return;
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

// "what's" asks as "what" does; "whats" too.
std::string without_contraction(std::string folded) {
  static const Lexicon whole = {"what", "who", "where", "when", "how", "why"};
  for (const std::string_view ending : {"'s", "\u2019s", "'re", "\u2019re", "s"})
    if (folded.ends_with(ending) &&
        whole.contains(std::string_view(folded).substr(0, folded.size() - ending.size())))
      return folded.substr(0, folded.size() - ending.size());
  return folded;
}

// Where the last sentence that asks begins: "I lost a key. When will the lock be replaced?"
std::size_t asking_begin(std::string_view plain) {
  std::size_t begin = 0;
  for (const ByteRange& sentence : sentences(plain)) {
    const std::string_view text = plain.substr(sentence.begin, sentence.size());
    if (text.find('?') != std::string_view::npos) begin = sentence.begin;
  }
  return begin;
}

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
  const std::size_t asking_from = asking_begin(plain);
  std::size_t asked_at = 0;  // the first word of the sentence that asks
  const bool only_stop_words =
      std::all_of(words.begin(), words.end(), [](const Word& w) { return w.is_stop_word; });
  for (const Word& word : words) {
    const std::string_view shown = plain.substr(word.span.begin, word.span.size());
    folded.push_back(without_contraction(Analyzer::fold(shown)));
    if (word.span.begin < asking_from) asked_at = folded.size();
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
  const std::vector<std::string> asking(
      folded.begin() + static_cast<std::ptrdiff_t>(asked_at < folded.size() ? asked_at : 0),
      folded.end());
  form.type = answer_type(asking);
  const bool about_money = std::any_of(form.terms.begin(), form.terms.end(),
                                       [](const auto& term) { return moves_money(term.term); });
  // "What may I spend on a desk?" names no noun: the verb tells.
  const bool pays = std::any_of(form.terms.begin(), form.terms.end(),
                                [](const auto& term) { return is_paying(term.term); });
  if (form.type == AnswerType::other && pays && asks_what_a_person_does(asking))
    form.type = AnswerType::money;
  form.wants_currency =
      form.type == AnswerType::money && about_money && !names_what_is_counted(asking);
  form.wants_amount = form.wants_currency || insists_on_an_amount(asking, form.type);
  form.asks_for_year = std::find(folded.begin(), folded.end(), "year") != folded.end();
  find_focus(words, folded, form);
  find_sides(words, folded, form);
  form.wants_several = form.type == AnswerType::manner || asks_for_several(folded);
  return form;
}

}  // namespace carrel::generate
