// Claims: a question asks for a kind of thing however it is put, and what is not of that kind, or
// not of the thing that is asked about, is no answer. The passages are the author's own.
#include <gtest/gtest.h>

#include "tests/generate/asking.h"

namespace carrel::generate {
namespace {

double confidence_of(const std::string& question, const std::vector<std::string>& texts) {
  return ask(question, texts, {.confidence_min = 0}).confidence;
}

const char* const kChairs =
    "A chair for your home office is ordered through the facilities form. Spend what you would "
    "spend of your own on the chair. New colleagues may claim up to $340 for it.";

TEST(AnswerShape, AVerbOfMoneyAsksForAnAmount) {
  const std::string text = answer_to("What's the most I may spend on a chair?", {kChairs});
  EXPECT_TRUE(says(text, "$340")) << text;
}

const char* const kLeaving =
    "When you quit, tell your lead two weeks ahead. Unused sick days are not paid out. Unused "
    "vacation is kept in the records when somebody leaves in March.";

TEST(AnswerShape, AQuestionWhetherIsNoQuestionWhen) {
  const std::string text = answer_to("Are my unused sick days paid out when I quit?", {kLeaving});
  EXPECT_TRUE(says(text, "are not paid out")) << text;
}

const char* const kBands =
    "Vacation\n\nVacation is earned every pay period:\n- Fewer than 3 years: 4 hours\n- Between 3 "
    "and 15 years: 6 hours\n- 15+ years: 8 hours";

// The band that holds five years, though "five" stands nowhere; the other bands are wrong answers.
TEST(AnswerShape, AnAmountInWordsIsFoundInItsRange) {
  const std::string text = answer_to(
      "I have worked here for five years. How many hours of vacation do I earn every pay period?",
      {kBands});
  EXPECT_TRUE(says(text, "6 hours")) << text;
  EXPECT_FALSE(says(text, "4 hours")) << text;
  EXPECT_FALSE(says(text, "8 hours")) << text;
}

const char* const kGlossary =
    "Glossary\n\n- RFO: Request for Offers, which the purchasing team sends out.\n- Start your RFO "
    "file early and keep the RFO number.";

TEST(AnswerShape, InitialsAreExplainedByTheWordsTheyStandFor) {
  const std::string text = answer_to("What does RFO stand for?", {kGlossary});
  EXPECT_TRUE(says(text, "Request for Offers")) << text;
}

const char* const kCards =
    "Company cards\n\nThe monthly credit limit is looked at once a year for all roles.\n\nRole | "
    "Monthly limit\nManagers and Directors | $1,000\nVice presidents | $2,500";

TEST(AnswerShape, ALimitIsReadFromItsRowAndNotFromTheLineAboveTheTable) {
  const std::string text =
      answer_to("What is the default monthly credit limit of a director?", {kCards});
  EXPECT_TRUE(says(text, "$1,000")) << text;
}

const char* const kCutOff =
    "Approved software\n\nSoftware is approved by the security team each quarter. The approved "
    "software is the following:";

TEST(AnswerShape, ALineThatOnlyIntroducesIsNoAnswer) {
  const std::string text = answer_to("Which software is approved?", {kCutOff});
  EXPECT_FALSE(says(text, "the following:")) << text;
}

const char* const kTeam =
    "The rescue team meets in the north yard when the alarm rings. People on the rescue team wear "
    "orange vests.";

TEST(AnswerShape, HowManyIsNotAnsweredWithoutANumber) {
  EXPECT_TRUE(ask("How many people are on the rescue team?", {kTeam}).abstained);
  EXPECT_FALSE(ask("How many people are on the rescue team?",
                   {std::string(kTeam) + " There are 14 people on the rescue team."})
                   .abstained);
}

const char* const kFine =
    "Whoever loses a badge reports it within 24 hours. Lost badges are blocked by the guard.";

const char* const kHotline =
    "The hotline is staffed by the compliance team. Call the hotline at 1-800-555-0100.";

// A telephone number is no time of day.
TEST(AnswerShape, HoursAreNotAnsweredWithAnyNumber) {
  EXPECT_TRUE(ask("During which hours is the hotline staffed?", {kHotline}).abstained);
}

// Leave is earned too, and it is no money.
TEST(AnswerShape, HowMuchOfSomethingIsNoMoney) {
  const Answer answer = ask("How much vacation do I earn every pay period?",
                            {"All staff earn 6 hours of vacation every pay period."});
  EXPECT_FALSE(answer.abstained);
}

// "24 hours" is an amount, but none of money.
TEST(AnswerShape, AFineIsMoneyAndNotAnyNumber) {
  EXPECT_TRUE(ask("How much is the fine for lost badges?", {kFine}).abstained);
}

const char* const kPremium =
    "The Premium plan covers up to 12 visits to a physiotherapist each year. Visits are booked on "
    "the plan's site.";

// What holds for one plan does not hold for the other.
TEST(AnswerShape, WhatIsSaidOfAnotherIsLessSure) {
  const double same =
      confidence_of("How many visits does the Premium plan cover each year?", {kPremium});
  const double other =
      confidence_of("How many visits does the Basic plan cover each year?", {kPremium});
  EXPECT_GE(same, 0.5);
  EXPECT_LT(other, 0.5);
}

// The name of the folder tells whose policy it is where the sentence does not.
TEST(AnswerShape, ANameOnTheFolderIsANameOnTheSentence) {
  const std::string question = "How many visits does Ostermann cover each year?";
  retrieve::Retrieval named = retrieval_of(question, {kPremium});
  retrieve::Retrieval other = named;
  named.passages[0].uri = "/library/ostermann-policies/visits.md";
  other.passages[0].uri = "/library/kestrel-policies/visits.md";
  const auto engine = make_extractive_engine({.confidence_min = 0});
  const double here = engine->answer(question, named, {}, CancelToken{}).confidence;
  const double there = engine->answer(question, other, {}, CancelToken{}).confidence;
  EXPECT_GT(here, 2 * there);
}

const char* const kDrones =
    "May I fly a kite over the yard? Kites may be flown over the yard on Fridays, and the guard "
    "is told before.";

TEST(AnswerShape, AThingThatNoDocumentMentionsIsNotAnsweredAbout) {
  EXPECT_TRUE(ask("May I fly a drone?", {kDrones}).abstained);
}

const char* const kSlotNote =
    "Holidays\n\nThis note is for day slots, week slots and floating slot schedules.";
const char* const kSlotKind =
    "Floating slot\n\n- As the week slot, but a schedule that may be left before ten hours.";

TEST(AnswerShape, ADefinitionUnderItsHeadingBeatsANoteThatRepeatsMoreWords) {
  const std::string question = "What is a floating slot schedule?";
  retrieve::Retrieval found = retrieval_of(question, {kSlotNote, kSlotKind});
  found.passages[1].score = 0.95;  // nearly as good a passage as the note's
  const Answer answer =
      make_extractive_engine({.confidence_min = 0})->answer(question, found, {}, CancelToken{});
  ASSERT_FALSE(answer.sentences.empty());
  EXPECT_TRUE(says(answer.sentences.front().text, "left before ten")) << answer.text();
}

const char* const kSpill =
    "Spills\n\nA spill of solvent is reported to the safety officer. Absorbent mats lie in every "
    "laboratory. The report of the spill reaches the officer within 20 minutes.";

TEST(AnswerShape, BothHalvesOfADoubleQuestionAreAnswered) {
  const std::string text = answer_to("Who is told of a spill of solvent, and when?", {kSpill});
  EXPECT_TRUE(says(text, "safety officer")) << text;
  EXPECT_TRUE(says(text, "20 minutes")) << text;
}

const char* const kOrders =
    "Orders\n\nOrders below 500 dollars need one signature. Orders above 2,500 dollars need two "
    "signatures and a stamp.";

TEST(AnswerShape, AFigureIsTheSameWithItsThousandsParted) {
  const Answer answer =
      ask("What do orders above 2500 dollars need?", {kOrders}, {.confidence_min = 0});
  ASSERT_FALSE(answer.sentences.empty());
  EXPECT_TRUE(says(answer.sentences.front().text, "two signatures")) << answer.text();
}

const char* const kLockers =
    "Can I keep a bicycle in my locker?\n\nNo! A locker holds coats, bags and shoes, and no "
    "bicycle.\n\nCan I paint my locker?\n\nYes. Your locker may be painted in any colour.";

TEST(AnswerShape, TheDocumentsOwnYesOrNoIsToldWithTheSentenceBehindIt) {
  const std::string no = answer_to("Can I keep a bicycle in my locker?", {kLockers});
  EXPECT_LT(no.find("No!"), no.find("holds coats")) << no;
  const std::string yes = answer_to("May I paint my locker?", {kLockers});
  EXPECT_LT(yes.find("Yes."), yes.find("in any colour")) << yes;
}

}  // namespace
}  // namespace carrel::generate
