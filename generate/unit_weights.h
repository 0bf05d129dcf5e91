// generate/unit_weights.h
//
// The weights of the models in unit_features.h and confidence.h; numbers of features are those
// there. Written by `bench/answer_fit COLLECTION HEADER`; not edited by hand.
//
// Fitted on 15834 cases that bench/answer_cases.h makes from the questions of SQuAD 2.0's
// development set (Rajpurkar, Jia and Liang 2018, arXiv:1806.03822; 20 articles), checked in
// 5 folds of articles. On articles left out:
//   the best unit holds a gold answer for 81.6 % of the answerable questions;
//   AUROC against questions of absent articles 0.980, adversarial ones 0.682 (a threshold on
//   the best passage's coverage: 0.891 and 0.511);
//   a confidence of one half refuses 5.0 % of the answerable questions, 85.4 % of those of
//   absent articles and 13.0 % of the adversarial ones.
#pragma once

#include "generate/confidence.h"

namespace carrel::generate {

// clang-format off
inline constexpr UnitFeatures kUnitWeights = {
    0.8740, 1.0744, 1.1913, 3.8402, -0.7720, 3.7622, 0.5744, 0.3426, 0.1304, -0.8135,
    2.3779, 0.5210, 2.7924, -1.4962, 2.0936, -0.2100, 6.3577, -0.4718, 2.8437, -3.1031,
    0.0000, 0.4501, 0.1481, 1.2032, 2.6517};
inline constexpr ConfidenceWeights kConfidenceWeights = {
    {{
    1.6613, -0.3065, -0.3239, 0.3604, -0.3630, 0.9004, -0.2793, 0.1417, 0.8827, -0.4859,
    0.4760, -0.1314, 0.6556, -1.2801, 1.0985, -0.6008, 0.8308, -1.8451, 4.2760, -4.5512,
    0.0000, 0.1555, 0.3058, 1.6390, 1.1798, 0.0525, 0.2341, -0.2801, 0.2731, 0.4738,
    -1.7936, -0.1959, -1.1060, -0.1929, -0.5665, -0.3264, -0.1435, -0.2103, -0.5418, 2.2263,
    -0.0222, -0.0935, -0.0197, 0.4116, -0.6556, 0.1429, 0.3050, -0.6406, -3.3681, 0.5287,
    0.1006, 1.3620, -0.4279, -1.1071, 0.0977, -0.4734, 1.0235, -1.2523, -1.9134, 0.5519,
    1.3875, 0.7638, 2.8925, -0.1935, 1.5743, 4.4643, -0.4940, 2.0453, -0.9016}, -3.4358},
    {{
    -0.7833, 1.2909, -0.0439, 1.2249, -0.6856, 0.5479, 0.4318, -0.6239, -0.5212, -0.1357,
    0.0471, -0.1386, 0.7242, -1.2723, 0.2710, 0.8773, 0.2900, 0.0000, 1.5868, -1.5851,
    0.0000, 0.1710, 0.0043, 0.0511, 0.9671, -0.0130, 0.0744, 0.0498, -0.1505, 0.7480,
    -0.4002, -0.7935, 0.1200, -1.2927, -0.0835, -0.4771, -1.2190, -1.3425, 0.2754, -12.2042,
    -0.4816, -2.0979, -0.3242, 0.2464, -0.7242, -0.7013, -0.2282, -0.3030, -0.8805, 1.2764,
    -0.1758, -0.7324, -0.3093, 0.6920, 0.3076, -0.0471, -0.3420, -1.2120, -1.1305, 0.3101,
    0.1545, -0.0353, -0.0543, 0.4534, 0.9399, 0.9329, 0.3389, 0.9520, -0.0055}, -3.3479},
    -8.6627};
// clang-format on

}  // namespace carrel::generate
