// ingest/parse_markup.h
//
// What Markdown and HTML share: front matter, template tags, and HTML inside other text.
// Any thread.
#pragma once

#include <string>
#include <string_view>

#include "ingest/parsed_document.h"
#include "ingest/parser.h"

namespace carrel::ingest {

// Moves `text` behind a YAML front matter ("---" lines around "key: value" lines), if it has one,
// and takes title, author, date and language from it.
void read_front_matter(std::string_view& text, ParsedDocument& document);

// Without Liquid tags ({% ... %}) and attribute lists ({: ...}) of site generators.
std::string without_template_tags(std::string_view text);

// HTML found inside another format: its blocks, no title, nothing dropped for being at a page's
// rim.
ParsedDocument parse_html_fragment(std::string_view html, const ParseLimits& limits);

}  // namespace carrel::ingest
