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
//   cranfield              .390    .437    .436     .432    .440
//   cisi                   .405    .414    .434     .450    .447
//   scifact-train          .698    .534    .686     .707    .711
//   squad2-dev-visible     .916    .797    .904     .917    .927
//
// Ridge and depth were chosen by the column `left out`, among five values each. Columns
// that a pass does not use are zero.
#pragma once

#include "retrieve/ranker.h"

namespace carrel::retrieve {

// clang-format off: one column a line
inline constexpr RankerWeights kRankerWeights = {
    .first = {
        1.378,  // keyword
        0.539,  // coverage
        1.021,  // rare_coverage
        1.130,  // exact
        0.964,  // digits
        0.432,  // ordered
        1.403,  // window_narrow
        1.147,  // window_wide
        0.673,  // early
        0.755,  // near
        0.884,  // near_half
        0.692,  // near_quarter
        0.000,  // moved_half
        0.000,  // moved_quarter
        0.000,  // cluster_half
        0.000,  // cluster_quarter
    },
    .second = {
        1.675,  // keyword
        0.503,  // coverage
        0.866,  // rare_coverage
        1.016,  // exact
        0.853,  // digits
        0.380,  // ordered
        1.330,  // window_narrow
        1.116,  // window_wide
        0.626,  // early
        0.000,  // near
        0.000,  // near_half
        0.000,  // near_quarter
        1.370,  // moved_half
        0.449,  // moved_quarter
        1.039,  // cluster_half
        0.506,  // cluster_quarter
    },
};
// clang-format on

}  // namespace carrel::retrieve
