// generate/unit_features.h
//
// What can be said of each unit as an answer to the question, in numbers that a person can check.
// The ranker (unit_score) and the confidence (confidence.h) are models over these; the weights of
// both stand in unit_weights.h and are fitted by bench/answer_fit.
//
// Any thread; pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "generate/question_form.h"
#include "generate/term_match.h"
#include "generate/units.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

// Shares are of the question's idf mass and lie in [0, 1]. "Nearly" is near_words.h's.
enum UnitFeature : std::size_t {
  exactly_covered,       // by the unit's own words
  nearly_covered,        // exactly or nearly
  covered_with_context,  // or by heading, list introduction, column names, title
  covered_nearby,        // or by the sentences before and after
  covered_by_passage,    // by the whole passage with title and section
  covered_locally,       // nearly_covered, each word weighed by its rarity among these units
  adjacent_pairs,        // neighbouring question words that stand close together here
  in_order,              // of the longest run of question words in the question's order
  dense_window,          // the most within twelve words
  names_in_unit,         // of the mass of names and numbers: in the unit or its context
  names_in_passage,
  focus_met,           // of the words that name what is asked for: in the unit or its context
  kind_shown,          // the surest place for an answer of the kind asked for; 0..1
  kind_shown_covered,  // the same times covered_with_context
  kind_near,           // the best place, by how near the question's words stand to it
  passage_first,       // 1 / rank of the passage
  passage_score,       // its retrieval score over the best passage's
  is_short,            // fewer than five words
  length,              // log of the number of words, / 4
  new_words,           // log of the number of content words that the question did not say, / 4
  is_question,         // ends in a question mark: asks, and does not answer
  leans_back,
  opens_passage,
  rarest_missing,       // mass of the heaviest question word that the passage lacks
  unit_rarest_missing,  // ... that the unit and its context lack
  unit_feature_count
};
using UnitFeatures = std::array<double, unit_feature_count>;

// A kind_shown below this shows nothing: "after" may be when, but no number is near.
inline constexpr double kKindSeen = 0.3;

// What was read besides, for the confidence.
struct UnitReading {
  UnitFeatures features{};
  Degrees with_context{};        // of the question's terms: in the unit and its context
  Degrees nearby{};              // ... and its neighbours
  double opposed = 0;            // mass of missing terms whose opposite stands in the unit
  bool is_out_of_range = false;  // gives ranges, and an amount of the question lies in none
  double heading_fit = 0;        // how far question and nearest heading say the same; 0..1
};

struct PassageReading {
  Degrees whole{};    // of the question's terms: in text, section and title
  Degrees located{};  // ... or in the names of collection, folders and file
  Degrees title{};    // in the title alone
  Degrees counts{};   // how often each stands in text and title, near words by their degree
};

struct Reading {
  std::vector<UnitReading> units;
  std::vector<PassageReading> passages;
};

Reading read_units(const QuestionForm& form, TermMatcher& matcher, std::span<const Unit> units,
                   std::span<const retrieve::Passage> passages, LanguageWords& reader);

// The weighted sum.
double unit_score(const UnitFeatures& features, const UnitFeatures& weights);

}  // namespace carrel::generate
