// generate/unit_scores.h
//
// How well each unit answers a question, and how sure one may be that the best one does.
//
// Two small linear models over features that a person can check: a ranker of units and a logistic
// confidence. Their weights were fitted offline (see unit_weights.h). Any thread; pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "generate/question_form.h"
#include "generate/units.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

// Shares are of the question's idf mass and lie in [0, 1].
enum UnitFeature : std::size_t {
  covered_by_unit,       // by the unit's own words
  covered_with_context,  // or by heading, list introduction, column names, title
  covered_nearby,        // or by the sentences before and after
  covered_by_passage,    // by the whole passage with title and section
  adjacent_pairs,        // neighbouring question words that stand close together here
  names_in_unit,         // of the mass of names and numbers: in the unit or its context
  names_in_passage,
  shows_type,          // holds the kind of thing that is asked for; 0 or 1
  shows_type_covered,  // the same times covered_with_context
  passage_first,       // 1 / rank of the passage
  passage_score,       // its retrieval score over the best passage's
  is_short,            // fewer than five words
  length,              // log of the number of words, / 4
  is_row,
  is_question,  // ends in a question mark: asks, and does not answer
  leans_back,
  rarest_missing,  // mass of the heaviest question word that the passage lacks
  unit_feature_count
};
using UnitFeatures = std::array<double, unit_feature_count>;

std::vector<UnitFeatures> unit_features(const QuestionForm& form, std::span<const Unit> units,
                                        std::span<const retrieve::Passage> passages,
                                        const Analyzer& analyzer);

double unit_score(const UnitFeatures& features);

// The confidence's inputs: the best unit's features, and how it stands to the others.
enum ConfidenceFeature : std::size_t {
  best_score = unit_feature_count,
  lead_over_second,       // its score less the best one's of another passage
  question_length,        // log of the number of question terms
  unknown_share,          // mass of terms in no visible chunk
  unit_rarest_missing,    // mass of the heaviest question word that the best unit and its context
                          // lack
  nearby_rarest_missing,  // ... that its neighbours lack too
  names_missing,          // mass of names and numbers that unit, context and neighbours lack
  negation_differs,       // one of question and unit denies, the other does not
  qualifier_missing,      // the question says first, only, last, other ...; the unit does not
  confidence_feature_count
};
using ConfidenceFeatures = std::array<double, confidence_feature_count>;

ConfidenceFeatures confidence_features(const QuestionForm& form, std::span<const Unit> units,
                                       std::span<const UnitFeatures> features,
                                       std::span<const double> scores, std::size_t best,
                                       std::span<const retrieve::Passage> passages,
                                       std::span<const index::VisibleTerm> statistics,
                                       const Analyzer& analyzer);

// In [0, 1]. Calibrated where half of the questions have no answer, then moved to a library where
// most do; see unit_weights.h.
double confidence(const ConfidenceFeatures& features);

}  // namespace carrel::generate
