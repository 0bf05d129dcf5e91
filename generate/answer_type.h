// generate/answer_type.h
//
// What kind of answer a question asks for, read from its words alone. English; any thread; pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carrel::generate {

enum class AnswerType : std::uint8_t {
  other,       // "what does the policy say about": any statement
  person,      // who
  time,        // when, which year, by what date
  place,       // where
  number,      // how many
  money,       // how much, what price, what percentage: an amount
  duration,    // how long
  frequency,   // how often
  reason,      // why
  manner,      // how do I
  yes_no,      // may I, is it, does it
  definition,  // what is X
};

struct Asked {
  AnswerType type = AnswerType::other;
  bool wants_currency = false;  // an amount of money, and no other
  bool wants_amount = false;    // "how many", "when": without a number or a time there is no answer
  AnswerType also = AnswerType::other;  // "... and when?": the kind that a second half asks for
  bool wants_several = false;           // a list, steps: more than one sentence is no waste
};

// `asking`: the words of the sentence that asks, folded, "what's" as "what"; `terms`: those of the
// whole question, as core/text gives them.
Asked read_asked(const std::vector<std::string>& asking, const std::vector<std::string>& terms);

}  // namespace carrel::generate
