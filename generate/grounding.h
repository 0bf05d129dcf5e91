// generate/grounding.h
//
// Whether a sentence says nothing that its passage does not: the check every sentence of an
// extractive answer passes before it is handed out. Any thread; pure functions.
#pragma once

#include <string_view>

namespace carrel::generate {

// True if `sentence`, white space aside, stands in `passage` as one piece; or, for a table row made
// readable, if each of its parts (between "; ", and around the ": " after a column's name) stands
// whole in some cell. An empty sentence is not grounded.
bool is_grounded(std::string_view sentence, std::string_view passage);

}  // namespace carrel::generate
