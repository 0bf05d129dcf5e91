// ingest/title.h
//
// What a document is called: what it says itself, else its first heading, else its file's name.
//
// Any thread; pure functions.
#pragma once

#include <string>
#include <string_view>

#include "ingest/parsed_document.h"

namespace carrel::ingest {

inline constexpr std::size_t kTitleBytesMax = 300;

// Never empty. `file_name` may hold bytes that are not UTF-8.
std::string title_of(const ParsedDocument& document, std::string_view file_name);

// "travel_expenses-2025-04-01.pdf" -> "Travel expenses 2025-04-01".
std::string title_from_name(std::string_view file_name);

}  // namespace carrel::ingest
