// generate/question_form.h
//
// What kind of answer a question wants, and how much each of its words counts.
//
// Read from the question alone (its first words and the noun they ask for) plus the visible term
// statistics that came with the passages. Any thread; pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

enum class AnswerType : std::uint8_t {
  other,       // "what does the policy say about": any statement
  person,      // who
  time,        // when, which year, by what date
  place,       // where
  number,      // how many, how much, what price
  duration,    // how long
  frequency,   // how often
  reason,      // why
  manner,      // how do I
  yes_no,      // may I, is it, does it
  definition,  // what is X
};

struct QuestionTerm {
  std::string term;      // as core/text gives it
  double mass = 0;       // idf among visible chunks; less for words that only shape the question
  bool is_name = false;  // capitalised inside the question, or carries a digit
};

struct QuestionForm {
  AnswerType type = AnswerType::other;
  bool wants_several = false;       // a list, steps: more than one sentence is no waste
  bool denies_something = false;    // "not", "never", "without"
  std::vector<QuestionTerm> terms;  // each once, in order of first occurrence
  double mass = 0;                  // their sum
  std::unordered_map<std::string, std::size_t> place;  // term -> index in `terms`
};

QuestionForm read_question(std::string_view plain, std::span<const index::VisibleTerm> statistics,
                           const Analyzer& analyzer);

// Whether a text says "not", "never", "without" or the like.
bool denies(const std::vector<Word>& words, std::string_view text);

}  // namespace carrel::generate
