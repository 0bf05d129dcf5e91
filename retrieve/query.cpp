#include "retrieve/query.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::retrieve {
namespace {

constexpr std::array<std::string_view, 8> kFilterNames = {"collection", "type", "label", "author",
                                                          "title",      "uri",  "after", "before"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Insertions, deletions and replacements between two short words.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool means_a_filter(std::string_view name) {
  const std::string folded = Analyzer::fold(name);
  return std::any_of(kFilterNames.begin(), kFilterNames.end(), [&](std::string_view known) {
    return edit_distance(folded, known) <= (known.size() > 5 ? 2U : known.size() > 4 ? 1U : 0U);
  });
}

// An opening or closing quotation mark at `at`: its length in bytes, 0 if there is none.
std::size_t quote_at(std::string_view text, std::size_t at) {
  if (text[at] == '"') return 1;
  for (const std::string_view mark : {"\u201C", "\u201D", "\u201E"})
    if (text.substr(at).starts_with(mark)) return mark.size();
  return 0;
}

// The position of the quotation mark that closes one opened before `at`; npos if none does.
std::size_t closing_quote(std::string_view text, std::size_t at) {
  for (; at < text.size(); ++at)
    if (quote_at(text, at) > 0) return at;
  return std::string_view::npos;
}

class QueryScanner {
 public:
  QueryScanner(std::string_view text, const Analyzer& analyzer, const QueryLimits& limits)
      : text_(text), analyzer_(analyzer), limits_(limits) {}

  ParsedQuery scan() {
    while (at_ < text_.size()) {
      const bool starts_word = at_ == 0 || is_space(text_[at_ - 1]);
      if (starts_word && (take_filter() || take_exclusion())) continue;
      if (take_phrase()) continue;
      query_.plain += text_[at_++];
    }
    query_.plain = collapse_whitespace(query_.plain);
    if (!filter_.empty()) query_.filter = index::parse_filter(filter_);
    take_terms();
    return std::move(query_);
  }

 private:
  std::size_t word_end(std::size_t at) const {
    while (at < text_.size() && !is_space(text_[at])) ++at;
    return at;
  }

  bool take_filter() {
    std::size_t colon = at_;
    while (colon < text_.size() && is_letter(text_[colon])) ++colon;
    if (colon == at_ || colon + 1 >= text_.size() || text_[colon] != ':') return false;
    const char first = text_[colon + 1];
    if (is_space(first) || first == '/' || !means_a_filter(text_.substr(at_, colon - at_)))
      return false;
    std::size_t end = word_end(colon + 1);
    std::string value(text_.substr(colon + 1, end - colon - 1));
    if (const std::size_t mark = quote_at(text_, colon + 1); mark > 0) {
      const std::size_t close = closing_quote(text_, colon + 1 + mark);
      if (close == std::string_view::npos)
        throw Error(ErrorCode::invalid_argument,
                    "A filter's quotation mark is not closed: write author:\"First Last\".");
      value = '"' + std::string(text_.substr(colon + 1 + mark, close - colon - 1 - mark)) + '"';
      end = close + quote_at(text_, close);
    }
    if (!filter_.empty()) filter_ += ' ';
    filter_ += Analyzer::fold(text_.substr(at_, colon - at_)) + ':' + value;
    at_ = end;
    return true;
  }

  // A dash that starts a word excludes it; "-5" and a lone dash do not.
  bool take_exclusion() {
    if (text_[at_] != '-' || at_ + 1 >= text_.size()) return false;
    const char next = text_[at_ + 1];
    if (!is_letter(next) && static_cast<unsigned char>(next) < 0x80) return false;
    const std::size_t end = word_end(at_ + 1);
    for (const Word& word : analyzer_.words(text_.substr(at_ + 1, end - at_ - 1)))
      if (!word.is_stop_word && query_.keywords.excluded.size() < limits_.excluded_max)
        query_.keywords.excluded.push_back(word.term);
    at_ = end;
    return true;
  }

  bool take_phrase() {
    const std::size_t mark = quote_at(text_, at_);
    if (mark == 0) return false;
    const std::size_t begin = at_ + mark;
    const std::size_t close = closing_quote(text_, begin);
    if (close == std::string_view::npos) {
      query_.plain += ' ';
      at_ = begin;
      return true;
    }
    const std::string_view inside = text_.substr(begin, close - begin);
    std::vector<std::string> phrase;
    for (const Word& word : analyzer_.words(inside))
      if (!word.is_stop_word && phrase.size() < limits_.phrase_words_max)
        phrase.push_back(word.term);
    if (!phrase.empty()) {
      if (query_.keywords.phrases.size() >= limits_.phrases_max)
        throw Error(ErrorCode::invalid_argument,
                    "The question has too many quoted phrases; at most " +
                        std::to_string(limits_.phrases_max) + " are searched at once.");
      query_.keywords.phrases.push_back(std::move(phrase));
    }
    query_.plain += inside;
    at_ = close + quote_at(text_, close);
    return true;
  }

  void take_terms() {
    const std::vector<Word> words = analyzer_.words(query_.plain);
    const bool only_stop_words =
        std::all_of(words.begin(), words.end(), [](const Word& word) { return word.is_stop_word; });
    std::unordered_map<std::string_view, std::size_t> seen;
    for (const Word& word : words) {
      if (word.is_stop_word && !only_stop_words) continue;
      const auto [entry, is_new] = seen.try_emplace(word.term, query_.keywords.terms.size());
      if (!is_new)
        query_.keywords.terms[entry->second].weight += 1;
      else if (query_.keywords.terms.size() < limits_.terms_max)
        query_.keywords.terms.push_back({word.term, 1.0});
      else
        seen.erase(entry);
    }
  }

  std::string_view text_;
  const Analyzer& analyzer_;
  const QueryLimits& limits_;
  std::size_t at_ = 0;
  std::string filter_;
  ParsedQuery query_;
};

// Whether `phrase` stands in `terms` in order and next to each other.
bool holds_phrase(const std::vector<std::string_view>& terms,
                  const std::vector<std::string>& phrase) {
  return std::search(terms.begin(), terms.end(), phrase.begin(), phrase.end()) != terms.end();
}

}  // namespace

ParsedQuery parse_query(std::string_view question, const Analyzer& analyzer,
                        const QueryLimits& limits) {
  if (question.size() > limits.question_bytes_max)
    throw Error(ErrorCode::invalid_argument, "The question is longer than " +
                                                 std::to_string(limits.question_bytes_max) +
                                                 " bytes; ask something shorter.");
  if (!is_valid_utf8(question))
    throw Error(ErrorCode::invalid_argument, "The question is not valid UTF-8 text.");
  if (trim(question).empty()) throw Error(ErrorCode::invalid_argument, "The question is empty.");
  return QueryScanner(question, analyzer, limits).scan();
}

bool meets_constraints(const std::vector<Word>& words, const index::KeywordQuery& query) {
  // Stop words are not indexed, so a phrase skips them here as it does there.
  std::vector<std::string_view> terms;
  terms.reserve(words.size());
  for (const Word& word : words)
    if (!word.is_stop_word) terms.push_back(word.term);
  const std::unordered_set<std::string_view> present(terms.begin(), terms.end());
  for (const std::string& excluded : query.excluded)
    if (present.contains(excluded)) return false;
  return std::all_of(query.phrases.begin(), query.phrases.end(),
                     [&](const auto& phrase) { return holds_phrase(terms, phrase); });
}

}  // namespace carrel::retrieve
