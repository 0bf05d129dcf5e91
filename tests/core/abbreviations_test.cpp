// Claims: what a text explains of its abbreviations is found on either side of the parenthesis, as
// Schwartz and Hearst (2003) define it, and other parentheses are left alone.
#include "core/abbreviations.h"

#include <gtest/gtest.h>

namespace carrel {
namespace {

std::string found(std::string_view text) {
  std::string out;
  for (const Abbreviation& one : find_abbreviations(text))
    out += (out.empty() ? "" : "; ") + one.short_form + " = " + one.long_form;
  return out;
}

TEST(Abbreviations, AreExplainedOnEitherSide) {
  EXPECT_EQ(found("Employees receive paid time off (PTO) each year."), "PTO = paid time off");
  EXPECT_EQ(found("PTO (paid time off) is agreed with the manager."), "PTO = paid time off");
  EXPECT_EQ(found("the Data Protection Officer (DPO, see below)"), "DPO = Data Protection Officer");
  // The source's own example.
  EXPECT_EQ(found("bound to heat shock transcription factor (HSF)"),
            "HSF = heat shock transcription factor");
}

TEST(Abbreviations, SpanLinesAndKeepToTheirClause) {
  EXPECT_EQ(found("The board met. service level\nagreement (SLA)"), "");
  EXPECT_EQ(found("a service level agreement (SLA) and a key performance indicator (KPI)"),
            "SLA = service level agreement; KPI = key performance indicator");
}

TEST(Abbreviations, OtherParenthesesAreNone) {
  for (const char* text : {"revenue (2023)", "the report (see annex)", "Ghent (Belgium)", "(PTO)",
                           "costs rose (EUR 4 million)", "we like cats (NASA)", "open (", "a (B"})
    EXPECT_EQ(found(text), "") << text;
}

TEST(Abbreviations, AreBoundedOnHostileText) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "a b c (ABC) ((((";
  EXPECT_LE(find_abbreviations(text).size(), 64U);
  EXPECT_EQ(find_abbreviations(std::string(200'000, '(')).size(), 0U);
}

}  // namespace
}  // namespace carrel
