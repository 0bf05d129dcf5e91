// core/abbreviations.h
//
// Abbreviations that a text itself explains: "paid time off (PTO)", "PTO (paid time off)".
//
// Source: A. Schwartz and M. Hearst 2003, "A simple algorithm for identifying abbreviation
// definitions in biomedical text" (Pacific Symposium on Biocomputing): the letters of the short
// form are looked for from its end in the words before the parenthesis, its first one at the
// beginning of a word.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carrel {

struct Abbreviation {
  std::string short_form;  // "PTO", as written
  std::string long_form;   // "paid time off", as written, its white space single
};

// Each pair once, in order of appearance, at most `found_max`. Cost: linear in the text.
std::vector<Abbreviation> find_abbreviations(std::string_view text, std::size_t found_max = 64);

}  // namespace carrel
