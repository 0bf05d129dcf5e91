// index/keyword_query.h
//
// A keyword query built from analyzed terms, never from text in a query language, and its result.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/ids.h"
#include "index/vector_index.h"

namespace carrel::index {

struct QueryTerm {
  std::string term;   // as core/text gives it
  double weight = 1;  // multiplies the inverse document frequency
};

struct KeywordQuery {
  std::vector<QueryTerm> terms;       // any of these scores
  std::vector<QueryTerm> expansions;  // score like terms, but are no part of the question
  std::vector<std::vector<std::string>> phrases;  // every one must occur, words adjacent
  std::vector<std::string> excluded;              // none may occur
};

struct KeywordLimits {
  std::size_t terms_max = 64;  // the rarest are kept
  std::size_t candidates_max = 200;
  std::chrono::milliseconds time_max{400};
};

// A term's statistics among the chunks that the asker may read.
struct VisibleTerm {
  std::string term;
  std::uint64_t document_frequency = 0;  // visible chunks that contain it
  double idf = 0;                        // ln(1 + (N - df + 0.5) / (df + 0.5))
};

struct KeywordResult {
  std::vector<Candidate> candidates;  // best first; ties by ascending chunk
  std::vector<VisibleTerm> terms;     // those of the query that were searched
  std::uint64_t visible_chunks = 0;
  double average_length = 0;  // indexed words of a visible chunk
};

}  // namespace carrel::index
