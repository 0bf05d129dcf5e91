// The rules: an elliptic question names a part, which takes the place of its like in the question
// before (a year, a phrase with the same preposition, a phrase with the same head, a name); a
// pronoun gives way to what the question before was about; a bare question word gets it appended.
#include "generate/follow_up.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/text.h"

namespace carrel::generate {
namespace {

constexpr std::size_t kQuestionBytesMax = 2048;
constexpr std::size_t kTopicWordsMax = 12;
constexpr std::size_t kBarePhraseWordsMax = 6;

struct Token {
  std::string text;    // without punctuation at its ends
  std::string folded;  // lower case, without accents
};
using Tokens = std::vector<Token>;
using Part = std::span<const Token>;

class Lexicon {
 public:
  Lexicon(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) words_.insert(Analyzer::fold(word));
  }
  bool has(const Token& token) const { return words_.contains(token.folded); }

 private:
  std::unordered_set<std::string> words_;
};

const Lexicon& question_words() {
  static const Lexicon words = {
      "who", "whom",   "whose",   "what",    "which", "when",  "where",   "why",    "how",
      "wer", "wen",    "wem",     "wessen",  "was",   "wann",  "wo",      "warum",  "wieso",
      "wie", "welche", "welcher", "welches", "wohin", "woher", "welchem", "welchen"};
  return words;
}

const Lexicon& measures() {
  static const Lexicon words = {"many",  "much", "long", "often",   "far",  "old",
                                "large", "big",  "high", "soon",    "viel", "viele",
                                "lange", "oft",  "hoch", "gross",   "weit", "since",
                                "until", "seit", "bis",  "exactly", "genau"};
  return words;
}

const Lexicon& auxiliaries() {
  static const Lexicon words = {
      "is",     "are",  "was",    "were",   "do",     "does",  "did",    "can",  "could",  "may",
      "might",  "must", "shall",  "should", "will",   "would", "has",    "have", "had",    "ist",
      "sind",   "war",  "waren",  "kann",   "können", "darf",  "dürfen", "muss", "müssen", "soll",
      "sollen", "wird", "werden", "hat",    "haben",  "gilt",  "gelten"};
  return words;
}

const Lexicon& prepositions() {
  static const Lexicon words = {
      "for",    "in",    "at",     "on",      "from",    "to",      "with", "by",
      "per",    "under", "during", "after",   "before",  "without", "of",   "as",
      "within", "over",  "beyond", "between", "against", "für",     "im",   "am",
      "bei",    "von",   "vom",    "mit",     "nach",    "vor",     "ohne", "zu",
      "zum",    "zur",   "pro",    "unter",   "seit",    "während", "aus",  "auf"};
  return words;
}

const Lexicon& articles() {
  static const Lexicon words = {"the", "a",   "an",  "der",  "die",   "das",   "den",
                                "dem", "des", "ein", "eine", "einen", "einem", "einer"};
  return words;
}

const Lexicon& persons() {
  static const Lexicon words = {"i",        "we",  "you", "one", "people", "someone",
                                "somebody", "ich", "wir", "man", "du",     "jemand"};
  return words;
}

const Lexicon& pronouns() {
  static const Lexicon words = {"it", "they", "them", "he", "she", "him", "es", "sie", "er", "ihn"};
  return words;
}

const Lexicon& possessives() {
  static const Lexicon words = {"its", "their", "his", "her", "dessen", "deren"};
  return words;
}

// "this" and the like: alone a pronoun, before a noun a pointer to it.
const Lexicon& pointers() {
  static const Lexicon words = {"this",  "that",   "these",  "those",  "dies",
                                "diese", "dieser", "dieses", "diesem", "diesen"};
  return words;
}

// German words that hold "it" and a preposition: "dafür", for it.
const Lexicon& fused_pronouns() {
  static const Lexicon words = {"dafür", "davon", "dazu",  "darauf", "darüber",
                                "daran", "damit", "dabei", "dagegen"};
  return words;
}

bool shapes(const Token& token) {
  static const Lexicon others = {"and",   "or",   "but",   "also",   "about", "not",    "no",
                                 "if",    "then", "there", "und",    "oder",  "aber",   "auch",
                                 "nicht", "so",   "mit",   "please", "bitte", "exactly"};
  return question_words().has(token) || measures().has(token) || auxiliaries().has(token) ||
         prepositions().has(token) || articles().has(token) || persons().has(token) ||
         pronouns().has(token) || possessives().has(token) || pointers().has(token) ||
         fused_pronouns().has(token) || others.has(token);
}

std::size_t content_words(Part part) {
  return static_cast<std::size_t>(
      std::count_if(part.begin(), part.end(), [](const Token& t) { return !shapes(t); }));
}

bool is_edge(char c) { return std::string_view("?!.,;:\"'()[]").find(c) != std::string_view::npos; }

Tokens tokens_of(std::string_view text) {
  Tokens out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    while (!word.empty() && is_edge(word.front())) word.remove_prefix(1);
    while (!word.empty() && is_edge(word.back())) word.remove_suffix(1);
    if (!word.empty()) out.push_back({std::string(word), Analyzer::fold(word)});
    at = end;
  }
  return out;
}

