#include "ingest/title.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "core/utf8.h"
#include "ingest/walk.h"

namespace carrel::ingest {
namespace {

std::string tidied(std::string_view text) {
  return std::string(trim(truncate_utf8(collapse_whitespace(clean_utf8(text)), kTitleBytesMax)));
}

std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

// Word processors and printer drivers write "Microsoft Word - leave.docx" and "Untitled".
std::string without_program(std::string title) {
  constexpr std::array<std::string_view, 3> prefixes = {
      "Microsoft Word - ", "Microsoft PowerPoint - ", "Microsoft Excel - "};
  for (const std::string_view prefix : prefixes)
    if (title.starts_with(prefix)) title.erase(0, prefix.size());
  return title;
}

bool is_telling(std::string_view title, std::string_view file_name) {
  constexpr std::array<std::string_view, 8> empty_words = {
      "untitled", "untitled document", "document", "document1",
      "title",    "presentation1",     "book1",    "powerpoint presentation"};
  const std::string folded = Analyzer::fold(title);
  const bool has_letter = std::any_of(title.begin(), title.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
  return has_letter && folded != Analyzer::fold(file_name) &&
         folded != Analyzer::fold(stem_of(file_name)) &&
         std::find(empty_words.begin(), empty_words.end(), folded) == empty_words.end();
}

}  // namespace

std::string title_from_name(std::string_view file_name) {
  std::string name = readable_path(stem_of(file_name));
  const auto is_digit = [&](std::size_t i) {
    return i < name.size() && name[i] >= '0' && name[i] <= '9';
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_in_a_date = i > 0 && is_digit(i - 1) && is_digit(i + 1);
    if (name[i] == '_' || (name[i] == '-' && !is_in_a_date)) name[i] = ' ';
  }
  std::string title = tidied(name);
  if (title.empty()) return tidied(readable_path(file_name));
  if (title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

std::string title_of(const ParsedDocument& document, std::string_view file_name) {
  const std::string own = without_program(tidied(document.title));
  if (!own.empty() && is_telling(own, clean_utf8(file_name))) return own;
  for (const Block& block : document.blocks) {
    if (block.kind != BlockKind::heading) continue;
    const std::string heading =
        tidied(std::string_view(document.text).substr(block.span.begin, block.span.size()));
    if (!heading.empty()) return heading;
  }
  return title_from_name(file_name);
}

}  // namespace carrel::ingest
