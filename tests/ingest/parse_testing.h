// tests/ingest/parse_testing.h
//
// What tests of parsers share: reading a document's blocks as plain lines, and small files made
// here.
#pragma once

#include <string>
#include <vector>

#include "ingest/parsed_document.h"

namespace carrel::ingest {

// "H1 Title", "P text", "L - item", "R a | b", "T header | row", "C code", in order.
inline std::vector<std::string> blocks_of(const ParsedDocument& document) {
  constexpr const char* names = "HPLRTC";
  std::vector<std::string> out;
  for (const Block& block : document.blocks) {
    std::string line(1, names[static_cast<int>(block.kind)]);
    if (block.kind == BlockKind::heading) line += std::to_string(block.level);
    out.push_back(line + " " + document.text.substr(block.span.begin, block.span.size()));
  }
  return out;
}

// A PDF of pages of text set in Helvetica; each page is a content stream. Offsets are left to the
// reader's repair, which every reader has.
inline std::string make_pdf(const std::vector<std::string>& pages) {
  std::string kids, objects;
  int number = 5;
  for (const std::string& content : pages) {
    kids += std::to_string(number) + " 0 R ";
    objects +=
        std::to_string(number) + " 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents " +
        std::to_string(number + 1) + " 0 R/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>>>endobj\n";
    objects += std::to_string(number + 1) + " 0 obj<</Length " + std::to_string(content.size()) +
               ">>stream\n" + content + "\nendstream endobj\n";
    number += 2;
  }
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[" + kids +
         "]/Count " + std::to_string(pages.size()) +
         ">>endobj\n3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
         "4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>endobj\n" +
         objects + "trailer<</Root 1 0 R/Size " + std::to_string(number) + ">>\n";
}

// One line of text at (x, y from the bottom), in points.
inline std::string set_text(int x, int y, const std::string& text, int size = 11,
                            bool is_bold = false) {
  return std::string("BT /") + (is_bold ? "F2 " : "F1 ") + std::to_string(size) + " Tf " +
         std::to_string(x) + " " + std::to_string(y) + " Td (" + text + ") Tj ET\n";
}

}  // namespace carrel::ingest
