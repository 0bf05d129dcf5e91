// generate/unit_weights.h
//
// The weights of the models in unit_features.h and confidence.h, in the order of the features
// there. `bench/answer_fit COLLECTION HEADER` fits and writes such a table.
//
// Fitted on 15810 cases that bench/answer_cases.h makes from the questions of SQuAD 2.0's
// development set (Rajpurkar, Jia and Liang 2018, arXiv:1806.03822; 20 articles), checked in five
// folds of articles. On articles left out: the best unit holds a gold answer for 80.5 % of the
// answerable questions; AUROC 0.977 against questions of absent articles and 0.673 against
// adversarial ones, where a threshold on the best passage's coverage gives 0.890 and 0.513. A
// confidence of one half refuses 5.0 % of the answerable questions, 83.3 % of those of absent
// articles and 12.7 % of the adversarial ones. The confidence was checked over the
// ranker of all articles, before the rules of confidence.cpp took their present form. The models
// were solved by SciPy 1.10.1 (the ranker) and scikit-learn 1.2.1 (ridge, C = 0.3) from the
// program's cases.
#pragma once

#include "generate/confidence.h"

namespace carrel::generate {

// clang-format off
inline constexpr UnitFeatures kUnitWeights = {
    0.346, 1.691, 0.826, 3.963, 0.257, 4.213, 0.620, 0.263, 0.378, -0.779,
    2.044, 0.527, 2.480, -1.268, 1.806, -0.059, 5.202, -0.536, 2.879, -3.743,
    0.000, 0.483, 0.125, 1.599, 2.749};
inline constexpr ConfidenceWeights kConfidenceWeights = {
    {{
    1.845, -0.845, -0.369, 0.844, -0.473, 0.160, -0.061, 0.275, 0.694, -0.709,
    0.315, -0.260, 0.585, -0.693, 0.766, 0.263, -0.777, -1.847, 2.701, -3.851,
    0.000, 0.182, 0.380, 1.183, 1.150, 0.095, 0.251, -0.369, 0.285, 0.719,
    -1.450, -0.209, -0.725, 0.632, -0.070, -0.048, -0.602, -0.434, -0.701, -0.128,
    -0.040, -0.137, 0.002, 0.497, -0.585, 0.173, 0.208, 0.236, 0.361, 1.514,
    1.559, 2.172, -0.231, -0.778, 1.255, -0.315, 1.051, -0.701, -1.901, 0.034,
    0.745, 0.905, 0.351}, -7.8292},
    {{
    -0.794, 0.990, 0.161, 1.015, -0.071, -0.142, -0.016, -0.552, -0.286, 0.306,
    -0.021, -0.153, 0.576, -1.045, 0.213, 0.948, -1.168, -4.776, 2.184, -2.109,
    0.000, 0.159, -0.034, 0.102, 0.498, 0.077, 0.199, 0.014, -0.181, 1.158,
    0.306, -0.524, 0.476, -0.928, -0.084, -0.273, -1.213, -1.051, -0.001, -12.595,
    -0.411, -2.060, -0.230, 0.221, -0.576, -0.953, -0.123, 0.345, -0.118, 1.371,
    0.035, 0.010, 0.107, 0.134, -0.223, 0.021, 0.056, -0.476, -1.129, 0.099,
    -0.045, 0.103, -0.563}, -3.6742},
    -8.7852};
// clang-format on

}  // namespace carrel::generate
