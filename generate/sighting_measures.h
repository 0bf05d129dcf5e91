// generate/sighting_measures.h
//
// How a question's words stand in one statement: side by side, in the question's order, within a
// few words, near a place for the answer. All are shares of the question's mass, in [0, 1].
// Any thread; pure functions.
#pragma once

#include <vector>

#include "generate/evidence.h"
#include "generate/question_form.h"
#include "generate/term_match.h"

namespace carrel::generate {

double share_of(const QuestionForm& form, double mass);

// Of the pairs of neighbouring question terms, the share that stands close together.
double pairs_close(const QuestionForm& form, const std::vector<Sighting>& seen);

// The heaviest chain of sightings whose terms come in the question's order.
double in_question_order(const QuestionForm& form, const std::vector<Sighting>& seen);

// The most that stands within twelve words.
double best_window(const QuestionForm& form, const std::vector<Sighting>& seen);

// By how near the words stand to the best place for the answer.
double nearest_place(const QuestionForm& form, const std::vector<Sighting>& seen,
                     const std::vector<AnswerPlace>& places);

}  // namespace carrel::generate
