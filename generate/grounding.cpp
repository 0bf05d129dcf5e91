#include "generate/grounding.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "core/utf8.h"

namespace carrel::generate {
namespace {

// Every cell of every line that has bars, white space collapsed.
std::unordered_set<std::string> cells_of_tables(std::string_view passage) {
  std::unordered_set<std::string> cells;
  while (!passage.empty()) {
    const std::size_t newline = passage.find('\n');
    std::string_view line = passage.substr(0, newline);
    passage.remove_prefix(newline == std::string_view::npos ? passage.size() : newline + 1);
    if (line.find('|') == std::string_view::npos) continue;
    while (true) {
      const std::size_t bar = line.find('|');
      cells.insert(collapse_whitespace(line.substr(0, bar)));
      if (bar == std::string_view::npos) break;
      line.remove_prefix(bar + 1);
    }
  }
  return cells;
}

// A cell's own text may hold the separators, so every way of cutting is followed, once a position.
bool is_made_of_cells(std::string_view text, const std::unordered_set<std::string>& cells) {
  std::vector<bool> reachable(text.size() + 1, false);
  reachable[0] = true;
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (!reachable[begin]) continue;
    for (std::size_t end = begin + 1; end <= text.size(); ++end) {
      const std::string_view rest = text.substr(end);
      const bool at_break = rest.empty() || rest.starts_with("; ") || rest.starts_with(": ");
      if (!at_break || !cells.contains(std::string(text.substr(begin, end - begin)))) continue;
      if (rest.empty()) return true;
      reachable[end + 2] = true;
    }
  }
  return false;
}

}  // namespace

bool is_grounded(std::string_view sentence, std::string_view passage) {
  const std::string wanted = collapse_whitespace(sentence);
  if (wanted.empty()) return false;
  if (collapse_whitespace(passage).find(wanted) != std::string::npos) return true;
  if (passage.find('|') == std::string_view::npos) return false;
  return is_made_of_cells(wanted, cells_of_tables(passage));
}

}  // namespace carrel::generate
