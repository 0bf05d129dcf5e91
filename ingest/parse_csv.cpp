// Separated values: each record becomes one row that can be read alone, "Name: Ana | City: Lisbon".
#include <algorithm>
#include <cctype>
#include <set>

#include "core/utf8.h"
#include "ingest/csv_scan.h"
#include "ingest/parse_builder.h"
#include "ingest/parse_formats.h"
#include "ingest/plain_decode.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kColumnsMax = 1024;
constexpr std::size_t kHeaderCellBytesMax = 120;

bool has_letter(std::string_view cell) {
  return std::any_of(cell.begin(), cell.end(),
                     [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; });
}

// A header names its columns: words, short, no two alike. One record alone is data.
bool is_header(const std::vector<std::string>& cells) {
  std::set<std::string_view> names;
  std::size_t named = 0;
  for (const std::string& cell : cells) {
    const std::string_view name = trim(cell);
    if (name.empty()) continue;
    if (!has_letter(name) || name.size() > kHeaderCellBytesMax || !names.insert(name).second)
      return false;
    ++named;
  }
  return cells.size() >= 2 && named * 2 > cells.size();
}

std::vector<std::string> labelled(const std::vector<std::string>& header,
                                  const std::vector<std::string>& cells) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string_view value = trim(cells[i]);
    if (value.empty()) continue;
    const std::string_view name = i < header.size() ? trim(header[i]) : std::string_view();
    out.push_back(name.empty() ? std::string(value)
                               : std::string(name) + ": " + std::string(value));
  }
  return out;
}

}  // namespace

ParsedDocument parse_csv(std::string_view bytes, const ParseLimits& limits) {
  const DecodedText decoded = decode_text(bytes);
  const char delimiter = sniff_delimiter(decoded.utf8);
  CsvScanner scanner(decoded.utf8, delimiter);
  DocumentBuilder builder(limits);
  std::vector<std::string> header, cells;
  bool is_first = true;
  while (scanner.next(cells, kColumnsMax)) {
    const bool is_blank = std::all_of(cells.begin(), cells.end(),
                                      [](const std::string& c) { return trim(c).empty(); });
    if (is_blank) continue;
    if (is_first && is_header(cells)) {
      header = cells;
      while (!header.empty() && trim(header.back()).empty()) header.pop_back();
      builder.add_row(header, true);
    } else {
      builder.add_row(labelled(header, cells), false);
    }
    is_first = false;
  }
  if (scanner.has_dropped_cells())
    builder.document().warnings.push_back("columns beyond the " + std::to_string(kColumnsMax) +
                                          "th were left out");
  if (decoded.is_guess)
    builder.document().warnings.push_back("its encoding is a guess: " + decoded.encoding);
  return builder.take(delimiter == '\t' ? "text/tab-separated-values" : "text/csv");
}

}  // namespace carrel::ingest
