// generate/unit_weights.h
//
// The weights of the two linear models in unit_scores.h, in the order of the features there.
//
// Fitted on half of the articles of SQuAD 2.0's development set (Rajpurkar, Jia and Liang 2018,
// arXiv:1806.03822) with the first ten passages of BM25; judged on the other half.
//   ranker      softmax over the units of a question, likelihood of those that hold the gold answer
//   confidence  logistic; answered questions against the set's adversarial unanswerable ones and
//               against answered ones whose article was taken away, in equal parts
// The confidence's bias is moved by +0.65 from the fit (from half to two thirds of questions with
// an answer), which puts 0.5 where about one answerable question in sixteen is refused.
#pragma once

#include "generate/unit_scores.h"

namespace carrel::generate {

// clang-format off
inline constexpr UnitFeatures kUnitWeights = {
    3.044, 2.227, 3.513, 0.923, 1.586, -0.390,
    1.703, 1.216, 1.073, 0.783, 2.763, -0.436,
    -0.529, -0.024, -0.004, 0.367, 0.963};
inline constexpr ConfidenceFeatures kConfidenceWeights = {
    -0.115, 0.338, 0.151, -0.030, -0.867, 0.128,
    0.171, -0.223, 0.026, -0.066, -0.121, 0.080,
    -0.222, -0.039, -0.062, 0.129, 1.228, 0.398,
    0.056, 1.045, -1.322, 0.073, 0.644, -0.404,
    -0.619, -0.155};
inline constexpr double kConfidenceBias = -6.212;
// clang-format on

}  // namespace carrel::generate
