// ingest/detect.h
//
// What kind of file some bytes are: signatures first, then libmagic's word on what is not text, and
// the name's extension only to tell one kind of text from another.
//
// One thread (libmagic's handle is shared).
#pragma once

#include <cstdint>
#include <string_view>

namespace carrel::ingest {

enum class FileKind : std::uint8_t { pdf, docx, html, markdown, csv, plain };

// Errors: invalid_argument, naming what the file is and what to do about it.
FileKind detect_kind(std::string_view bytes, std::string_view name);

// Loads libmagic's table.
void warm_detection();

}  // namespace carrel::ingest
