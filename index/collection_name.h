// index/collection_name.h
//
// What a collection may be called. Names come from people, and go into filters, pages and lists:
// nothing in them may be read as markup, as a path that leads elsewhere, or as a control of a
// terminal. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace carrel::index {

inline constexpr std::size_t kCollectionBytesMax = 128;

// `name`, if it is 1 to 128 bytes of UTF-8 without control characters, quotes, backslashes and
// angle brackets, without spaces at its ends, and, where it holds slashes, each part between them
// is a name of its own and neither "." nor "..". Errors: invalid_argument (says so).
std::string checked_collection_name(std::string_view name);

}  // namespace carrel::index
