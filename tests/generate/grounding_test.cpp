// Claim: a sentence is grounded only if its passage says it.
#include "generate/grounding.h"

#include <gtest/gtest.h>

namespace carrel::generate {
namespace {

TEST(IsGrounded, AcceptsVerbatimTextAcrossLineBreaks) {
  EXPECT_TRUE(is_grounded("five days may be carried", "Up to five\ndays  may be carried over."));
}

TEST(IsGrounded, RefusesAChangedWord) {
  EXPECT_FALSE(is_grounded("six days may be carried", "Up to five days may be carried over."));
  EXPECT_FALSE(is_grounded("", "Anything."));
}

TEST(IsGrounded, AcceptsATableRowMadeReadableAndNotAForeignCell) {
  const char* table = "Grade | Minimum | Maximum\nD | 42000 | 54000\nE | 52100 | 66600";
  EXPECT_TRUE(is_grounded("Grade: E; Minimum: 52100; Maximum: 66600", table));
  EXPECT_FALSE(is_grounded("Grade: E; Maximum: 99999", table));
}

}  // namespace
}  // namespace carrel::generate
