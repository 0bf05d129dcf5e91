// What kind of answer the words of a question ask for: its question word, and the noun or verb
// beside it. English.
#include "generate/answer_type.h"

#include <algorithm>
#include <unordered_set>

namespace carrel::generate {
namespace {

using Lexicon = std::unordered_set<std::string_view>;

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

bool says_where(std::string_view folded) {
  static const Lexicon words = {"in", "at", "under", "within"};
  return words.contains(folded);
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
  // "What is a precursor in an incident response?"
  const bool has_article =
      names_it && end > at + 3 && (folded[at + 2] == "a" || folded[at + 2] == "an");
  if (has_article && end <= at + 6 && end < folded.size() && says_where(folded[end]))
    return AnswerType::definition;
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

// "I clicked on a link, what now?", "What do I have to do to ...": asks for steps.
bool asks_what_to_do(const std::vector<std::string>& folded) {
  static const Lexicon asker = {"i", "we", "you", "one", "somebody", "someone", "people"};
  for (std::size_t i = 0; i + 1 < folded.size(); ++i) {
    if (folded[i] != "what") continue;
    if (folded[i + 1] == "now" && i + 2 == folded.size()) return true;
    if (folded[i + 1] == "to" && i + 2 < folded.size() && folded[i + 2] == "do") return true;
    if (!starts_polar(folded[i + 1]) || i + 3 >= folded.size() || !asker.contains(folded[i + 2]))
      continue;
    std::size_t at = i + 3;
    if (at + 2 < folded.size() && (folded[at] == "have" || folded[at] == "need") &&
        folded[at + 1] == "to")
      at += 2;
    if (folded[at] == "do") return true;
  }
  return false;
}

// "When forces come from other things, what law holds?" asks what: the "when" only says of which
// case. The word behind it is no verb that asks.
bool only_sets_the_case(const std::vector<std::string>& folded, std::size_t when) {
  static const Lexicon asking = {"who", "whom", "whose", "where", "why", "how", "what", "which"};
  const std::string_view next = when + 1 < folded.size() ? folded[when + 1] : std::string_view();
  if (next.empty() || next == "and" || next == "or" || starts_polar(next)) return false;
  return std::any_of(folded.begin() + static_cast<std::ptrdiff_t>(when) + 1, folded.end(),
                     [](const std::string& word) { return asking.contains(word); });
}

AnswerType answer_type(const std::vector<std::string>& folded) {
  // "Do I get money when I quit?" asks whether, not when.
  const bool asks_about_asking = std::find_if(folded.begin(), folded.end(), [](const auto& word) {
                                   return word == "know" || word == "tell" || word == "say";
                                 }) != folded.end();
  if (!folded.empty() && starts_polar(folded.front()) && !asks_about_asking)
    return AnswerType::yes_no;
  if (asks_for_meaning(folded)) return AnswerType::definition;
  if (asks_what_to_do(folded)) return AnswerType::manner;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const std::string_view word = folded[i];
    const std::string_view next = i + 1 < folded.size() ? folded[i + 1] : std::string_view();
    if (word == "who" || word == "whom" || word == "whose") return AnswerType::person;
    if (word == "when" && !only_sets_the_case(folded, i)) return AnswerType::time;
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
    if (asking[i] == "when") continue;
    if (asking[i] == "what" || asking[i] == "which" || asking[i] == "who") return false;
  }
  return false;
}

// "What has to be in the notice?", "What must the certificate contain?"
bool asks_for_contents(const std::vector<std::string>& folded, std::size_t what) {
  static const Lexicon binding = {"must", "should", "has", "have", "needs", "shall", "does", "do"};
  static const Lexicon holding = {"contain", "include", "comprise"};
  if (!binding.contains(folded[what + 1])) return false;
  const auto rest = folded.begin() + static_cast<std::ptrdiff_t>(what) + 2;
  if (std::any_of(rest, folded.end(),
                  [](const std::string& word) { return holding.contains(word); }))
    return true;
  return folded.end() - rest > 2 && rest[0] == "to" && rest[1] == "be" &&
         (rest[2] == "in" || rest[2] == "on" || rest[2] == "included");
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
    if (asks_for_contents(folded, i)) return true;
    if (starts_polar(next) || next == "this") return false;
    if (next.size() > 3 && next.ends_with('s') && !next.ends_with("ss")) return true;
  }
  return false;
}

// "Who is told, and by when?": what stands behind the "and" asks too.
AnswerType type_of_second_half(const std::vector<std::string>& folded) {
  static const Lexicon asking = {"who", "whom", "when", "where", "how", "what", "which"};
  static const Lexicon leading = {"by", "within", "from", "to", "at", "in", "for", "until"};
  for (std::size_t i = 2; i + 1 < folded.size(); ++i) {
    if (folded[i] != "and") continue;
    std::size_t at = i + 1;
    if (leading.contains(folded[at]) && at + 1 < folded.size()) ++at;
    if (!asking.contains(folded[at])) continue;
    return answer_type({folded.begin() + static_cast<std::ptrdiff_t>(at), folded.end()});
  }
  return AnswerType::other;
}

}  // namespace

Asked read_asked(const std::vector<std::string>& asking, const std::vector<std::string>& terms) {
  const auto any = [&](bool (*is)(std::string_view)) {
    return std::any_of(terms.begin(), terms.end(), [&](const std::string& t) { return is(t); });
  };
  Asked out;
  out.type = answer_type(asking);
  out.also = type_of_second_half(asking);
  // "What may I spend on a desk?" names no noun: the verb tells.
  if (out.type == AnswerType::other && any(is_paying) && asks_what_a_person_does(asking))
    out.type = AnswerType::money;
  out.wants_currency =
      out.type == AnswerType::money && any(moves_money) && !names_what_is_counted(asking);
  out.wants_amount = out.wants_currency || insists_on_an_amount(asking, out.type);
  out.wants_several = out.type == AnswerType::manner || asks_for_several(asking);
  return out;
}

}  // namespace carrel::generate
