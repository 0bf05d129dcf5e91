// generate/question_form.h
//
// What kind of answer a question wants, and how much each of its words counts.
//
// Read from the question alone (its first words and the noun they ask for) plus the visible term
// statistics that came with the passages. Any thread; pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "generate/answer_type.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

struct QuestionTerm {
  std::string term;      // as core/text gives it
  double mass = 0;       // idf among visible chunks; less for words that only shape the question
  bool is_name = false;  // capitalised inside the question, or carries a digit
  bool is_known = true;  // stands in some visible chunk; if not, it may be misspelt
};

struct QuestionForm {
  AnswerType type = AnswerType::other;
  AnswerType also = AnswerType::other;  // the kind that a second half asks for: "... and when?"
  bool wants_several = false;           // a list, steps: more than one sentence is no waste
  bool asks_for_year = false;
  bool wants_currency = false;  // an amount of money, and no other
  bool wants_amount = false;    // "how many", "when": without a number or a time there is no answer
  bool denies_something = false;                       // "not", "never", "without"
  std::vector<QuestionTerm> terms;                     // each once, in order of first occurrence
  double mass = 0;                                     // their sum
  std::unordered_map<std::string, std::size_t> place;  // term -> index in `terms`
  // Indices of the terms that name what is asked for: "days" in "how many days", "hotel limit" in
  // "what is the hotel limit in".
  std::vector<std::size_t> focus;
  // Of a question that compares ("A or B", "how do A and B differ"): the terms that tell one side
  // from the other; both empty otherwise.
  std::array<std::vector<std::size_t>, 2> sides;

  bool is_focus(std::size_t term) const {
    return std::find(focus.begin(), focus.end(), term) != focus.end();
  }
};

QuestionForm read_question(std::string_view plain, std::span<const index::VisibleTerm> statistics,
                           const Analyzer& analyzer);

// Whether a text says "not", "never", "without" or the like.
bool denies(const std::vector<Word>& words, std::string_view text);

}  // namespace carrel::generate
