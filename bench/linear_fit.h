// bench/linear_fit.h
//
// The two small models of the extractive engine, fitted: a linear ranker by the likelihood that its
// softmax gives to the units that hold an answer, and a logistic regression with weighted cases.
// Full-batch Adam (Kingma and Ba 2015, arXiv:1412.6980) over standardised features with a little
// ridge; weights come back in the features' own units. Equal input gives equal bits. One thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace carrel::bench {

using Features = std::vector<double>;

struct RankedCase {
  std::size_t fold = 0;
  std::vector<Features> units;
  std::vector<bool> is_gold;
};

// The weights for cases outside `left_out` (no fold: of all). Cases without a gold unit say
// nothing.
Features fit_ranker(std::span<const RankedCase> cases, std::size_t left_out);

struct LabelledCase {
  std::size_t fold = 0;
  Features features;
  bool is_positive = false;
  double weight = 1;  // 0: takes no part
};

struct Logistic {
  Features weights;
  double bias = 0;
  double logit(const Features& features) const;
};

Logistic fit_logistic(std::span<const LabelledCase> cases, std::size_t left_out);

inline constexpr std::size_t kNoFold = static_cast<std::size_t>(-1);

}  // namespace carrel::bench
