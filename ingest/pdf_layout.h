// ingest/pdf_layout.h
//
// From words placed on pages to blocks of text. Pure geometry, without poppler, in four steps:
//
//   join_words      words of one page, in poppler's reading order -> pieces of lines
//   find_tables     pieces that stand in columns -> rows of cells
//   drop_furniture  lines that repeat at the rim of (nearly) every page, and page numbers
//   build_blocks    lines -> headings, paragraphs, list items, rows; hyphenation undone
//
// The thresholds are shares of the text's own size, found by trying them on handbooks, forms and
// reports. Coordinates are points from the page's top left corner.
//
// Any thread; pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/parse_builder.h"

namespace carrel::ingest {

struct PdfWord {
  std::string text;  // UTF-8, not empty
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  float size = 0;  // of the font, points
  bool is_bold = false;
  bool has_space_after = false;
};

enum class PdfLineKind : std::uint8_t { text, table_row, table_header };

struct PdfLine {
  std::string text;
  std::vector<std::string> cells;  // of a table's row
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  float size = 0;
  bool is_bold = false;
  bool starts_bold = false;
  PdfLineKind kind = PdfLineKind::text;
};

struct PdfPage {
  float width = 0, height = 0;
  std::vector<PdfLine> lines;  // in reading order
};

std::vector<PdfLine> join_words(const std::vector<PdfWord>& words);
std::vector<PdfLine> find_tables(std::vector<PdfLine> pieces);
void drop_furniture(std::vector<PdfPage>& pages);

// Appends to `builder`, with one PlacedLine for each line.
void build_blocks(const std::vector<PdfPage>& pages, DocumentBuilder& builder);

// Steps two to four and the joining of pieces that one line is made of.
void lay_out(std::vector<PdfPage>& pages, DocumentBuilder& builder);

}  // namespace carrel::ingest
