#include "index/document_edition.h"

#include <algorithm>
#include <unordered_set>

#include "core/editions.h"

namespace carrel::index {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view file_of(std::string_view uri) { return uri.substr(uri.rfind('/') + 1); }
std::string_view folder_of(std::string_view uri) {
  const std::size_t slash = uri.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : uri.substr(0, slash);
}
std::string_view without_extension(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  return dot == std::string_view::npos || dot == 0 || file.size() - dot > 6 ? file
                                                                            : file.substr(0, dot);
}

// Words by which a name says that the document no longer holds.
bool is_past_word(std::string_view word) {
  static const std::unordered_set<std::string_view> words = {
      "superseded", "withdrawn", "obsolete", "outdated", "archive",
      "archived",   "expired",   "revoked",  "old",      "deprecated"};
  return words.contains(word);
}

std::vector<int> version_numbers(std::string_view value) {
  std::vector<int> out(1, 0);
  for (const char c : value) {
    if (c == '.')
      out.push_back(0);
    else
      out.back() = std::min(out.back() * 10 + (c - '0'), 1'000'000);
  }
  return out;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string parted(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i], before = i > 0 ? name[i - 1] : ' ';
    const char after = i + 1 < name.size() ? name[i + 1] : ' ';
    const bool starts_name = is_upper(c) && (is_lower(before) || is_digit(before) ||
                                             (is_upper(before) && is_lower(after)));
    if (starts_name || (is_digit(c) && (is_lower(before) || is_upper(before)))) out += ' ';
    out += c == '_' ? ' ' : c;
  }
  return out;
}

std::string file_words(std::string_view uri) { return parted(without_extension(file_of(uri))); }
std::string folder_words(std::string_view uri) { return parted(folder_of(uri)); }

Edition edition_of(const Analyzer& analyzer, const DocumentInfo& document) {
  Edition out;
  const std::string file = file_words(document.uri);
  const std::string folder = folder_words(document.uri);
  std::vector<std::string> words;
  bool has_day = false;
  const auto read_words = [&](std::string_view text) {
    const std::vector<EditionMark> editions = find_editions(text);
    for (const Word& word : analyzer.words(text)) {
      const std::string folded = Analyzer::fold(text.substr(word.span.begin, word.span.size()));
      out.says_it_is_past = out.says_it_is_past || is_past_word(folded);
      const bool is_of_edition =
          std::any_of(editions.begin(), editions.end(), [&](const EditionMark& mark) {
            return word.span.begin >= mark.span.begin && word.span.begin < mark.span.end;
          });
      if (!is_of_edition && !is_past_word(folded)) words.push_back(word.term);
    }
  };
  for (const std::string_view text :
       {std::string_view(document.title), std::string_view(file), std::string_view(folder)}) {
    for (const EditionMark& mark : find_editions(text)) {
      has_day = has_day || mark.kind == EditionKind::day;
      if (mark.kind == EditionKind::year && text.data() != folder.data())
        out.year = std::max(out.year, std::stoi(mark.value));
      if (mark.kind == EditionKind::version && out.version.empty())
        out.version = version_numbers(mark.value);
    }
  }
  // Papers of single days, minutes and letters, do not replace each other.
  if (has_day) out.year = 0;
  read_words(document.title);
  const std::size_t in_title = words.size();
  read_words(folder);
  for (const auto& [name, value] : document.metadata) {
    const std::string folded = Analyzer::fold(name);
    if (is_one_of(folded, {"valid_from", "effective", "effective_date", "effective_from"}))
      out.valid_from = value;
    if (is_one_of(folded, {"valid_to", "valid_until", "expires", "expiry"})) out.valid_to = value;
    if (folded == "superseded_by" || (folded == "status" && is_past_word(Analyzer::fold(value))))
      out.says_it_is_past = true;
    if (folded == "version" && out.version.empty())
      for (const EditionMark& mark : find_editions("version " + value))
        if (mark.kind == EditionKind::version) out.version = version_numbers(mark.value);
    if (is_one_of(folded, {"year", "fiscal_year"}) && out.year == 0)
      for (const EditionMark& mark : find_editions("FY " + value))
        if (mark.kind == EditionKind::year) out.year = std::stoi(mark.value);
  }
  std::string name = document.collection;
  for (const std::string& word : words) name += '\n' + word;
  // A title of nothing but its edition names no family.
  out.family = in_title == 0 ? 0 : std::hash<std::string>{}(name);
  return out;
}

bool has_begun(const Edition& edition, std::string_view today) {
  if (!edition.valid_from.empty() && edition.valid_from > today) return false;
  return edition.year == 0 || std::to_string(edition.year) <= today.substr(0, 4);
}

bool is_newer(const Edition& a, const Edition& b) {
  if (a.year > 0 && b.year > 0 && a.year != b.year) return a.year > b.year;
  if (!a.version.empty() && !b.version.empty() && a.version != b.version)
    return a.version > b.version;
  return !a.valid_from.empty() && !b.valid_from.empty() && a.valid_from > b.valid_from;
}

}  // namespace carrel::index
