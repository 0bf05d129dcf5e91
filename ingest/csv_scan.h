// ingest/csv_scan.h
//
// Splits separated values into records, after RFC 4180 and more forgiving: any of four delimiters,
// quotes inside unquoted cells are text, an unclosed quote ends with the file.
//
// Any thread; a scanner borrows its text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carrel::ingest {

class CsvScanner {
 public:
  CsvScanner(std::string_view text, char delimiter) : rest_(text), delimiter_(delimiter) {}

  // The next record; false: there is none. Cells beyond `cells_max` are dropped.
  bool next(std::vector<std::string>& cells, std::size_t cells_max);

  bool has_dropped_cells() const { return has_dropped_; }

 private:
  std::string_view rest_;
  char delimiter_;
  bool has_dropped_ = false;
};

// The delimiter that splits the first records into the most even number of cells, at least two; ','
// if none does.
char sniff_delimiter(std::string_view text);

}  // namespace carrel::ingest
