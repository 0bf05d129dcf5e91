// generate/unit_weights.h
//
// The weights of the models in unit_features.h and confidence.h; numbers of features are those
// there. Written by `bench/answer_fit COLLECTION HEADER`; not edited by hand.
//
// Fitted on 15834 cases that bench/answer_cases.h makes from the questions of SQuAD 2.0's
// development set (Rajpurkar, Jia and Liang 2018, arXiv:1806.03822; 20 articles), checked in
// 5 folds of articles. On articles left out:
//   the best unit holds a gold answer for 81.0 % of the answerable questions;
//   AUROC against questions of absent articles 0.979, adversarial ones 0.680 (a threshold on
//   the best passage's coverage: 0.890 and 0.512);
//   a confidence of one half refuses 5.0 % of the answerable questions, 84.9 % of those of
//   absent articles and 12.9 % of the adversarial ones.
#pragma once

#include "generate/confidence.h"

namespace carrel::generate {

// clang-format off
inline constexpr UnitFeatures kUnitWeights = {
    0.5790, 1.6639, 0.5983, 3.9867, -0.1328, 3.9301, 0.5935, 0.3898, 0.4168, -0.7799,
    2.1620, 0.5175, 2.8188, -1.4206, 1.9140, 0.1440, 4.8799, -0.5577, 2.6697, -3.3698,
    0.0000, 0.4585, 0.1348, 1.5225, 2.4095};
inline constexpr ConfidenceWeights kConfidenceWeights = {
    {{
    1.9725, -0.1739, -0.5938, 0.3350, -0.6094, 0.8388, -0.2689, 0.3705, 0.7871, -0.4836,
    0.5282, -0.1926, 0.7629, -1.5512, 0.9790, -0.1484, 0.4208, -1.8573, 3.9103, -4.5726,
    0.0000, 0.1600, 0.2908, 2.1727, 1.6630, 0.0862, 0.2335, -0.3101, 0.2894, 0.6225,
    -1.1192, -0.3788, -1.5156, -0.4893, -0.5314, -0.2306, -0.2718, -0.0044, -0.6375, 1.4478,
    -0.1050, -0.0379, -0.0757, 0.4608, -0.7629, -0.0136, 0.2222, -0.3545, -3.3639, 0.8303,
    0.4228, 1.3708, -0.4387, -0.9765, 0.2528, -0.5260, 1.1284, -1.3016, -1.6807, 0.4334,
    1.0676, 0.7870, 1.5164, -0.0457, 1.6930, 4.5771, -0.4446, 1.6990, -0.9056}, -3.3646},
    {{
    -0.6554, 1.4173, 0.0803, 1.3596, -0.4488, 0.6634, 0.4354, -0.5607, -0.5205, -0.1072,
    0.1368, -0.1318, 0.7897, -1.4394, 0.2775, 1.3438, 0.3247, 0.0000, 1.5181, -1.6270,
    0.0000, 0.1537, -0.0061, 0.1332, 1.0247, -0.0193, 0.0816, 0.0671, -0.1536, 0.7235,
    0.3512, -0.5543, 0.1351, -1.3792, -0.0551, -0.4090, -1.3080, -1.1910, 0.2943, -12.4677,
    -0.4893, -2.0926, -0.3344, 0.2437, -0.7897, -0.9696, -0.4974, 0.1437, -0.8395, 1.1833,
    -0.1277, -0.6242, -0.1791, 0.7440, 0.3773, -0.1368, -0.3374, -1.2552, -0.8575, 0.0560,
    -0.0070, -0.0441, -0.6033, 0.5384, 0.8722, 0.9327, 0.3413, 0.5117, -0.0259}, -3.6193},
    -8.7683};
// clang-format on

}  // namespace carrel::generate
