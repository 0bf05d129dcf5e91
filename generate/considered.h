// generate/considered.h
//
// A question held against its passages: what it asks, the units that could answer it, how each
// scores, and which is best. What the engine composes answers from and bench/answer_fit learns
// from.
//
// Any thread; pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "generate/confidence.h"

namespace carrel::generate {

inline constexpr std::size_t kPassagesRead = 10;  // the best ones; more bring noise, not answers

struct Considered {
  QuestionForm form;
  // In reading order, of the first kPassagesRead passages; behind them those of passages that only
  // continue others, which are said along but never best.
  std::vector<Unit> units;
  Reading reading;             // of the former
  std::vector<double> scores;  // of each unit; far down for one that only echoes the question
  std::size_t best = kNoUnit;  // none: there is no unit, or the question has no word that counts
  // Where two things are compared, or two are asked, and the best tells of one.
  std::size_t other_side = kNoUnit;
  ConfidenceFeatures evidence{};  // of the best
};

// `plain` is the question without filters and quotation marks.
Considered consider(std::string_view plain, const retrieve::Retrieval& retrieval,
                    const UnitFeatures& weights, const Analyzer& analyzer);

}  // namespace carrel::generate
