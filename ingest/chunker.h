// ingest/chunker.h
//
// Cuts a parsed document into chunks: whole blocks as long as they fit, sentences where they do
// not, never across a heading and never inside a table row. Neighbours within one section overlap
// by sentences; a table that is cut brings its header row along in the text.
//
// Any thread; a pure function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/parsed_document.h"

namespace carrel::ingest {

struct ChunkOptions {
  std::size_t tokens_target = 320;  // 32..2048, as core/text estimate_tokens counts
  std::size_t tokens_overlap = 48;  // 0..tokens_target / 2
};

struct Chunk {
  std::uint32_t ordinal = 0;
  std::int32_t page = 0;  // where most of it stands, 1-based; 0: none
  std::string section;    // heading path: "Leave > Annual leave"; at most 512 bytes
  ByteRange span;         // in the document's text, from its first byte to its last
  std::string text;       // what is indexed and shown
  std::uint32_t tokens = 0;
  std::vector<PlacedLine> lines;  // where it stands, for highlighting
};

std::vector<Chunk> chunk(const ParsedDocument& document, const ChunkOptions& options);

}  // namespace carrel::ingest
