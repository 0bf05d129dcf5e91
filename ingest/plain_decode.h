// ingest/plain_decode.h
//
// Bytes of text in whatever encoding -> UTF-8. A byte order mark decides; else valid UTF-8 is
// UTF-8; else a declared encoding (of HTML) is tried; else uchardet guesses; else it is
// Windows-1252, in which every byte means something.
//
// One thread.
#pragma once

#include <string>
#include <string_view>

namespace carrel::ingest {

struct DecodedText {
  std::string utf8;  // valid; line ends and control characters as core/utf8 clean_utf8 leaves them,
                     // but form feeds are kept
  std::string encoding;  // as ICU names it
  bool is_guess = false;
};

// `declared` may be empty.
DecodedText decode_text(std::string_view bytes, std::string_view declared = {});

// Whether these are 16- or 32-bit characters: by a mark, or by zeros in every second byte.
bool has_wide_characters(std::string_view bytes);

}  // namespace carrel::ingest
