// retrieve/features.h
//
// What the words of one passage tell about one question: how much of the question's weight stands
// in it, how close together, in which order, and as written. The question is prepared once and
// measured against each candidate.
//
// One sentence by itself is sentence_match.h's. Every number comes from visible statistics and from
// the passage itself. Pure functions; any thread. Cost: one look-up a word, about 10 us a passage
// of 200 words beside the analysis.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "index/keyword_query.h"
#include "retrieve/query.h"
#include "retrieve/related_words.h"
#include "retrieve/sentence_match.h"

namespace carrel::retrieve {

// The columns of the ranker. Shares lie in [0, 1]; the weight of a term is its visible idf times
// the weight it has in the query.
enum Feature : std::uint8_t {
  kKeyword,       // BM25, as a share of the best candidate's
  kRareCoverage,  // share of the question's squared weights that the passage holds
  kExact,         // share of the weight that it holds in the inflection of the question
  kDigits,        // share of the weight of terms with digits; 1/2 where the question has none
  kOrdered,       // share of the question's neighbouring pairs that stand in the same order
  kWindowNarrow,  // best coverage by 12 words in a row
  kWindowWide,    // best coverage by 25 words in a row
  kRelated,       // share of the weight of words missing for which related ones stand
  kEarly,         // 1 where a match opens the headings, at most 1/3 where only the text matches
  kSentence,      // best coverage by one sentence
  kDense,         // the same against the sentence's other words
  kFirstOpening,  // share of the weight with which the text's first sentence opens
  kBestOpening,   // ... any of its sentences
  kNear,          // nearness to the question moved towards the first hits
  kMoved,         // ... towards what seems relevant (ranker.h); leading half of the dimensions
  kCluster,       // nearness to what seems relevant, this passage aside; leading half
  kFeatureCount
};
using FeatureRow = std::array<float, kFeatureCount>;

class QuestionWords {
 public:
  // `terms` with visible statistics, `average_length` in indexed words of a visible chunk. Borrows
  // nothing.
  QuestionWords(const Analyzer& analyzer, const ParsedQuery& query,
                std::span<const index::VisibleTerm> terms, double average_length);

  // What BM25 cannot pass with these terms.
  double ceiling() const;

  // Fills the columns from kKeyword (here unscaled) to kBestOpening. `text` begins with the
  // headings, which end at `headings_end`; `words` are its analyzed words.
  void measure(std::string_view text, std::size_t headings_end, const std::vector<Word>& words,
               FeatureRow& out) const;

 private:
  struct Pair {
    std::uint32_t first, second;
    std::uint32_t gap;  // between their positions in the question
    double weight;
  };
  struct Hit {
    std::uint32_t term, position;
  };
  double best_window(const std::vector<Hit>& hits, std::uint32_t width) const;
  double ordered_weight(const std::vector<Hit>& hits) const;

  std::unordered_map<std::string, std::uint32_t> number_;  // of each term
  RelatedWords related_;
  std::vector<double> weights_;       // [terms]
  std::vector<bool> has_digit_;       // [terms]
  std::vector<std::string> written_;  // [terms], folded
  std::vector<Pair> pairs_;
  double mass_ = 0, square_mass_ = 0, digit_mass_ = 0, pair_mass_ = 0;
  double average_length_ = 1;
};

}  // namespace carrel::retrieve
