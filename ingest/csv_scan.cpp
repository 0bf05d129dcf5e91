#include "ingest/csv_scan.h"

#include <algorithm>
#include <array>
#include <map>

namespace carrel::ingest {

bool CsvScanner::next(std::vector<std::string>& cells, std::size_t cells_max) {
  cells.clear();
  if (rest_.empty()) return false;
  std::string cell;
  bool is_quoted = false, is_at_start = true;
  std::size_t count = 0;
  const auto end_cell = [&] {
    if (count < cells_max)
      cells.push_back(std::move(cell));
    else
      has_dropped_ = true;
    ++count;
    cell.clear();
    is_at_start = true;
  };
  std::size_t at = 0;
  for (; at < rest_.size(); ++at) {
    const char c = rest_[at];
    if (is_quoted) {
      if (c != '"') {
        cell += c;
      } else if (at + 1 < rest_.size() && rest_[at + 1] == '"') {
        cell += '"';
        ++at;
      } else {
        is_quoted = false;
      }
    } else if (c == '"' && is_at_start) {
      is_quoted = true;
      is_at_start = false;
    } else if (c == delimiter_) {
      end_cell();
    } else if (c == '\n') {
      ++at;
      break;
    } else {
      cell += c;
      is_at_start = is_at_start && c == ' ';
    }
  }
  end_cell();
  rest_.remove_prefix(at);
  return true;
}

char sniff_delimiter(std::string_view text) {
  constexpr std::size_t sample_bytes = 64 << 10;
  constexpr std::size_t records_max = 50;
  constexpr std::size_t cells_max = 512;
  const bool is_cut = text.size() > sample_bytes;
  text = text.substr(0, sample_bytes);
  char best = ',';
  double best_score = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    CsvScanner scanner(text, delimiter);
    std::vector<std::string> cells;
    std::map<std::size_t, std::size_t> widths;
    std::size_t records = 0;
    while (records < records_max && scanner.next(cells, cells_max)) {
      if (cells.size() == 1 && cells[0].empty()) continue;
      ++records;
      ++widths[cells.size()];
    }
    if (is_cut && records > 1 && records < records_max) --records;
    const auto usual =
        std::max_element(widths.begin(), widths.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (usual == widths.end() || usual->first < 2) continue;
    const double evenness = static_cast<double>(usual->second) / static_cast<double>(records);
    const double score =
        evenness + 0.001 * static_cast<double>(std::min<std::size_t>(usual->first, 50));
    if (score > best_score) {
      best_score = score;
      best = delimiter;
    }
  }
  return best;
}

}  // namespace carrel::ingest
