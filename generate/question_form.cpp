#include "generate/question_form.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "core/language.h"
#include "core/utf8.h"

namespace carrel::generate {
namespace {

using Lexicon = std::unordered_set<std::string_view>;

// Words that say what is asked for rather than what it is about; given stemmed.
bool shapes_the_question(std::string_view term) {
  static const Lexicon words = {"mani",    "much", "often",  "kind",  "type",   "sort",
                                "stand",   "name", "exampl", "list",  "happen", "tell",
                                "mean",    "call", "give",   "refer", "term",   "describ",
                                "explain", "get",  "us",     "need",  "someth", "on"};
  return words.contains(term);
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

// The "U" of "U.S.", which the passage may write out; the "E" of "grade E" is a name.
bool is_dotted_initial(std::string_view plain, ByteRange word) {
  return word.size() == 1 && plain.substr(word.end).starts_with('.') &&
         word.end + 1 < plain.size() && plain[word.end + 1] >= 'A' && plain[word.end + 1] <= 'Z';
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
  std::vector<Word> words = analyzer.words(plain);
  if (const Language* language = language_of_question(plain))
    for (Word& word : words)
      word.is_stop_word |= is_function_word(
          *language, Analyzer::fold(plain.substr(word.span.begin, word.span.size())));
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
    const bool is_name =
        looks_like_name(shown, folded.size() == 1) && !is_dotted_initial(plain, word.span);
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
  std::vector<std::string> terms;
  for (const QuestionTerm& term : form.terms) terms.push_back(term.term);
  const Asked asked = read_asked(asking, terms);
  form.type = asked.type;
  form.also = asked.also;
  form.wants_currency = asked.wants_currency;
  form.wants_amount = asked.wants_amount;
  form.wants_several = asked.wants_several;
  form.asks_for_year = std::find(folded.begin(), folded.end(), "year") != folded.end();
  find_focus(words, folded, form);
  find_sides(words, folded, form);
  return form;
}

}  // namespace carrel::generate
