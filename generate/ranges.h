// generate/ranges.h
//
// Amounts that a statement gives as a range: "5,000 to 25,000", "up to 500", "15+". An
// order of 20,000 is one of 5,000 to 25,000. Years are no amounts. Any thread; pure functions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace carrel::generate {

struct AmountRange {
  double least = 0, most = std::numeric_limits<double>::infinity();
  std::uint32_t position = 0;  // of the word that names its last bound

  bool holds(double amount) const { return amount >= least && amount <= most; }
};

// `term` as core/text gives it, "5" or "five"; none for other words, codes and years (1900 to
// 2099).
std::optional<double> amount_of(std::string_view term);

// `words` are those of `text`.
std::vector<AmountRange> amount_ranges(std::string_view text, const std::vector<Word>& words);

}  // namespace carrel::generate
