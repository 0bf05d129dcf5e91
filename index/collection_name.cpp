#include "index/collection_name.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::index {

namespace {

// C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of text.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

bool has_bad_character(std::string_view name) {
  constexpr std::string_view refused = "<>\"\\`";
  if (name.find_first_of(refused) != std::string_view::npos) return true;
  for (std::size_t i = 0; i < name.size();) {
    const auto lead = static_cast<unsigned char>(name[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? lead : static_cast<char32_t>(lead & (0xff >> (size + 1)));
    for (std::size_t k = 1; k < size; ++k)
      c = (c << 6) | (static_cast<unsigned char>(name[i + k]) & 0x3f);
    if (is_control(c)) return true;
    i += size;
  }
  return false;
}

bool has_bad_part(std::string_view name) {
  for (;;) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return true;
    if (slash == name.size()) return false;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string checked_collection_name(std::string_view name) {
  if (name.empty() || name.size() > kCollectionBytesMax || !is_valid_utf8(name) ||
      trim(name) != name || has_bad_character(name) || has_bad_part(name))
    throw Error(ErrorCode::invalid_argument,
                "a collection's name has 1 to 128 bytes of UTF-8, without control characters, "
                "quotes, backslashes or angle brackets, without spaces at its ends, and is no path "
                "such as ../x");
  return std::string(name);
}

}  // namespace carrel::index
