// ingest/parse_formats.h
//
// The parsers themselves: plain functions from bytes to a document, one a format. They trust
// nothing in the bytes, but they run unconfined here: production code reaches them through
// ParserPool only, which calls them in a confined child. Tests and fuzz targets call them directly.
//
// Errors of all: invalid_argument (broken, encrypted: says which), too_large (a limit of `limits`).
// Threads: any, but each parser is used by one thread of a process at a time in production.
#pragma once

#include <string_view>
#include <vector>

#include "ingest/parsed_document.h"
#include "ingest/parser.h"

namespace carrel::ingest {

ParsedDocument parse_pdf(std::string_view bytes, const ParseLimits& limits);
ParsedDocument parse_docx(std::string_view bytes, const ParseLimits& limits);
ParsedDocument parse_html(std::string_view bytes, const ParseLimits& limits);
ParsedDocument parse_markdown(std::string_view bytes, const ParseLimits& limits);
ParsedDocument parse_csv(std::string_view bytes, const ParseLimits& limits);
ParsedDocument parse_plain(std::string_view bytes, const ParseLimits& limits);

// Finds the kind of `bytes` (ingest/detect.h) and calls its parser.
ParsedDocument parse_any(std::string_view bytes, std::string_view name, const ParseLimits& limits);

// Errors: as parse_pdf, and not_found (no such page).
PageImage render_pdf_page(std::string_view bytes, std::int32_t page,
                          const std::vector<PageBox>& boxes, int dpi);

// Loads what parsers keep between files (fonts, tables of characters, signatures), from bytes of
// ours only. Called once in the nursery, so that its children start warm.
void warm_parsers();

}  // namespace carrel::ingest
