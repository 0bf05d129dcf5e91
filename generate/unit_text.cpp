#include "generate/unit_text.h"

#include <algorithm>
#include <unordered_set>

#include "core/utf8.h"

namespace carrel::generate {

// "3." or "12)" alone, which sentence rules part from the item it counts.
bool is_bare_number(std::string_view text) {
  const std::string_view body = trim(text);
  return body.size() >= 2 && body.size() <= 4 && (body.back() == '.' || body.back() == ')') &&
         body.find_first_not_of("0123456789") == body.size() - 1;
}

bool ends_a_sentence(std::string_view text) {
  const std::string_view body = trim(text);
  if (body.empty()) return false;
  std::size_t last = body.size() - 1;
  while (last > 0 && (body[last] == '"' || body[last] == ')' || body[last] == '\'')) --last;
  return body[last] == '.' || body[last] == '!' || body[last] == '?' || body[last] == ';';
}

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  std::string_view rest = trim(row);
  if (rest.starts_with('|')) rest.remove_prefix(1);
  if (rest.ends_with('|')) rest.remove_suffix(1);
  for (;;) {
    const std::size_t bar = rest.find('|');
    cells.push_back(collapse_whitespace(rest.substr(0, bar)));
    if (bar == std::string_view::npos) return cells;
    rest.remove_prefix(bar + 1);
  }
}

bool is_rule_row(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
    return cell.find_first_not_of("-:= ") == std::string::npos;
  });
}

// "Grade: E", "Maximum: 66,600"; without column names "E", "66,600".
std::vector<std::string> readable_cells(const std::vector<std::string>& cells,
                                        const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    // Rows of a CSV file name their cells already.
    const bool has_name =
        i < names.size() && !names[i].empty() && !cells[i].starts_with(names[i] + ":");
    out.push_back(has_name ? names[i] + ": " + cells[i] : cells[i]);
  }
  return out;
}

std::string joined(const std::vector<std::string>& cells) {
  std::string out;
  for (const std::string& cell : cells) out += (out.empty() ? "" : "; ") + cell;
  return out;
}

bool leans_back(const std::vector<Word>& words) {
  static const std::unordered_set<std::string_view> pronouns = {
      "they", "it", "this", "these", "he", "she", "those", "such", "thei", "thi"};
  return !words.empty() && pronouns.contains(words.front().term);
}

}  // namespace carrel::generate
