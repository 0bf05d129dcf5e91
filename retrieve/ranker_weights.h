// retrieve/ranker_weights.h
//
// The weights of retrieve/ranker.h, in logits. Learned, not chosen, on 2026-11-22 by
//
//   train_ranker --ridge 0.0007 --depth 40 cranfield cisi scifact-train squad2-dev-visible
//
// in which every question counts the same. nDCG@10 of the two arms and of the fusion alone; then
// with weights learned on the three other collections, and with these, learned on all four:
//
//                        keyword  vector  fusion  left out  these
//   cranfield              .391    .437    .434     .447    .446
//   cisi                   .400    .414    .434     .440    .440
//   scifact-train          .697    .534    .695     .709    .712
//   squad2-dev-visible     .916    .797    .910     .925    .937
//
// The ridge, among five values, and the columns were chosen by the mean gain over `keyword` in the
// column `left out`. Columns that a pass does not use are zero.
#pragma once

#include "retrieve/ranker.h"

namespace carrel::retrieve {

// One column a line.
// clang-format off
inline constexpr RankerWeights kRankerWeights = {
    .first = {
        2.486,  // keyword
        1.071,  // rare_coverage
        1.909,  // exact
        0.389,  // digits
        0.716,  // ordered
        1.556,  // window_narrow
        1.271,  // window_wide
        1.980,  // related
        0.849,  // early
        0.686,  // sentence
        1.609,  // dense
        0.618,  // first_opening
        0.645,  // best_opening
        1.992,  // near
        0.000,  // moved
        0.000,  // cluster
    },
    .second = {
        2.526,  // keyword
        0.922,  // rare_coverage
        1.681,  // exact
        0.311,  // digits
        0.662,  // ordered
        1.425,  // window_narrow
        1.262,  // window_wide
        1.771,  // related
        0.650,  // early
        0.635,  // sentence
        1.657,  // dense
        0.593,  // first_opening
        0.611,  // best_opening
        0.000,  // near
        2.395,  // moved
        1.286,  // cluster
    },
};
// clang-format on

}  // namespace carrel::retrieve
