#include "core/abbreviations.h"

#include <algorithm>

#include "core/utf8.h"

namespace carrel {
namespace {

constexpr std::size_t kShortMin = 2, kShortMax = 10;
constexpr std::size_t kInsideMax = 120;  // bytes in one parenthesis

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

// Two capitals, or one and digits: "PTO", "CoE", "B2B"; not "Ghent" and not "2024".
bool is_short_form(std::string_view text) {
  if (text.size() < kShortMin || text.size() > kShortMax || !is_alnum(text.front())) return false;
  const auto capitals = std::count_if(text.begin(), text.end(), is_upper);
  const bool has_digit =
      std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return (capitals >= 2 || (capitals == 1 && has_digit)) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '&' || c == '/'; });
}

// The start in `before` of the shortest long form whose letters spell `short_form`; npos: none
// does.
std::size_t long_form_start(std::string_view short_form, std::string_view before) {
  auto at = static_cast<std::ptrdiff_t>(before.size()) - 1;
  for (auto s = static_cast<std::ptrdiff_t>(short_form.size()) - 1; s >= 0; --s) {
    const char wanted = lower(short_form[static_cast<std::size_t>(s)]);
    if (!is_alnum(wanted)) continue;
    const auto starts_word = [&] {
      return at == 0 || !is_alnum(before[static_cast<std::size_t>(at - 1)]);
    };
    while (at >= 0 &&
           (lower(before[static_cast<std::size_t>(at)]) != wanted || (s == 0 && !starts_word())))
      --at;
    if (at < 0) return std::string_view::npos;
    --at;
  }
  return static_cast<std::size_t>(at + 1);
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_alnum(text[i]) && (i == 0 || text[i - 1] == ' ')) ++words;
  return words;
}

// As the source has it: no longer than |A| + 5 words or twice |A|, longer than the short form, and
// not holding it.
bool is_long_form(std::string_view text, std::string_view short_form) {
  const std::size_t words = count_words(text);
  return text.size() > short_form.size() && words >= 2 &&
         words <= std::min(short_form.size() + 5, 2 * short_form.size()) &&
         text.find(short_form) == std::string_view::npos;
}

// The last clause of the text before a parenthesis.
std::string_view clause_before(std::string_view text) {
  text = text.substr(text.size() - std::min(text.size(), kInsideMax));
  const std::size_t stop = text.find_last_of(".;:!?()\n|");
  return trim(stop == std::string_view::npos ? text : text.substr(stop + 1));
}

}  // namespace

std::vector<Abbreviation> find_abbreviations(std::string_view text, std::size_t found_max) {
  std::vector<Abbreviation> out;
  const auto add = [&](std::string_view short_form, std::string_view long_form) {
    Abbreviation found{std::string(short_form), collapse_whitespace(long_form)};
    const bool is_known = std::any_of(out.begin(), out.end(), [&](const Abbreviation& a) {
      return a.short_form == found.short_form && a.long_form == found.long_form;
    });
    if (!is_known) out.push_back(std::move(found));
  };
  std::size_t open = 0;
  while (out.size() < found_max && (open = text.find('(', open)) != std::string_view::npos) {
    const std::size_t begin = open++;
    const std::size_t close = text.substr(open, kInsideMax).find(')');
    if (close == std::string_view::npos) continue;
    std::string_view inside = trim(text.substr(open, close));
    const std::string_view before = clause_before(text.substr(0, begin));
    const std::string_view first = trim(inside.substr(0, inside.find_first_of(",;")));
    if (is_short_form(first)) {
      const std::size_t start = long_form_start(first, before);
      if (start != std::string_view::npos && is_long_form(before.substr(start), first))
        add(first, before.substr(start));
      continue;
    }
    const std::size_t space = before.rfind(' ');
    const std::string_view word =
        space == std::string_view::npos ? before : before.substr(space + 1);
    if (is_short_form(word) && long_form_start(word, inside) == 0 && is_long_form(inside, word))
      add(word, inside);
  }
  return out;
}

}  // namespace carrel
