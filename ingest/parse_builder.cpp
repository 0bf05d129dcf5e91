#include "ingest/parse_builder.h"

#include <algorithm>
#include <cctype>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::ingest {
namespace {

bool is_hiding(char32_t c) {
  return c == 0x00AD || c == 0x200B || c == 0x2060 || c == 0xFEFF || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         (c >= 0xE0000 && c <= 0xE007F);  // tags: invisible ASCII
}

bool stays_close(BlockKind before, BlockKind after) {
  const auto is_row = [](BlockKind k) {
    return k == BlockKind::table_row || k == BlockKind::table_header;
  };
  if (is_row(before) && after == BlockKind::table_row) return true;
  return before == BlockKind::list_item && after == BlockKind::list_item;
}

// Where to cut `text` so that the first piece has at most `bytes_max` bytes: at a space if one is
// in its second half.
std::size_t piece_end(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text.size();
  const std::size_t hard = floor_to_code_point(text, bytes_max);
  const std::size_t space = text.rfind(' ', hard);
  return space != std::string_view::npos && space > bytes_max / 2 ? space : hard;
}

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

std::string clean_block_text(std::string_view text) {
  std::string clean = clean_utf8(text);
  const bool is_ascii = std::all_of(clean.begin(), clean.end(),
                                    [](char c) { return static_cast<signed char>(c) >= 0; });
  if (is_ascii) return clean;
  std::string out;
  out.reserve(clean.size());
  for (std::size_t at = 0; at < clean.size();) {
    const std::size_t begin = at;
    if (!is_hiding(next_code_point(clean, at))) out.append(clean, begin, at - begin);
  }
  return out;
}

std::string clean_property(std::string_view text) {
  const std::string clean = collapse_whitespace(clean_block_text(text));
  return std::string(trim(truncate_utf8(clean, kPropertyBytesMax)));
}

std::string clean_date(std::string_view text) {
  text = trim(text);
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return {};
  const std::string_view year = text.substr(0, 4), month = text.substr(5, 2),
                         day = text.substr(8, 2);
  if (!are_digits(year) || !are_digits(month) || !are_digits(day)) return {};
  if (month < "01" || month > "12" || day < "01" || day > "31") return {};
  std::string out(text.substr(0, 10));
  std::string_view clock = text.size() >= 16 ? text.substr(11) : std::string_view();
  const bool has_clock = clock.size() >= 5 && clock[2] == ':' && are_digits(clock.substr(0, 2)) &&
                         are_digits(clock.substr(3, 2)) && clock.substr(0, 2) < "24" &&
                         clock.substr(3, 2) < "60";
  if (!has_clock) return out + "T00:00:00Z";
  out += 'T';
  out += clock.substr(0, 5);
  const bool has_seconds = clock.size() >= 8 && clock[5] == ':' && are_digits(clock.substr(6, 2)) &&
                           clock.substr(6, 2) < "60";
  out += has_seconds ? std::string(clock.substr(5, 3)) : ":00";
  const std::size_t sign = clock.find_first_of("+-", 5);
  const bool has_zone = sign != std::string_view::npos && clock.size() >= sign + 6 &&
                        are_digits(clock.substr(sign + 1, 2)) && clock[sign + 3] == ':' &&
                        are_digits(clock.substr(sign + 4, 2));
  return out + (has_zone ? std::string(clock.substr(sign, 6)) : "Z");
}

void DocumentBuilder::append(BlockKind kind, std::string_view cleaned, std::uint8_t level,
                             std::int32_t page) {
  std::string& text = document_.text;
  if (!document_.blocks.empty())
    text += stays_close(document_.blocks.back().kind, kind) ? "\n" : "\n\n";
  if (text.size() + cleaned.size() > text_bytes_max_)
    throw Error(ErrorCode::too_large, "its text is longer than " +
                                          std::to_string(text_bytes_max_ >> 20) +
                                          " MB; split the file or raise the limit");
  const std::size_t begin = text.size();
  text += cleaned;
  document_.blocks.push_back({kind, level, page, {begin, text.size()}});
}

void DocumentBuilder::add(BlockKind kind, std::string_view text, std::uint8_t level,
                          std::int32_t page) {
  std::string cleaned = clean_block_text(text);
  if (kind == BlockKind::code) {
    const std::size_t first = cleaned.find_first_not_of("\n");
    const std::size_t last = cleaned.find_last_not_of(" \t\n");
    if (last == std::string::npos) return;
    cleaned = cleaned.substr(first, last + 1 - first);
  } else {
    cleaned = collapse_whitespace(cleaned);
  }
  if (!cleaned.empty()) append(kind, cleaned, level, page);
}

void DocumentBuilder::add_row(const std::vector<std::string>& cells, bool is_header,
                              std::int32_t page) {
  const BlockKind kind = is_header ? BlockKind::table_header : BlockKind::table_row;
  std::string row;
  bool has_text = false;
  const auto flush = [&] {
    if (has_text) append(kind, trim(row), 0, page);
    row.clear();
    has_text = false;
  };
  for (const std::string& cell : cells) {
    std::string clean = collapse_whitespace(clean_block_text(cell));
    const bool is_blank = clean.empty();
    if (is_blank) clean = "-";
    std::string_view rest = clean;
    if (!row.empty() && row.size() + rest.size() + 3 > kRowBytesMax) flush();
    while (rest.size() > kRowBytesMax) {
      const std::size_t end = piece_end(rest, kRowBytesMax);
      append(kind, trim(rest.substr(0, end)), 0, page);
      rest = trim(rest.substr(end));
    }
    if (!row.empty()) row += " | ";
    row += rest;
    has_text = has_text || !is_blank;
  }
  flush();
}

void DocumentBuilder::add_blocks_of(const ParsedDocument& other) {
  for (const Block& block : other.blocks)
    append(block.kind, std::string_view(other.text).substr(block.span.begin, block.span.size()),
           block.level, block.page);
}

ParsedDocument DocumentBuilder::take(std::string mime_type) {
  document_.mime_type = std::move(mime_type);
  document_.title = clean_property(document_.title);
  document_.author = clean_property(document_.author);
  document_.language = clean_property(document_.language);
  return std::move(document_);
}

}  // namespace carrel::ingest
