#include "ingest/parse_markup.h"

#include <algorithm>

#include "core/utf8.h"
#include "ingest/parse_builder.h"

namespace carrel::ingest {
namespace {

std::string_view unquoted(std::string_view value) {
  value = trim(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  return value;
}

void read_property(std::string_view line, ParsedDocument& document) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.empty() || line[0] == ' ') return;
  const std::string_view key = trim(line.substr(0, colon));
  const std::string_view value = unquoted(line.substr(colon + 1));
  if (value.empty() || value[0] == '[' || value[0] == '{' || value[0] == '|' || value[0] == '>')
    return;
  if (key == "title") document.title = value;
  if (key == "author" && document.author.empty()) document.author = value;
  if (key == "lang" || key == "language") document.language = value;
  if (key == "date") document.created = clean_date(value);
  if (key == "updated" || key == "lastmod" || key == "last_modified_at")
    document.modified = clean_date(value);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

void read_front_matter(std::string_view& text, ParsedDocument& document) {
  constexpr std::size_t lines_max = 200;
  std::string_view rest = text;
  if (trim(take_line(rest)) != "---") return;
  const std::string_view inside = rest;
  for (std::size_t i = 0; i < lines_max && !rest.empty(); ++i) {
    const std::string_view line = take_line(rest);
    if (trim(line) != "---" && trim(line) != "...") continue;
    std::string_view properties =
        inside.substr(0, static_cast<std::size_t>(line.data() - inside.data()));
    while (!properties.empty()) read_property(take_line(properties), document);
    text = rest;
    return;
  }
}

std::string without_template_tags(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const bool is_tag = text.starts_with("{%"), is_list = text.starts_with("{:");
    // A tag that does not end nearby is text.
    constexpr std::size_t tag_bytes_max = 400;
    const std::size_t end = is_tag || is_list
                                ? text.substr(0, tag_bytes_max).find(is_tag ? "%}" : "}")
                                : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += '{';
      text.remove_prefix(1);
    } else {
      text.remove_prefix(end + (is_tag ? 2 : 1));
    }
  }
  return out;
}

}  // namespace carrel::ingest
