// bench/answer_weights.h
//
// Writes generate/unit_weights.h: the models that bench/answer_fit has fitted, as constants, and in
// its head where they come from and what they reached on articles that took no part. One thread.
#pragma once

#include <string>
#include <vector>

#include "bench/linear_fit.h"
#include "generate/confidence.h"

namespace carrel::bench {

// What the fit measured on articles left out; shares of refusals in per cent.
struct Provenance {
  std::size_t cases = 0, folds = 0;
  double gold_in_best = 0;  // of answerable questions, in [0, 1]
  double area_absent = 0, area_adversarial = 0;
  double plain_absent = 0, plain_adversarial = 0;  // of a threshold on the best passage's coverage
  double refused_answerable = 0, refused_absent = 0, refused_adversarial = 0;
};

// Errors: unavailable (the file cannot be written).
void write_weights(const std::string& file, const Provenance& provenance, const Features& ranker,
                   const generate::ConfidenceWeights& confidence);

}  // namespace carrel::bench
