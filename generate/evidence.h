// generate/evidence.h
//
// The places in a statement that could be the answer itself: a name for "who", a date for "when", a
// number for "how many". Only what the question did not itself say counts.
// Any thread; pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "generate/question_form.h"

namespace carrel::generate {

struct AnswerPlace {
  std::uint32_t position = 0;  // of the word in `words`
  double degree = 0;           // in (0, 1]: how surely it is of the kind that is asked for
};

// `words` are those of `text`. Empty for types that need no particular thing (other, manner).
std::vector<AnswerPlace> answer_places(const QuestionForm& form, std::string_view text,
                                       const std::vector<Word>& words);

// Whether the question's type asks for something that answer_places() can see.
bool has_visible_kind(AnswerType type);

}  // namespace carrel::generate
