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
//   cisi                   .400    .414    .434     .442    .441
//   scifact-train          .697    .534    .695     .709    .712
//   squad2-dev-visible     .916    .797    .910     .926    .937
//
// The ridge, among five values, and the columns were chosen by the mean gain over `keyword` in the
// column `left out`. Columns that a pass does not use are zero.
//
// While they were learned a named document was worth 4 logits (RankingOptions::document_logits),
// not the 6 that tell near-identical documents apart better. With 7 the weights move by less than
// 0.1 and `left out` by less than 0.002.
#pragma once

#include "retrieve/ranker.h"

namespace carrel::retrieve {

// clang-format off: one column a line
inline constexpr RankerWeights kRankerWeights = {
    .first = {
        2.489,  // keyword
        1.073,  // rare_coverage
        1.909,  // exact
        0.389,  // digits
        0.713,  // ordered
        1.556,  // window_narrow
        1.272,  // window_wide
        1.978,  // related
        0.859,  // early
        0.687,  // sentence
        1.609,  // dense
        0.618,  // first_opening
        0.645,  // best_opening
        1.982,  // near
        0.000,  // moved
        0.000,  // cluster
    },
    .second = {
        2.525,  // keyword
        0.925,  // rare_coverage
        1.684,  // exact
        0.311,  // digits
        0.661,  // ordered
        1.429,  // window_narrow
        1.264,  // window_wide
        1.768,  // related
        0.664,  // early
        0.632,  // sentence
        1.656,  // dense
        0.591,  // first_opening
        0.609,  // best_opening
        0.000,  // near
        2.387,  // moved
        1.304,  // cluster
    },
};
// clang-format on

}  // namespace carrel::retrieve
