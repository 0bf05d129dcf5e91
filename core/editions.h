// core/editions.h
//
// What tells editions of one document apart, as people write it: years and fiscal years ("2023",
// "FY23", "fiscal 2023", "2023/24"), quarters ("Q3", "third quarter", "3Q23"), versions ("v3.2",
// "version 3", "rev. 4"), months and days ("March 2024", "2024-03-01", "1st of March, 2024",
// "01.03.2024"). Every spelling of one thing gives one value.
//
// English names of months. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace carrel {

enum class EditionKind : std::uint8_t { year, quarter, version, month, day };

struct EditionMark {
  EditionKind kind = EditionKind::year;
  std::string value;  // "2023", "3", "3.2", "2024-03", "2024-03-01"
  ByteRange span;     // in the text it was found in
  bool is_fiscal = false;
};

// In order of appearance; a date gives its day, its month and its year, "2023-2025" its three
// years. At most `marks_max`. A number with four digits is a year from 1900 to 2099 that stands
// alone: "EUR 2,023", "2,023.5" and "order 20231" are none. Where day and month could be exchanged
// (03/04/2024), both readings are given. Cost: about 5 ns a byte.
std::vector<EditionMark> find_editions(std::string_view text, std::size_t marks_max = 64);

}  // namespace carrel
