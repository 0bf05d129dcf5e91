// core/utf8.h
//
// Text is UTF-8 everywhere inside Carrel; what comes from outside passes through here first.
// Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carrel {

bool is_valid_utf8(std::string_view text);

// Invalid sequences become U+FFFD; NUL and other control characters but tab and newline become a
// space; CR LF and CR become LF. The result is valid UTF-8.
std::string clean_utf8(std::string_view text);

// Decodes the code point at `at` and moves `at` behind it. Invalid bytes give U+FFFD, one at a
// time.
char32_t next_code_point(std::string_view text, std::size_t& at);
void append_utf8(std::string& out, char32_t code_point);

std::size_t count_code_points(std::string_view text);

// The largest position <= `at` that does not cut a code point.
std::size_t floor_to_code_point(std::string_view text, std::size_t at);

// At most `bytes_max` bytes, cut between code points.
std::string_view truncate_utf8(std::string_view text, std::size_t bytes_max);

// Runs of white space (Unicode's, including no-break spaces) become one space; ends are trimmed.
std::string collapse_whitespace(std::string_view text);

std::string_view trim(std::string_view text);  // ASCII white space at both ends

}  // namespace carrel
