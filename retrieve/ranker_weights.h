// retrieve/ranker_weights.h
//
// The weights of retrieve/ranker.h, in logits. Learned, not chosen, on 2026-11-21 by
//
//   train_ranker --ridge 0.002 --depth 40 cranfield cisi scifact-train squad2-dev-visible
//
// with at most 800 questions of each collection. nDCG@10 of the two arms and of the fusion alone;
// then with weights learned on the three other collections, and with these, learned on all four:
//
//                        keyword  vector  fusion  left out  these
//   cranfield              .391    .437    .434     .435    .440
//   cisi                   .400    .414    .434     .444    .443
//   scifact-train          .696    .534    .695     .706    .707
//   squad2-dev-visible     .915    .797    .909     .917    .928
//
// Ridge and depth were chosen by the column `left out`, among five values each. Columns
// that a pass does not use are zero.
#pragma once

#include "retrieve/ranker.h"

namespace carrel::retrieve {

// clang-format off: one column a line
inline constexpr RankerWeights kRankerWeights = {
    .first = {
        1.531,  // keyword
        0.527,  // coverage
        1.002,  // rare_coverage
        1.098,  // exact
        0.908,  // digits
        0.400,  // ordered
        1.388,  // window_narrow
        1.129,  // window_wide
        0.901,  // related
        0.619,  // early
        0.776,  // near
        0.934,  // near_half
        0.648,  // near_quarter
        0.000,  // moved_half
        0.000,  // moved_quarter
        0.000,  // cluster_half
        0.000,  // cluster_quarter
    },
    .second = {
        1.796,  // keyword
        0.498,  // coverage
        0.851,  // rare_coverage
        0.980,  // exact
        0.798,  // digits
        0.347,  // ordered
        1.317,  // window_narrow
        1.100,  // window_wide
        0.837,  // related
        0.575,  // early
        0.000,  // near
        0.000,  // near_half
        0.000,  // near_quarter
        1.449,  // moved_half
        0.439,  // moved_quarter
        0.990,  // cluster_half
        0.470,  // cluster_quarter
    },
};
// clang-format on

}  // namespace carrel::retrieve
