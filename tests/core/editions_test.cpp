// Claims: every spelling of a year, a quarter, a version or a date gives one value, and what only
// looks like one gives none.
#include "core/editions.h"

#include <gtest/gtest.h>

namespace carrel {
namespace {

std::string found(std::string_view text) {
  static constexpr std::string_view kNames[] = {"y", "q", "v", "m", "d"};
  std::string out;
  for (const EditionMark& mark : find_editions(text)) {
    if (!out.empty()) out += ' ';
    out += std::string(kNames[static_cast<int>(mark.kind)]) + mark.value;
  }
  return out;
}

TEST(Editions, AFiscalYearHasManySpellings) {
  for (const char* text : {"FY23", "fy 2023", "FY'23", "FY2023", "fiscal 2023", "fiscal year 2023",
                           "Fiscal Year 23", "financial year 2023", "the 2023 report", "AR_2023"})
    EXPECT_EQ(found(text), "y2023") << text;
  EXPECT_EQ(found("FY2023/24"), "y2023 y2024");
  EXPECT_EQ(found("2023-24"), "y2023 y2024");
  EXPECT_EQ(found("Strategy 2023-2025"), "y2023 y2024 y2025");
}

TEST(Editions, ADateGivesItsDayMonthAndYear) {
  for (const char* text :
       {"2024-03-01", "2024_03_01", "20240301", "1 March 2024", "1st of March, 2024",
        "March 1, 2024", "March 1st, 2024", "Mar 1 2024", "01.03.2024", "minutes-2024-03-01"})
    EXPECT_EQ(found(text), "d2024-03-01 m2024-03 y2024") << text;
  for (const char* text : {"March 2024", "Mar. 2024", "2024-03", "march of 2024"})
    EXPECT_EQ(found(text), "m2024-03 y2024") << text;
  EXPECT_EQ(found("03/04/2024"), "d2024-04-03 m2024-04 y2024 d2024-03-04 m2024-03 y2024");
  EXPECT_EQ(found("25/12/2024"), "d2024-12-25 m2024-12 y2024");
}

TEST(Editions, QuartersAndVersions) {
  for (const char* text : {"Q3", "q3", "third quarter", "3rd quarter"})
    EXPECT_EQ(found(text), "q3") << text;
  EXPECT_EQ(found("3Q23"), "q3 y2023");
  EXPECT_EQ(found("Q3FY23"), "q3 y2023");
  for (const char* text : {"v3.2", "V3.2", "version 3.2", "ver. 3.2", "rev 3.2", "v3.2.0"})
    EXPECT_EQ(found(text), "v3.2") << text;
  EXPECT_EQ(found("policy v3"), "v3");
  EXPECT_EQ(found("version 3.0"), "v3");
}

TEST(Editions, WhatOnlyLooksLikeAYearIsNone) {
  for (const char* text :
       {"EUR 2,023", "2,023.5 tonnes", "EUR 2023", "$2023", "order 20231", "1850", "2123",
        "call 0032 2023.55", "Q5", "a v of 3", "may 3", "99999999"})
    EXPECT_EQ(found(text), "") << text;
}

TEST(Editions, SpansAreThoseOfTheWords) {
  const std::string text = "In fiscal year 2023, profits";
  const auto marks = find_editions(text);
  ASSERT_EQ(marks.size(), 1U);
  EXPECT_EQ(text.substr(marks[0].span.begin, marks[0].span.size()), "fiscal year 2023");
  EXPECT_TRUE(marks[0].is_fiscal);
}

}  // namespace
}  // namespace carrel
