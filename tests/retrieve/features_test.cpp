// Claim: what a passage's words tell about a question is what the worked examples say.
#include "retrieve/features.h"

#include <gtest/gtest.h>

namespace carrel::retrieve {
namespace {

class Features : public ::testing::Test {
 protected:
  FeatureRow measure(const std::string& question, const std::vector<index::VisibleTerm>& terms,
                     const std::string& headings, const std::string& text) const {
    const ParsedQuery query = parse_query(question, analyzer_, QueryLimits{});
    const QuestionWords words(analyzer_, query, terms, /*average_length=*/10);
    const std::string all = headings + "\n" + text;
    FeatureRow out{};
    words.measure(all, headings.size() + 1, analyzer_.words(all), out);
    return out;
  }

  Analyzer analyzer_;
  // "annual" 1, "leave" 2, "days" 1: a mass of 4, of squares 6.
  const std::vector<index::VisibleTerm> leave_ = {
      {"annual", 9, 1.0}, {"leav", 4, 2.0}, {"dai", 9, 1.0}};
};

TEST_F(Features, CoverageIsTheShareOfTheSquaredWeightThatStandsInThePassage) {
  const FeatureRow row = measure("annual leave days", leave_, "Policy", "They leave on Monday.");
  EXPECT_FLOAT_EQ(row[kRareCoverage], 4.0F / 6.0F);  // 2^2 of 1 + 4 + 1
}

TEST_F(Features, KeywordIsBm25AsAShareOfItsCeiling) {
  // One of "leave"; four indexed words ("policy", "leave", "monday", "morning") where ten are
  // usual.
  const FeatureRow row =
      measure("annual leave days", leave_, "Policy", "They leave Monday morning.");
  const double norm = 1.2 * (1 - 0.75 + 0.75 * 4 / 10);
  EXPECT_NEAR(row[kKeyword], 2.0 * 1 / (1 + norm) / 4.0, 1e-6);
}

TEST_F(Features, ExactCountsOnlyTheInflectionThatWasAsked) {
  EXPECT_FLOAT_EQ(measure("annual leave days", leave_, "", "Leave days.")[kExact], 0.75F);
  EXPECT_FLOAT_EQ(measure("annual leave days", leave_, "", "Leaving a day.")[kExact], 0.0F);
}

TEST_F(Features, PairsCountInTheOrderOfTheQuestion) {
  EXPECT_FLOAT_EQ(measure("annual leave days", leave_, "", "annual leave days")[kOrdered], 1.0F);
  EXPECT_FLOAT_EQ(measure("annual leave days", leave_, "", "days leave annual")[kOrdered], 0.0F);
  EXPECT_FLOAT_EQ(measure("annual leave days", leave_, "", "annual x leave days")[kOrdered], 0.5F);
}

TEST_F(Features, WindowsTellScatteredFromTogether) {
  std::string apart = "annual ";
  for (int i = 0; i < 15; ++i) apart += "word ";
  apart += "leave";  // 16 words on: outside 12, inside 25
  const FeatureRow row = measure("annual leave days", leave_, "", apart);
  EXPECT_FLOAT_EQ(row[kWindowNarrow], 0.5F);
  EXPECT_FLOAT_EQ(row[kWindowWide], 0.75F);
}

TEST_F(Features, NoWindowReachesFromAHeadingIntoTheText) {
  const FeatureRow row = measure("annual leave days", leave_, "annual", "leave");
  EXPECT_FLOAT_EQ(row[kWindowNarrow], 0.5F);
  EXPECT_FLOAT_EQ(row[kExact], 0.75F);
}

TEST_F(Features, ARelatedWordStandsForOneThatIsMissing) {
  const std::vector<index::VisibleTerm> terms = {{"analyz", 4, 3.0}, {"leav", 4, 1.0}};
  EXPECT_FLOAT_EQ(measure("analyze leave", terms, "", "analysis of leave")[kRelated], 0.75F);
  EXPECT_FLOAT_EQ(measure("analyze leave", terms, "", "they analyze leave")[kRelated], 0.0F);
}

TEST_F(Features, DigitsAreHalfWhereTheQuestionHasNone) {
  EXPECT_FLOAT_EQ(measure("annual leave days", leave_, "", "leave")[kDigits], 0.5F);
  const std::vector<index::VisibleTerm> year = {{"leav", 4, 2.0}, {"2024", 4, 2.0}};
  EXPECT_FLOAT_EQ(measure("leave 2024", year, "", "leave in 2024")[kDigits], 1.0F);
  EXPECT_FLOAT_EQ(measure("leave 2024", year, "", "leave in 2023")[kDigits], 0.0F);
}

TEST_F(Features, OneSentenceIsMeasuredByItself) {
  // "days" 1 and, in the second sentence, "annual leave" 3 of 4; the heading is no sentence.
  const FeatureRow row = measure("annual leave days", leave_, "Annual leave days",
                                 "They count days. Annual leave ends. It is long.");
  EXPECT_FLOAT_EQ(row[kSentence], 0.75F);
  EXPECT_FLOAT_EQ(row[kFirstOpening], 0.0F);
  EXPECT_FLOAT_EQ(row[kBestOpening], 0.75F);
}

TEST_F(Features, ARelatedWordCountsHalfInASentence) {
  const std::vector<index::VisibleTerm> terms = {{"analyz", 4, 3.0}, {"leav", 4, 1.0}};
  const FeatureRow row = measure("analyze leave", terms, "", "The analysis of leave.");
  EXPECT_FLOAT_EQ(row[kSentence], 0.625F);  // (3 / 2 + 1) of 4
  EXPECT_FLOAT_EQ(row[kRelated], 0.75F);
}

TEST_F(Features, ANameThatIsNearlyTheOneAskedOfCounts) {
  ParsedQuery query = parse_query("days of Telnet", analyzer_, QueryLimits{});
  query.near_names.push_back({.term = "telenet", .idf = 5.0, .weight = 0.8});
  const QuestionWords words(analyzer_, query, leave_, 10);  // "days" 1, "telenet" 4
  const std::string text = "Telenet began.";
  FeatureRow row{};
  words.measure(text, 0, analyzer_.words(text), row);
  EXPECT_FLOAT_EQ(row[kSentence], 0.8F);
}

TEST_F(Features, TermsThatNoVisibleChunkHoldsCountForNothing) {
  const std::vector<index::VisibleTerm> terms = {{"leav", 4, 2.0}, {"unicorn", 0, 9.0}};
  EXPECT_FLOAT_EQ(measure("unicorn leave", terms, "", "leave")[kRareCoverage], 1.0F);
}

TEST_F(Features, APassageWithoutWordsMeasuresNothing) {
  const FeatureRow row = measure("annual leave days", leave_, "", "");
  for (const Feature f : {kKeyword, kRareCoverage, kExact, kOrdered, kWindowWide, kEarly, kSentence,
                          kDense, kFirstOpening, kBestOpening})
    EXPECT_EQ(row[f], 0.0F);
}

}  // namespace
}  // namespace carrel::retrieve