std::string joined(Part part) {
  std::string out;
  for (const Token& token : part) out += (out.empty() ? "" : " ") + token.text;
  return out;
}

std::string as_question(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text + "?";
}

bool starts_with(Part part, std::initializer_list<std::string_view> words) {
  if (part.size() < words.size()) return false;
  return std::equal(words.begin(), words.end(), part.begin(),
                    [](std::string_view word, const Token& t) { return t.folded == word; });
}

// How many words of "and what about" and the like open the question.
std::size_t opening(Part part) {
  for (const std::initializer_list<std::string_view>& words :
       std::initializer_list<std::initializer_list<std::string_view>>{
           {"and", "what", "about"},
           {"and", "how", "about"},
           {"but", "what", "about"},
           {"what", "about"},
           {"how", "about"},
           {"und", "was", "ist", "mit"},
           {"was", "ist", "mit"},
           {"und", "wie", "ist", "es", "mit"},
           {"wie", "ist", "es", "mit"},
           {"und", "wie", "sieht", "es", "mit"},
           {"wie", "sieht", "es", "mit"},
           {"and", "also"},
           {"and"},
           {"or"},
           {"but"},
           {"also"},
           {"und"},
           {"oder"},
           {"aber"}})
    if (starts_with(part, words)) return words.size();
  return 0;
}

bool asks_fully(Part part) {
  if (part.empty()) return false;
  if (question_words().has(part[0]) || auxiliaries().has(part[0])) return true;
  return part.size() > 1 && (prepositions().has(part[0]) || measures().has(part[0])) &&
         question_words().has(part[1]);
}

bool is_year(const Token& token) {
  std::string_view word = token.folded;
  if (word.starts_with("fy")) word.remove_prefix(2);
  const bool digits = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
  return digits && ((word.size() == 4 && (word.starts_with("19") || word.starts_with("20"))) ||
                    (word.size() == 2 && token.folded.size() == 4));
}

bool has_digit(const Token& token) {
  return token.text.find_first_of("0123456789") != std::string::npos;
}

bool is_capitalised(const Token& token) { return token.text[0] >= 'A' && token.text[0] <= 'Z'; }

bool same_word(const Token& a, const Token& b) {
  static const Analyzer analyzer;
  if (a.folded == b.folded) return true;
  const std::vector<Word> first = analyzer.words(a.text);
  const std::vector<Word> second = analyzer.words(b.text);
  return first.size() == 1 && second.size() == 1 && first[0].term == second[0].term;
}

struct Place {
  std::size_t begin = 0, end = 0;
};

// Up to the next word that only shapes the question.
std::size_t run_end(Part part, std::size_t at) {
  while (at < part.size() && articles().has(part[at])) ++at;
  while (at < part.size() && !shapes(part[at])) ++at;
  return at;
}

std::optional<Place> like_year(Part before, Part phrase) {
  if (phrase.size() != 1 || !is_year(phrase[0])) return std::nullopt;
  for (std::size_t i = before.size(); i-- > 0;)
    if (is_year(before[i])) return Place{i, i + 1};
  return std::nullopt;
}

std::optional<Place> like_preposition(Part before, const Token& preposition) {
  for (std::size_t i = before.size(); i-- > 0;)
    if (before[i].folded == preposition.folded && i + 1 < before.size())
      return Place{i, run_end(before, i + 1)};
  return std::nullopt;
}

std::optional<Place> like_head(Part before, Part phrase) {
  for (std::size_t i = before.size(); i-- > 0;) {
    if (shapes(before[i]) || !same_word(before[i], phrase.back())) continue;
    std::size_t begin = i;
    while (begin > 0 && !shapes(before[begin - 1])) --begin;
    return Place{begin, i + 1};
  }
  return std::nullopt;
}

