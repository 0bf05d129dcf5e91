// ingest/parsed_document.h
//
// What a parser makes of a file: clean text, cut into blocks whose kind and place are known.
//
// All text is valid UTF-8 (core/utf8 clean_utf8). Blocks are in reading order and their spans do
// not overlap. Coordinates are in points (1/72 inch) from the page's top left corner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace carrel::ingest {

enum class BlockKind : std::uint8_t {
  heading,  // level 1..6
  paragraph,
  list_item,
  table_row,     // cells joined by " | "; a chunk never ends inside one
  table_header,  // the row that names the columns
  code,
};

// Where a piece of the text stands on a page; one a line of a PDF.
struct PlacedLine {
  ByteRange span;
  std::int32_t page = 1;  // 1-based
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

struct Block {
  BlockKind kind = BlockKind::paragraph;
  std::uint8_t level = 0;  // of a heading, 1..6
  std::int32_t page = 0;   // 1-based; 0: the format has no pages
  ByteRange span;          // in ParsedDocument::text
};

struct ParsedDocument {
  std::string mime_type;
  std::string title;  // from the document itself; empty if it tells none
  std::string author;
  std::string language;  // BCP 47, as declared; empty if unknown
  std::string created;   // RFC 3339 or empty
  std::string modified;
  std::string text;
  std::vector<Block> blocks;
  std::vector<PlacedLine> lines;      // of formats with pages; ordered by span
  std::int32_t pages = 0;             // 0: the format has no pages
  std::vector<std::string> warnings;  // what was left out, for the operator: no document text
};

}  // namespace carrel::ingest
