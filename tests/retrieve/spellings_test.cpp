// Claim: a number, a date, a unit or a compound is searched under its other spellings too.
#include "retrieve/spellings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/random.h"
#include "tests/support/testing.h"

namespace carrel::retrieve {
namespace {

bool brings(const std::string& question, const std::string& word) {
  static const Analyzer analyzer;
  const std::string term = analyzer.words(word).front().term;
  const auto terms = other_spellings(analyzer, question);
  return std::any_of(terms.begin(), terms.end(),
                     [&](const index::QueryTerm& one) { return one.term == term; });
}

TEST(OtherSpellings, OfNumbers) {
  EXPECT_TRUE(brings("a limit of 1 000 euros", "1000"));
  EXPECT_TRUE(brings("a limit of 1'250'000", "1250000"));
  EXPECT_TRUE(brings("revenue of 1.5 million", "1500000"));
  EXPECT_TRUE(brings("revenue of 1500000", "1.5"));
  EXPECT_TRUE(brings("revenue of 1,500,000", "million"));
  EXPECT_FALSE(brings("rooms 12 45", "1245"));
  EXPECT_FALSE(brings("7 000000", "7000000"));
}

TEST(OtherSpellings, OfDatesAndFiscalYears) {
  EXPECT_TRUE(brings("revenue in FY24", "2024"));
  EXPECT_TRUE(brings("revenue in fiscal year 2024", "fy24"));
  EXPECT_TRUE(brings("since 2024-03-01", "March"));
  EXPECT_TRUE(brings("since 1st March, 2024", "03"));
  EXPECT_FALSE(brings("revenue in 2024", "fy24"));
}

TEST(OtherSpellings, OfUnitsAndCompounds) {
  EXPECT_TRUE(brings("rate per km", "kilometre"));
  EXPECT_TRUE(brings("rate per kilometre", "km"));
  EXPECT_TRUE(brings("more than \u20AC50", "EUR"));
  EXPECT_TRUE(brings("rise of 5%", "percent"));
  EXPECT_TRUE(brings("part-time work", "parttime"));
  EXPECT_TRUE(brings("send an e-mail", "email"));
  EXPECT_FALSE(brings("2024-03", "202403"));
}

TEST(OtherSpellings, StayFewAndLightForAnyBytes) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  const Analyzer analyzer;
  const std::vector<std::string> pieces = {"1",  "000", " ",  "-", "'",   "million", "fy", "2024",
                                           "km", "%",   ",",  ".", "e",   "\u20AC",  "q",  "3",
                                           "v",  "may", "31", "/", "999", "\u00A0"};
  for (int round = 0; round < testing::test_runs(300); ++round) {
    std::string question;
    for (std::uint64_t i = rng.below(300); i > 0; --i) question += pieces[rng.below(pieces.size())];
    const auto terms = other_spellings(analyzer, question);
    EXPECT_LE(terms.size(), 32U);
    for (const index::QueryTerm& term : terms) EXPECT_LT(term.weight, 1.0);
  }
}

}  // namespace
}  // namespace carrel::retrieve
