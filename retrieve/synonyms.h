// retrieve/synonyms.h
//
// Words of office life that people say for one another: "vacation" and "annual leave", "fiscal
// year" and "financial year". A small table of general knowledge about staff, money, computers, law
// and health, in English; it knows no library.
//
// Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/text.h"

namespace carrel::retrieve {

// A phrase of the question, and what may be written in its place.
struct Synonym {
  std::vector<std::string> asked;  // terms of the question that the other phrase does not share
  std::vector<std::string> other;  // terms of the other phrase that the question does not hold
};

// In the order of the question, at most kSynonymsMax; `words` are the question's.
inline constexpr std::size_t kSynonymsMax = 24;
std::vector<Synonym> synonyms_in(const Analyzer& analyzer, std::span<const Word> words);

}  // namespace carrel::retrieve
