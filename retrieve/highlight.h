// retrieve/highlight.h
//
// Where a passage holds the question's words, for marking them, and whether two passages say the
// same. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/text.h"

namespace carrel::retrieve {

// Spans of the words whose term is in `terms`, ascending, not overlapping. Words that only white
// space or a hyphen parts are marked as one span.
std::vector<ByteRange> highlights(std::string_view text, const std::vector<Word>& words,
                                  const std::unordered_set<std::string_view>& terms);

// What near-identical passages share: hashes of every three words in a row, and of the words that
// carry digits, which must agree exactly (last year's policy is not this year's).
struct Fingerprint {
  std::vector<std::uint64_t> shingles;  // sorted, distinct
  std::uint64_t numbers = 0;
};
Fingerprint fingerprint(std::string_view text, const std::vector<Word>& words);

// Broder's resemblance (1997) of at least `kResemblanceMin`, with the same numbers.
inline constexpr double kResemblanceMin = 0.9;
bool near_identical(const Fingerprint& a, const Fingerprint& b);

}  // namespace carrel::retrieve
