// The words by which a text names documents, as keys: index/document_names.h.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "core/editions.h"
#include "index/document_names.h"

namespace carrel::index {
namespace {

using Kind = NameKey::Kind;

constexpr std::size_t kInitialsMin = 2, kInitialsMax = 6;

// What a company's name ends in by law tells nobody apart, and is said or left out as it comes.
bool is_legal_form(std::string_view folded) {
  static const std::unordered_set<std::string_view> forms = {
      "plc", "inc", "incorporated", "ltd", "limited", "llc", "llp", "corp", "corporation",
      "co",  "ag",  "gmbh",         "kg",  "sa",      "sas", "spa", "srl",  "nv",
      "bv",  "ab",  "oy",           "oyj", "asa",     "aps", "pty"};
  return forms.contains(folded);
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

Kind kind_of(EditionKind kind) {
  switch (kind) {
    case EditionKind::year:
      return Kind::year;
    case EditionKind::quarter:
      return Kind::quarter;
    case EditionKind::version:
      return Kind::version;
    case EditionKind::month:
      return Kind::month;
    case EditionKind::day:
      break;
  }
  return Kind::day;
}

// The initials of each run of capitalised words: "Northwind Energy Holdings" -> ne, neh.
void add_initials(std::string_view text, const std::vector<Word>& words,
                  std::vector<NameKey>& out) {
  std::string run;
  const auto take = [&] {
    for (std::size_t n = kInitialsMin; n <= std::min(run.size(), kInitialsMax); ++n)
      out.push_back({Kind::initials, run.substr(0, n)});
    run.clear();
  };
  std::size_t end = 0;
  for (const Word& word : words) {
    const std::string_view between = text.substr(end, word.span.begin - end);
    const char first = text[word.span.begin];
    const bool is_joined = end > 0 && between.find_first_not_of(" -&.") == std::string_view::npos;
    end = word.span.end;
    if (!is_joined) take();
    if (is_upper(first))
      run += static_cast<char>(first + 32);
    else if (!word.is_stop_word)
      take();
  }
  take();
}

void add_question_initials(std::string_view text, const std::vector<Word>& words,
                           std::vector<NameKey>& out) {
  for (const Word& word : words) {
    const std::string_view raw = text.substr(word.span.begin, word.span.size());
    if (raw.size() < kInitialsMin || raw.size() > kInitialsMax) continue;
    const bool is_upper_case = std::all_of(raw.begin(), raw.end(), is_upper);
    const bool is_lower_case = std::all_of(raw.begin(), raw.end(), is_lower);
    if (is_upper_case || (is_lower_case && !word.is_stop_word && raw.size() <= 5))
      out.push_back({Kind::initials, Analyzer::fold(raw)});
  }
}

}  // namespace

std::vector<NameKey> name_keys(const Analyzer& analyzer, std::string_view text, bool of_question) {
  std::vector<NameKey> out;
  const std::vector<EditionMark> editions = find_editions(text);
  const std::vector<Word> words = analyzer.words(text);
  std::size_t next = 0;
  for (const Word& word : words) {
    while (next < editions.size() && editions[next].span.end <= word.span.begin) ++next;
    const bool is_of_edition =
        next < editions.size() && word.span.begin >= editions[next].span.begin;
    if (!word.is_stop_word && !is_of_edition && !word.term.empty() &&
        !is_legal_form(Analyzer::fold(text.substr(word.span.begin, word.span.size()))))
      out.push_back({Kind::word, word.term});
  }
  for (const EditionMark& mark : editions) out.push_back({kind_of(mark.kind), mark.value});
  if (of_question)
    add_question_initials(text, words, out);
  else
    add_initials(text, words, out);
  std::set<std::pair<Kind, std::string>> seen;
  std::erase_if(out, [&](const NameKey& key) { return !seen.emplace(key.kind, key.value).second; });
  return out;
}

}  // namespace carrel::index
