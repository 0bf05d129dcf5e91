// generate/follow_up.h
//
// A question that leans on the one before it, made to stand alone: "And for part-time staff?" after
// "How many days of leave do full-time staff receive?" becomes the latter with the former in it.
//
// What is carried over comes from the asker's own words alone, never from an answer or a passage:
// what somebody else may not read cannot come back this way. Rules over words, English and German;
// a question that stands alone is returned as it is. The asker is shown what was searched for.
//
// Any thread; pure functions; deterministic.
#pragma once

#include <string>
#include <string_view>

namespace carrel::generate {

// `before` is the question before it as it was understood; empty: none. The result is at most 2,048
// bytes; where carrying over would make it longer, `question` comes back.
std::string carry_over(std::string_view question, std::string_view before);

}  // namespace carrel::generate
