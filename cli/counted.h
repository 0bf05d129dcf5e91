// cli/counted.h
//
// "1 document", "2 documents": a number with its word in the right form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carrel::cli {

// `one` is a word whose plural ends in s.
inline std::string counted(std::uint64_t n, std::string_view one) {
  return std::to_string(n) + " " + std::string(one) + (n == 1 ? "" : "s");
}

}  // namespace carrel::cli
