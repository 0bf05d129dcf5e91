// generate/unit_weights.h
//
// The weights of the models in unit_features.h and confidence.h; numbers of features are those
// there. Written by `bench/answer_fit COLLECTION HEADER`; not edited by hand.
//
// Fitted on 15834 cases that bench/answer_cases.h makes from the questions of SQuAD 2.0's
// development set (Rajpurkar, Jia and Liang 2018, arXiv:1806.03822; 20 articles), checked in
// 5 folds of articles. On articles left out:
//   the best unit holds a gold answer for 81.0 % of the answerable questions;
//   AUROC against questions of absent articles 0.976, adversarial ones 0.675 (a threshold on
//   the best passage's coverage: 0.890 and 0.512);
//   a confidence of one half refuses 5.0 % of the answerable questions, 81.5 % of those of
//   absent articles and 12.5 % of the adversarial ones.
#pragma once

#include "generate/confidence.h"

namespace carrel::generate {

// clang-format off
inline constexpr UnitFeatures kUnitWeights = {
    0.5689, 1.4827, 0.9211, 4.0336, 0.0924, 3.9548, 0.5866, 0.3839, 0.3721, -0.7853,
    2.1605, 0.5026, 2.9579, -1.4984, 1.8995, -0.0576, 5.1534, -0.5315, 2.7840, -3.4600,
    0.0000, 0.4476, 0.1419, 1.7487, 2.4614};
inline constexpr ConfidenceWeights kConfidenceWeights = {
    {{
    1.9142, -1.1421, -0.7094, 0.7501, -0.8737, -0.0458, -0.5419, 0.3478, 0.7046, -0.8214,
    0.5402, -0.2354, 0.6974, -1.1642, 1.0591, -0.5293, 0.3484, -1.4226, 3.5999, -4.6649,
    0.0000, 0.1237, 0.4203, 2.1238, 1.9372, 0.0603, 0.3147, -0.4183, 0.3923, 1.0385,
    -1.0099, -0.5485, -1.4470, -0.1824, -0.6690, -0.1828, -0.3810, -0.8213, -1.0746, -0.2827,
    -0.1496, -0.1103, -0.0566, 0.5369, -0.6974, 0.1213, 0.4507, 0.6983, -1.1984, 1.5744,
    1.6218, 2.7015, -0.2837, -0.9042, 0.5404, -0.5402, 1.5313, -0.9110, -1.6848, 0.2464,
    0.6800, 1.2105, 0.7186}, -7.0856},
    {{
    -0.7851, 1.3721, 0.4938, 1.5639, 0.0134, 0.3588, 0.2307, -0.5387, -0.5797, 0.1263,
    0.0631, -0.1013, 0.7415, -1.4339, 0.5133, 0.9805, -0.0711, 0.0000, 2.2732, -2.3459,
    0.0000, 0.1595, -0.0321, 0.2101, 0.7663, -0.0220, 0.1624, 0.1010, -0.6950, 1.1080,
    0.3859, -0.3521, 0.1850, -1.0961, -0.1120, -0.4034, -1.2883, -1.3122, 0.1105, -12.6037,
    -0.4757, -2.1118, -0.3136, 0.2687, -0.7415, -0.9041, -0.1804, 0.3673, 0.0225, 1.2957,
    0.0188, -0.0411, 0.1772, 0.3647, 0.2675, -0.0631, -0.1519, -1.0545, -1.0673, 0.0151,
    -0.1091, 0.1618, -0.8462}, -3.6619},
    -9.5242};
// clang-format on

}  // namespace carrel::generate
