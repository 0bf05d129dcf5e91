// retrieve/spellings.h
//
// Other spellings of what a question says, for texts that spell it otherwise: numbers ("1 000",
// "1.5 million"), dates, fiscal years ("FY24"), units and currencies ("km", "euro"), and words
// written apart or together ("e-mail", "part-time").
//
// Pure functions; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "core/text.h"
#include "index/keyword_query.h"

namespace carrel::retrieve {

// Terms beside the question's own, with weights below 1, each once; at most 32.
std::vector<index::QueryTerm> other_spellings(const Analyzer& analyzer, std::string_view question);

}  // namespace carrel::retrieve