// "version 3" for "version 2".
std::optional<Place> like_number(Part before, Part phrase) {
  if (phrase.size() != 2 || !has_digit(phrase[1])) return std::nullopt;
  for (std::size_t i = 0; i + 1 < before.size(); ++i)
    if (same_word(before[i], phrase[0]) && has_digit(before[i + 1])) return Place{i, i + 2};
  return std::nullopt;
}

std::optional<Place> like_name(Part before, Part phrase) {
  if (!is_capitalised(phrase[0])) return std::nullopt;
  for (std::size_t i = before.size(); i-- > 1;) {
    if (!is_capitalised(before[i]) || shapes(before[i])) continue;
    std::size_t begin = i;
    while (begin > 1 && is_capitalised(before[begin - 1]) && !shapes(before[begin - 1])) --begin;
    return Place{begin, i + 1};
  }
  return std::nullopt;
}

std::string put(Part before, Place place, Part phrase) {
  std::string out = joined(before.first(place.begin));
  for (const std::string& part : {joined(phrase), joined(before.subspan(place.end))})
    if (!part.empty()) out += (out.empty() ? "" : " ") + part;
  return as_question(out);
}

std::string with_part(Part before, Part phrase) {
  const bool has_preposition = phrase.size() > 1 && prepositions().has(phrase[0]);
  Part body = has_preposition ? phrase.subspan(1) : phrase;
  while (body.size() > 1 && articles().has(body[0])) body = body.subspan(1);
  if (const auto place = like_year(before, body)) return put(before, *place, body);
  if (has_preposition)
    if (const auto place = like_preposition(before, phrase[0])) return put(before, *place, phrase);
  if (const auto place = like_number(before, body)) return put(before, *place, body);
  if (const auto place = like_head(before, body)) return put(before, *place, body);
  if (const auto place = like_name(before, body)) return put(before, *place, body);
  return as_question(joined(before) + (has_preposition ? " " : ", ") + joined(phrase));
}

// --- what a question is about

// Without the verb that follows a person: "report a lost laptop" is about the laptop.
Part after_verb(Part part) {
  if (part.empty()) return part;
  part = part.subspan(1);
  static const Lexicon particles = {"over", "up", "out", "off", "down", "back", "for", "to", "on"};
  if (part.size() > 1 && particles.has(part[0])) part = part.subspan(1);
  return part;
}

Part after_of(Part part) {
  for (std::size_t i = 0; i + 1 < part.size(); ++i)
    if (part[i].folded == "of") return part.subspan(i + 1);
  return part;
}

Part trimmed(Part part) {
  while (!part.empty() && shapes(part.back())) part = part.first(part.size() - 1);
  while (!part.empty() && (prepositions().has(part[0]) || auxiliaries().has(part[0])))
    part = part.subspan(1);
  return part.first(std::min(part.size(), kTopicWordsMax));
}

Part subject_of(Part all) {
  Part part = all;
  bool asks_who = false;
  bool has_word = false;
  while (!part.empty() && (question_words().has(part[0]) || measures().has(part[0]) ||
                           (!has_word && prepositions().has(part[0])))) {
    asks_who = part[0].folded == "who" || part[0].folded == "wer" || part[0].folded == "what" ||
               part[0].folded == "which" || part[0].folded == "was";
    has_word = has_word || question_words().has(part[0]);
    part = part.subspan(1);
  }
  const auto auxiliary =
      std::find_if(part.begin(), part.end(), [](const Token& t) { return auxiliaries().has(t); });
  const Part named = part.first(static_cast<std::size_t>(auxiliary - part.begin()));
  if (auxiliary == part.end())
    return asks_who && part.size() > 1 ? trimmed(part.subspan(1)) : trimmed(part);
  const Part rest = part.subspan(named.size() + 1);
  if (content_words(named) > 0) return trimmed(after_of(named));
  if (!rest.empty() && persons().has(rest[0])) return trimmed(after_verb(rest.subspan(1)));
  static const Lexicon doing = {"do", "does", "did"};
  if (doing.has(*auxiliary) && rest.size() > 1) return trimmed(rest.first(rest.size() - 1));
  return trimmed(rest);
}

std::string topic_of(Part before) {
  if (const Part subject = subject_of(before); content_words(subject) > 0) return joined(subject);
  std::string out;
  for (const Token& token : before)
    if (!shapes(token)) out += (out.empty() ? "" : " ") + token.text;
  return out;
}

