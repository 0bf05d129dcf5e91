// generate/unit_weights.h
//
// The weights of the models in unit_features.h and confidence.h; numbers of features are those
// there. Written by `bench/answer_fit COLLECTION HEADER`; not edited by hand.
//
// Fitted on 15834 cases that bench/answer_cases.h makes from the questions of SQuAD 2.0's
// development set (Rajpurkar, Jia and Liang 2018, arXiv:1806.03822; 20 articles), checked in
// 5 folds of articles. On articles left out:
//   the best unit holds a gold answer for 81.1 % of the answerable questions;
//   AUROC against questions of absent articles 0.979, adversarial ones 0.680 (a threshold on
//   the best passage's coverage: 0.890 and 0.512);
//   a confidence of one half refuses 5.0 % of the answerable questions, 84.7 % of those of
//   absent articles and 12.9 % of the adversarial ones.
#pragma once

#include "generate/confidence.h"

namespace carrel::generate {

// clang-format off
inline constexpr UnitFeatures kUnitWeights = {
    0.4993, 1.7796, 0.7061, 3.9734, -0.1143, 3.8874, 0.5966, 0.4099, 0.3050, -0.7847,
    2.1624, 0.5158, 2.8334, -1.4770, 1.9835, 0.1486, 4.8686, -0.5581, 2.6638, -3.3801,
    0.0000, 0.4621, 0.1320, 1.5226, 2.4273};
inline constexpr ConfidenceWeights kConfidenceWeights = {
    {{
    1.9868, -0.1366, -0.5950, 0.3831, -0.6196, 0.8680, -0.3850, 0.3465, 0.7577, -0.4740,
    0.5703, -0.1921, 0.7528, -1.5480, 0.9841, -0.1559, 0.3895, -1.8467, 3.9382, -4.5919,
    0.0000, 0.1783, 0.2964, 2.1508, 1.7169, 0.0853, 0.2410, -0.3110, 0.2657, 0.6364,
    -1.1289, -0.3989, -1.5158, -0.5026, -0.5365, -0.1447, -0.2673, -0.0559, -0.6570, 1.4844,
    -0.1075, -0.0364, -0.0551, 0.4645, -0.7528, -0.0223, 0.2261, -0.3549, -3.3435, 0.7695,
    0.4368, 1.3681, -0.4426, -0.9732, 0.2562, -0.5681, 1.2245, -1.2950, -1.6796, 0.4422,
    1.0599, 0.7968, 1.5440, -0.0741, 1.6901, 4.6050, -0.4482, 1.7003, -0.9146}, -3.3260},
    {{
    -0.6522, 1.4185, 0.0841, 1.3193, -0.4547, 0.6806, 0.3999, -0.5601, -0.4824, -0.1077,
    0.1540, -0.1310, 0.7802, -1.3976, 0.2766, 1.4037, 0.1999, 0.0000, 1.5608, -1.6601,
    0.0000, 0.1740, -0.0099, 0.1727, 1.0736, -0.0249, 0.0825, 0.0593, -0.1372, 0.7308,
    0.3741, -0.6573, 0.1231, -1.3507, -0.0664, -0.3850, -1.3077, -1.2207, 0.2812, -12.4575,
    -0.4996, -2.0883, -0.3204, 0.2381, -0.7802, -0.9633, -0.5272, 0.1551, -0.8061, 1.1154,
    -0.1009, -0.6088, -0.1873, 0.7516, 0.3778, -0.1540, -0.3116, -1.1784, -0.8563, 0.0448,
    -0.0155, -0.0363, -0.6031, 0.5709, 0.8410, 0.9167, 0.3401, 0.4902, -0.0278}, -3.4652},
    -8.8111};
// clang-format on

}  // namespace carrel::generate
