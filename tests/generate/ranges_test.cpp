// Claim: an amount is found in the range that holds it, however the range is written.
#include "generate/ranges.h"

#include <gtest/gtest.h>

namespace carrel::generate {
namespace {

bool holds(std::string_view text, double amount) {
  const Analyzer analyzer;
  for (const AmountRange& range : amount_ranges(text, analyzer.words(text)))
    if (range.holds(amount)) return true;
  return false;
}

TEST(AmountRanges, AreReadHoweverTheyAreWritten) {
  EXPECT_TRUE(holds("5,000 to 25,000 | head of department", 20000));
  EXPECT_TRUE(holds("between 5 and 10 days", 7));
  EXPECT_TRUE(holds("10-19 licences", 12));
  EXPECT_TRUE(holds("up to 500", 120));
  EXPECT_TRUE(holds("Orders above EUR 150,000", 200000));
  EXPECT_TRUE(holds("more than 8 people", 9));
  EXPECT_TRUE(holds("15+ years: 8 hours", 20));
  EXPECT_TRUE(holds("fewer than three years", 2));
}

TEST(AmountRanges, HoldNothingBeyondTheirBounds) {
  EXPECT_FALSE(holds("5,000 to 25,000 | two", 30000));
  EXPECT_FALSE(holds("up to 500", 501));
  EXPECT_FALSE(holds("The lamp weighs 17 kg and costs 4,150 EUR.", 20));
}

TEST(AmountRanges, YearsAndCodesAreNoAmounts) {
  EXPECT_FALSE(amount_of("2024"));
  EXPECT_FALSE(amount_of("e11"));
  EXPECT_EQ(amount_of("20000"), 20000);
  EXPECT_EQ(amount_of("five"), 5);
}

}  // namespace
}  // namespace carrel::generate
