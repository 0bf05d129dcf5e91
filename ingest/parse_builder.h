// ingest/parse_builder.h
//
// Where every parser puts the text it finds: cleans it, sets the white space between blocks, cuts
// rows that are too long to stand alone, and holds the limit on text.
//
// One thread; one builder a document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/parsed_document.h"
#include "ingest/parser.h"

namespace carrel::ingest {

// A row longer than this becomes several, each cut between cells where that is possible.
inline constexpr std::size_t kRowBytesMax = 4096;
// Titles, authors and the like are cut to this.
inline constexpr std::size_t kPropertyBytesMax = 400;

class DocumentBuilder {
 public:
  explicit DocumentBuilder(const ParseLimits& limits) : text_bytes_max_(limits.text_bytes_max) {}

  // Adds a block unless nothing is left of `text` once cleaned. Runs of white space become one
  // space, in `code` they stay. Errors: too_large.
  void add(BlockKind kind, std::string_view text, std::uint8_t level = 0, std::int32_t page = 0);

  // Adds a row (or header row) of cells. A row of empty cells is left out.
  void add_row(const std::vector<std::string>& cells, bool is_header, std::int32_t page = 0);

  // Appends the blocks of `other`, found by another parser inside this document.
  void add_blocks_of(const ParsedDocument& other);

  ParsedDocument& document() { return document_; }
  bool is_empty() const { return document_.blocks.empty(); }

  ParsedDocument take(std::string mime_type);

 private:
  void append(BlockKind kind, std::string_view cleaned, std::uint8_t level, std::int32_t page);

  ParsedDocument document_;
  std::size_t text_bytes_max_;
};

// Valid UTF-8 without control characters, soft hyphens, zero-width spaces, byte order marks and
// direction overrides: characters that hide text from people or words from the index.
std::string clean_block_text(std::string_view text);

// One line of at most kPropertyBytesMax bytes.
std::string clean_property(std::string_view text);

// "2024-03-01", "2024-03-01T10:00:00Z" or "2024-03-01 10:00" as RFC 3339 in UTC; empty: not a date.
std::string clean_date(std::string_view text);

}  // namespace carrel::ingest
