// generate/choose.h
//
// Which units make the answer, and in which order they are said: the best one, the sentence it
// cannot be read without, the whole list where a list or steps were asked for, the other side of a
// comparison, and a rival only where the choice was close. Any thread; pure functions.
#pragma once

#include <string>
#include <vector>

#include "generate/considered.h"
#include "generate/engine.h"

namespace carrel::generate {

// Indices of units in the order to be said; the best is always among them, and first unless it
// leans on another. With sentences_max 1 it stands alone.
std::vector<std::size_t> choose_units(const Considered& seen, const ExtractiveOptions& options);

// What people read of a chosen unit. A row of many cells is cut to its first cell and those whose
// column or words the question names; everything else is said whole.
std::string told(const QuestionForm& form, const Unit& unit, const Analyzer& analyzer);

}  // namespace carrel::generate
