// tests/fuzz/parse_fuzz.h
//
// What the parsers' fuzz targets share: run one, accept an Error, and check what a document
// promises.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/chunker.h"
#include "ingest/parse_formats.h"

namespace carrel::ingest {

inline void check_promises(const ParsedDocument& document) {
  CARREL_ASSERT(is_valid_utf8(document.text));
  CARREL_ASSERT(is_valid_utf8(document.title));
  std::size_t behind = 0;
  for (const Block& block : document.blocks) {
    CARREL_ASSERT(block.span.begin >= behind && block.span.begin < block.span.end);
    CARREL_ASSERT(block.span.end <= document.text.size());
    behind = block.span.end;
  }
  behind = 0;
  for (const PlacedLine& line : document.lines) {
    CARREL_ASSERT(line.span.begin >= behind && line.span.end <= document.text.size());
    behind = line.span.begin;
  }
  for (const Chunk& piece : chunk(document, {})) CARREL_ASSERT(is_valid_utf8(piece.text));
}

using Parser = ParsedDocument (*)(std::string_view, const ParseLimits&);

inline int fuzz_parser(Parser parse, const std::uint8_t* data, std::size_t size) {
  ParseLimits limits;
  limits.text_bytes_max = 4 << 20;
  limits.unpacked_bytes_max = 16 << 20;
  limits.pages_max = 50;
  try {
    check_promises(parse({reinterpret_cast<const char*>(data), size}, limits));
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace carrel::ingest
