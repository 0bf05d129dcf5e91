#include "core/list_mark.h"

namespace carrel {

std::size_t list_mark_length(std::string_view line) {
  std::size_t at = line.find_first_not_of(" \t\n");
  if (at == std::string_view::npos) return line.size();
  const std::size_t start = at;
  if (line.substr(at).starts_with("\u2022"))
    at += 3;
  else if (line[at] == '#')
    while (at < line.size() && line[at] == '#') ++at;
  else if (line[at] == '-' || line[at] == '*' || line[at] == '+' || line[at] == '>')
    ++at;
  else {
    std::size_t digits = at;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
    const bool numbered = digits > at && digits - at <= 3 && digits < line.size() &&
                          (line[digits] == '.' || line[digits] == ')');
    if (!numbered) return start;
    at = digits + 1;
  }
  if (at >= line.size() || (line[at] != ' ' && line[at] != '\t')) return start;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  return at;
}

bool is_list_item(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t\n");
  return start != std::string_view::npos && list_mark_length(line) > start && line[start] != '#' &&
         line[start] != '>';
}

}  // namespace carrel
