// generate/extractive.h
//
// The choice behind the extractive engine, apart from its checks and citations: which units make
// the answer. Any thread; pure functions.
#pragma once

#include <span>
#include <vector>

#include "generate/engine.h"
#include "generate/question_form.h"
#include "generate/units.h"

namespace carrel::generate {

// Indices into `units`, in reading order; `best` is always among them. A question for a fact gets
// the best unit, with the sentence it leans on, and a rival only if it is nearly as good; a
// question for a list or for steps gets the items that follow.
std::vector<std::size_t> choose_units(const QuestionForm& form, std::span<const Unit> units,
                                      std::span<const double> scores, std::size_t best,
                                      const ExtractiveOptions& options);

}  // namespace carrel::generate
