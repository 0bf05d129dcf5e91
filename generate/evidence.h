// generate/evidence.h
//
// Whether a statement holds the kind of thing a question asks for: a name for "who", a date for
// "when", a number for "how many", and something that the question did not itself say.
// Any thread; pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "core/text.h"
#include "generate/question_form.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

// `text` is what people read, `words` its words. True for types that need no particular thing.
bool shows_answer_type(const QuestionForm& form, std::string_view text,
                       const std::vector<Word>& words);

// The share of the question's figures (words with a digit: years, versions, codes, amounts) that
// the passage, its section or its title has too; 1 when the question names none. Who asks for 2021
// is not answered by 2024.
double share_of_figures_met(std::string_view question, const retrieve::Passage& passage,
                            const Analyzer& analyzer);

}  // namespace carrel::generate