// --- pronouns

// "is it possible to", "does it take to", "gibt es": an "it" that stands for nothing.
bool is_empty_it(Part part, std::size_t at) {
  static const Lexicon openers = {"possible", "allowed", "permitted", "necessary", "ok",   "okay",
                                  "safe",     "legal",   "mandatory", "required",  "true", "take",
                                  "possible", "möglich", "erlaubt",   "nötig",     "wahr"};
  if (at > 0 && part[at - 1].folded == "gibt") return true;
  const bool opens = at + 2 < part.size() && openers.has(part[at + 1]);
  return opens && (part[at + 2].folded == "to" || part[at + 2].folded == "that" ||
                   part[at + 2].folded == "for" || part[at + 2].folded == "dass");
}

bool is_pronoun_at(Part part, std::size_t at) {
  const Token& token = part[at];
  const bool is_last = at + 1 == part.size();
  if (token.folded == "sie" || token.folded == "er") return is_last || at <= 2;
  if (pronouns().has(token)) return !is_empty_it(part, at);
  if (token.folded == "das") return is_last || (at == 1 && shapes(part[at + 1]));
  if (!pointers().has(token)) return false;
  return is_last || shapes(part[at + 1]) ||
         (token.folded == "that" && at > 0 && auxiliaries().has(part[at - 1]));
}

enum class Leaning { none, pronoun, possessive, pointer };

struct Lean {
  Leaning kind = Leaning::none;
  std::size_t at = 0;
};

// The first word that points back. What the question itself has named before it is what it means.
Lean lean_of(Part part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (content_words(part.first(i)) >= 2) return {};
    if (is_pronoun_at(part, i)) return {Leaning::pronoun, i};
    if (possessives().has(part[i]) && i + 1 < part.size()) return {Leaning::possessive, i};
    if (pointers().has(part[i]) && part[i].folded != "that") return {Leaning::pointer, i};
    if (fused_pronouns().has(part[i])) return {Leaning::pointer, i};
  }
  return {};
}

std::string with_topic(Part part, Lean lean, const std::string& topic) {
  const Tokens words = tokens_of(topic);
  if (lean.kind == Leaning::pronoun) return put(part, {lean.at, lean.at + 1}, words);
  if (lean.kind == Leaning::possessive)
    return as_question(joined(part.first(lean.at)) + " the " + part[lean.at + 1].text + " of " +
                       topic + (lean.at + 2 < part.size() ? " " : "") +
                       joined(part.subspan(lean.at + 2)));
  return as_question(joined(part) + " (" + topic + ")");
}

std::string rewritten(std::string_view question, Part before) {
  const Tokens tokens = tokens_of(question);
  const std::size_t opened = opening(tokens);
  Part part = Part(tokens).subspan(opened);
  if (part.empty()) return std::string(question);
  if (part.back().folded == "aus" && opened > 2) part = part.first(part.size() - 1);

  if (!asks_fully(part)) {
    const bool is_bare = prepositions().has(part[0]) || (part.size() == 1 && is_year(part[0]));
    if (opened > 0 ? part.size() <= 2 * kBarePhraseWordsMax
                   : is_bare && part.size() <= kBarePhraseWordsMax)
      return with_part(before, part);
    return std::string(question);
  }
  const std::string topic = topic_of(before);
  if (topic.empty()) return std::string(question);
  if (const Lean lean = lean_of(part); lean.kind != Leaning::none)
    return with_topic(part, lean, topic);
  if (content_words(part) == 0) return as_question(joined(part) + ": " + topic);
  // "And how many in Berlin?": a question word and a part of it.
  if (opened > 0 && content_words(part) == 1 && part.size() <= kBarePhraseWordsMax) {
    const auto at = std::find_if(part.begin(), part.end(),
                                 [](const Token& t) { return prepositions().has(t); });
    if (at != part.end() && at != part.begin())
      return with_part(before, part.subspan(static_cast<std::size_t>(at - part.begin())));
  }
  return std::string(question);
}

}  // namespace

std::string carry_over(std::string_view question, std::string_view before) {
  const Tokens earlier = tokens_of(before);
  if (content_words(earlier) == 0) return std::string(question);
  std::string out = rewritten(question, earlier);
  return out.size() > kQuestionBytesMax ? std::string(question) : out;
}

}  // namespace carrel::generate
