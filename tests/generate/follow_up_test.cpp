// Claims about questions that lean on the one before: what each should mean, as a person would say.
#include "generate/follow_up.h"

#include <gtest/gtest.h>

namespace carrel::generate {
namespace {

struct Case {
  const char* before;
  const char* question;
  const char* meant;
};

TEST(FollowUp, APartTakesThePlaceOfItsLike) {
  const Case cases[] = {
      {"How many days of annual leave do full-time staff receive?", "And for part-time staff?",
       "How many days of annual leave do part-time staff receive?"},
      {"What was the revenue of Northlight in 2024?", "what about 2023?",
       "What was the revenue of Northlight in 2023?"},
      {"What was the revenue of Northlight in 2024?", "And in 2023?",
       "What was the revenue of Northlight in 2023?"},
      {"What was the revenue in FY2024?", "and FY2023?", "What was the revenue in FY2023?"},
      {"What is the hotel limit per night in London?", "And in Paris?",
       "What is the hotel limit per night in Paris?"},
      {"What is the hotel limit per night in London?", "What about New York?",
       "What is the hotel limit per night in New York?"},
      {"What changed in version 3 of the policy?", "And version 2?",
       "What changed in version 2 of the policy?"},
      {"Who approves travel abroad?", "and for interns?",
       "Who approves travel abroad for interns?"},
      {"How much leave do staff have?", "How about interns?",
       "How much leave do staff have, interns?"},
      {"How many offices are there in London?", "And how many in Berlin?",
       "How many offices are there in Berlin?"},
      {"Wie viele Tage Urlaub haben Vollzeitkräfte?", "Und was ist mit Teilzeitkräften?",
       "Wie viele Tage Urlaub haben Teilzeitkräften?"},
      {"Was kostet ein Hotel in London?", "Und in Paris?", "Was kostet ein Hotel in Paris?"},
  };
  for (const Case& c : cases) EXPECT_EQ(carry_over(c.question, c.before), c.meant) << c.before;
}

TEST(FollowUp, APronounGivesWayToWhatTheQuestionBeforeWasAbout) {
  const Case cases[] = {
      {"How many days of annual leave do full-time staff receive?", "Who approves it?",
       "Who approves annual leave?"},
      {"What is the hotel limit per night in London?", "who approves it?",
       "Who approves the hotel limit per night in London?"},
      {"Can I carry over unused leave?", "Until when does it lapse?",
       "Until when does unused leave lapse?"},
      {"When does the annual audit begin?", "Who leads it?", "Who leads the annual audit?"},
      {"How do I report a lost laptop?", "And who replaces it?", "Who replaces a lost laptop?"},
      {"Who approves travel abroad?", "How long does that take?",
       "How long does travel abroad take?"},
      {"Which tools are approved?", "Who pays for them?", "Who pays for tools?"},
      {"What is the travel policy?", "What are its exceptions?",
       "What are the exceptions of the travel policy?"},
      {"What is the travel policy?", "Who wrote this document?",
       "Who wrote this document (the travel policy)?"},
      {"Was ist die Reiserichtlinie?", "Wer genehmigt sie?", "Wer genehmigt die Reiserichtlinie?"},
  };
  for (const Case& c : cases) EXPECT_EQ(carry_over(c.question, c.before), c.meant) << c.before;
}

TEST(FollowUp, ABareQuestionWordGetsTheSubject) {
  EXPECT_EQ(carry_over("Why?", "Can I carry over unused leave?"), "Why: unused leave?");
  EXPECT_EQ(carry_over("Since when?", "What is the hotel limit in London?"),
            "Since when: the hotel limit in London?");
}

TEST(FollowUp, WhatStandsAloneStaysAsItIs) {
  const std::string before = "What is the hotel limit per night in London?";
  for (const char* question :
       {"How many days of annual leave do full-time staff receive?",
        "Is it possible to carry over unused leave?", "How long does it take to repair a laptop?",
        "When a laptop is lost, who reports it?", "travel policy", "Who approves travel abroad?",
        "What is the rule that says so about laptops?", "Gibt es eine Kantine?",
        "And who approves travel abroad for interns?", "\"annual leave\" -parental", "?", "",
        "and"})
    EXPECT_EQ(carry_over(question, before), question);
}

TEST(FollowUp, WithoutAQuestionBeforeNothingIsCarried) {
  EXPECT_EQ(carry_over("And for part-time staff?", ""), "And for part-time staff?");
  EXPECT_EQ(carry_over("Who approves it?", "What is it?"), "Who approves it?");
}

TEST(FollowUp, ALongQuestionIsNotMadeLonger) {
  const std::string before = "What is " + std::string(2040, 'x') + "?";
  EXPECT_EQ(carry_over("And in Paris?", before), "And in Paris?");
}

TEST(FollowUp, AChainKeepsItsThread) {
  std::string meant = "How many days of annual leave do full-time staff receive?";
  meant = carry_over("And for part-time staff?", meant);
  EXPECT_EQ(meant, "How many days of annual leave do part-time staff receive?");
  meant = carry_over("Who approves it?", meant);
  EXPECT_EQ(meant, "Who approves annual leave?");
}

}  // namespace
}  // namespace carrel::generate
