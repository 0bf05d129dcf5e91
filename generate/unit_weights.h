// generate/unit_weights.h
//
// The weights of the models in unit_features.h and confidence.h, in the order of the features
// there. `bench/answer_fit COLLECTION HEADER` fits and writes such a table.
//
// Fitted on the cases that bench/answer_cases.h makes from SQuAD 2.0's development set (Rajpurkar,
// Jia and Liang 2018, arXiv:1806.03822; 20 articles, 3489 answerable and 3402 adversarial
// questions) in five folds of articles. On articles left out: the best unit holds a gold answer for
// 79.9 % of the answerable questions, one of the best two for 88.5 %; AUROC 0.976 against questions
// of absent articles and 0.68 against adversarial ones, where a threshold on the best passage's
// coverage gives 0.879 and 0.516. A confidence of one half refuses 3 % of the answerable questions.
// The two logistic models were solved by scikit-learn 1.2.1 (ridge, C = 0.3) from the program's
// cases; two features that mark table rows and list items, which prose says nothing about, were
// then taken out of all three models.
#pragma once

#include "generate/confidence.h"

namespace carrel::generate {

inline constexpr UnitFeatures kUnitWeights = {
    0.912,  0.855, 0.631, 4.451, 2.817,  3.528, 0.913,  0.367, 1.223, -0.894, 2.928, 0.585, 2.860,
    -0.562, 1.163, 0.279, 2.982, -0.539, 2.980, -3.683, 0.000, 0.491, 0.146,  2.137, 2.993};
inline constexpr ConfidenceWeights kConfidenceWeights = {
    {{2.041,  -0.964, 0.368,  1.213,  0.248,  -0.553, -0.217, 0.094,  0.878,  -0.906,
      1.300,  -0.138, 0.704,  -0.198, 0.780,  -0.831, 2.119,  0.000,  2.868,  -4.374,
      0.000,  0.365,  0.475,  0.704,  1.408,  -0.011, 0.054,  -0.275, -0.094, 1.372,
      -2.029, 0.254,  0.363,  0.801,  -0.021, -0.207, -0.426, -0.747, -1.095, 2.017,
      -0.009, -0.209, -0.146, 0.431,  -0.704, 0.976,  0.606,  0.980,  -0.942, 1.245,
      1.690,  2.385,  -0.274, -0.722, 1.533,  -1.300, 1.361},
     -9.909},
    {{-1.385, 1.309,  0.417,  0.646,  0.005,  -0.230, 0.125,  -0.622, -0.616, 0.268,
      0.193,  -0.180, 0.429,  -0.610, 0.268,  0.536,  -0.744, 0.000,  1.868,  -1.888,
      0.000,  0.160,  -0.040, -0.134, 0.386,  0.110,  0.108,  0.173,  -0.909, 1.061,
      0.402,  -0.770, -0.046, -1.005, -0.038, -0.371, -1.491, -1.108, 0.083,  -11.598,
      -0.442, -2.084, -0.356, 0.233,  -0.429, -1.153, -0.067, -0.052, 0.258,  1.081,
      0.063,  -0.094, 0.046,  0.374,  -0.007, -0.193, -0.178},
     -3.316},
    -4.7675};

}  // namespace carrel::generate
