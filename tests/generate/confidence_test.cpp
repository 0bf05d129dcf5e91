// Claims: what is said again and again counts for more than what is mentioned, and a title that
// names the matter counts; what speaks of another is refused, yet keeps its order. Worked by hand.
#include "generate/confidence.h"

#include <gtest/gtest.h>

#include "generate/considered.h"
#include "generate/unit_weights.h"
#include "tests/generate/asking.h"

namespace carrel::generate {
namespace {

ConfidenceFeatures evidence_of(const std::string& question, const std::string& text,
                               const std::string& title = "") {
  retrieve::Retrieval found = retrieval_of(question, {text});
  found.passages.front().title = title;
  const Analyzer analyzer;
  return consider(question, found, kUnitWeights, analyzer).evidence;
}

// 2.2 n / (n + 1.2) of the question's only word: 1 for once, 11/7 for three times.
TEST(Confidence, WhatIsSaidOftenCountsForMoreThanAMention) {
  const std::string question = "Where are herons?";
  EXPECT_NEAR(evidence_of(question, "A pond has herons.")[told_often], 1, 1e-6);
  EXPECT_NEAR(evidence_of(question, "Herons nest here. Herons fish. Herons sleep.")[told_often],
              11.0 / 7, 1e-6);
}

TEST(Confidence, ATitleThatNamesTheMatterCounts) {
  const std::string question = "Where do Herons nest?", text = "Herons nest in the reeds.";
  const auto titled = evidence_of(question, text, "Herons");
  const auto other = evidence_of(question, text, "Ponds");
  EXPECT_EQ(titled[names_in_title], 1);
  EXPECT_EQ(other[names_in_title], 0);
  EXPECT_GT(titled[idf_met_title], other[idf_met_title]);
}

TEST(Confidence, TheInitialsOfACountryAreNoMissingName) {
  const auto evidence = evidence_of("How many herons nest in the U.S.?",
                                    "Some 40,000 herons nest in the United States.");
  EXPECT_EQ(evidence[name_missing], 0);
  EXPECT_GT(
      evidence_of("How many herons nest in pond E?", "40 herons nest in pond F.")[name_missing], 0);
}

TEST(Confidence, WhatSpeaksOfAnotherIsRefusedInTheOrderOfItsEvidence) {
  const std::string text =
      "The Premium plan covers up to 12 visits to a physiotherapist each year.";
  const auto asked = [&](const std::string& question) {
    return confidence(evidence_of(question, text), kConfidenceWeights);
  };
  const double near =
      asked("How many visits to a physiotherapist does the Basic plan cover each year?");
  const double far = asked("How many flights does the Basic crew fly?");
  EXPECT_LT(near, 0.5);
  EXPECT_LT(far, near);
}

}  // namespace
}  // namespace carrel::generate
