// bench/softmax_trainer.h
//
// Learns a linear ranking by maximum likelihood: within each question the candidates' scores pass
// through a softmax, and the relevant ones share the mass by their gains (ListNet's top-one
// likelihood, Cao et al. 2007). The loss is convex, and with a dozen columns Newton's method ends
// in a few steps. Weights below zero are set to zero and the rest learned again, so that more
// evidence never lowers a rank.
//
// One thread.
#pragma once

#include <vector>

#include "retrieve/ranker.h"

namespace carrel::bench {

struct JudgedQuestion {
  std::vector<retrieve::FeatureRow> rows;
  std::vector<double> gains;  // [rows], not all zero
};

// Every question counts the same; `ridge` multiplies the squares of the weights. Columns that
// `columns` does not open stay zero.
retrieve::FeatureWeights learn(const std::vector<JudgedQuestion>& questions,
                               const std::vector<bool>& columns, double ridge);

}  // namespace carrel::bench
