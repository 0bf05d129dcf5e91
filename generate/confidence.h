// generate/confidence.h
//
// How sure one may be that the best unit answers the question: two logistic models over that unit's
// features, its lead over the others, and what of the question it leaves unmet. Their weights stand
// in unit_weights.h. Any thread; pure functions.
#pragma once

#include <array>
#include <span>

#include "generate/unit_features.h"

namespace carrel::generate {

// After the best unit's own features.
enum ConfidenceFeature : std::size_t {
  best_score = unit_feature_count,
  lead_over_second,   // its score less the best one's of another passage
  lead_over_any,      // ... of any other unit
  certainty,          // its share of the softmax over all units
  question_length,    // log of the number of question terms
  unknown_share,      // mass of terms in no visible chunk
  nearby_missing,     // mass of the heaviest question word that unit, context and neighbours lack
  unread_missing,     // ... that no passage holds
  heaviest_idf_unit,  // the same for the unit, as idf / 8 instead of a share
  heaviest_idf_passage,
  names_missing,     // of names and numbers: what unit, context and neighbours lack
  figures_missing,   // of the question's figures: what the passage lacks
  moved_share,       // mass that the unit and context lack though the passage has it
  words_missing,     // log of the number of question words that unit and context lack
  opposite_stands,   // mass of missing words whose opposite the unit holds
  negation_differs,  // one of question and unit denies, the other does not
  question_denies,
  qualifier_missing,   // the question says first, only, last, other ...; the unit does not
  kind_is_visible,     // the question asks for something that can be seen: a date, a number
  kind_missing,        // ... and the unit shows none
  best_passage_share,  // the most of the question that one passage covers
  from_first_passage,
  passages_cover,       // mean of what the first three passages cover
  more_passages_cover,  // ... of the first ten, word for word or nearly
  best_unit_share,      // the most that one unit with its context covers
  idf_met_unit,         // the idf that the unit and context hold, / 20
  idf_met_passage,
  idf_missing_unit,  // the idf that they lack, / 20
  idf_missing_passage,
  rarest_met,  // the heaviest idf that the passage holds, / 8
  names_missing_passage,
  pairs_in_passage,  // best adjacent_pairs of a unit of the passage
  amount_missing,    // the question asks for an amount or a time, and the unit shows none
  name_missing,      // idf / 8 of the heaviest name that neither passage nor its place holds
  unheard_missing,   // ... of the heaviest word in no visible chunk that the passage lacks
  agreement,         // share of the other passages that are of the unit's document or title
  lead_of_document,  // 1 less the retrieval score of the best passage of another title
  lead_over_last,    // ... of the last passage
  told_often,        // mass of the question's words in the passage, each by how often (BM25)
  told_most_often,   // the idf so met by any passage, / 20
  idf_met_title,     // the idf that the title holds, / 20
  names_in_title,    // of the mass of names and numbers
  document_covers,   // mean of what the passages of the unit's document or title cover
  passage_length,    // log of the number of words
  confidence_feature_count
};
using ConfidenceFeatures = std::array<double, confidence_feature_count>;

ConfidenceFeatures confidence_features(const QuestionForm& form, const TermMatcher& matcher,
                                       std::span<const Unit> units, const Reading& reading,
                                       std::span<const double> scores, std::size_t best,
                                       std::span<const retrieve::Passage> passages,
                                       std::span<const index::VisibleTerm> statistics);

struct LogisticWeights {
  ConfidenceFeatures feature{};
  double bias = 0;
};

// Two questions, each with its model: do these passages speak of what is asked (against questions
// about things that the library lacks), and does the best unit answer it (against near misses).
struct ConfidenceWeights {
  LogisticWeights topic, detail;
  double even_log = 0;  // the log_evidence at which the confidence is one half
};

double topic_logit(const ConfidenceFeatures& features, const ConfidenceWeights& weights);
double detail_logit(const ConfidenceFeatures& features, const ConfidenceWeights& weights);

// The log of the product of both probabilities, the topic's logit sharpened: whoever asks about
// something absent is refused before details count.
double log_evidence(const ConfidenceFeatures& features, const ConfidenceWeights& weights);

// In [0, 1]; one half at the operating point. Taken down by 0.6 where figures of the question
// (years, versions, codes) stand nowhere in the passage or an amount is asked for and none is
// shown, and below one half where the passage speaks of another.
double confidence(const ConfidenceFeatures& features, const ConfidenceWeights& weights);

// A name of the question stands neither in the passage nor in the names of its document's place,
// or no visible document knows what a good part of the question is about.
bool speaks_of_another(const ConfidenceFeatures& features);

}  // namespace carrel::generate
