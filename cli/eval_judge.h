// cli/eval_judge.h
//
// Whether an answer holds what it should, by the words alone: without case, punctuation and English
// articles, as SQuAD's own evaluation compares. Any thread; pure functions but for judge_citations,
// which reads the library.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "generate/engine.h"
#include "index/reader.h"

namespace carrel::cli {

// The words of a text, each with one space on both sides: " words of it ".
std::string answer_words(std::string_view text);
std::size_t count_words(std::string_view text);

// Whether `text` holds one of `answers`, whole words in a row.
bool contains_answer(std::string_view text, const std::vector<std::string>& answers);

// An answer's sentences without citation marks, one a line.
std::string sentences_of(const generate::Answer& answer);

struct CitationScore {
  std::size_t cited = 0;      // pairs of a sentence and a passage it cites
  std::size_t supported = 0;  // of those, the chunk, read again, says the sentence
};
CitationScore judge_citations(const index::Reader& reader, const access::Visibility& visible,
                              const generate::Answer& answer);

}  // namespace carrel::cli
