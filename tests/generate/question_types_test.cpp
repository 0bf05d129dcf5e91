// Claims: each type of question a company asks is answered by the passage that settles it, in a
// form that can be read alone. The passages are the author's own.
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "generate/engine.h"
#include "tests/generate/asking.h"

namespace carrel::generate {
namespace {

const char* const kParking =
    "Parking\n\nThe garage under the Harbour building is open from 06:30 to 22:00. Bicycles are "
    "kept "
    "on the ground floor of the annex. Nadia Osterman runs the garage and hands out passes.";
const char* const kExpenses =
    "Expense claims\n\nClaims are handed in within 30 days of the end of the journey. Claims above "
    "EUR "
    "500 are approved by the department head. Receipts are kept for seven years because the tax "
    "authority may ask for them.";
const char* const kVpn =
    "Setting up the VPN\n\nTo connect from home:\n1. Open the software centre and install the "
    "tunnel "
    "client.\n2. Sign in with your badge number.\n3. Choose the gateway nearest to you.\n4. "
    "Restart "
    "the laptop.\n\nThe client updates itself every month.";
const char* const kPerks =
    "Wellness budget\n\nYou can claim:\n- gym memberships\n- swimming lessons\n- running "
    "shoes\n\nNot "
    "covered:\n- food supplements\n- massages";
const char* const kTerms =
    "Glossary\n\nA quarantine lot is a batch that waits for its laboratory release. The lab "
    "releases "
    "lots every Tuesday and Thursday.";
const char* const kPhones =
    "Mobile contracts\n\nCountry | Provider | Monthly fee | Data\nBelgium | Telora | 18 EUR | 20 "
    "GB\n"
    "Portugal | Vozmar | 15 EUR | 35 GB\nNorway | Fjordtel | 29 EUR | 12 GB";
const char* const kDesks =
    "Standing desks are delivered within three weeks. They are ordered through the facilities "
    "form.";

std::vector<std::string> library() {
  return {kParking, kExpenses, kVpn, kPerks, kTerms, kPhones, kDesks};
}

std::string answer_to(const std::string& question) {
  return ask(question, library(), {.confidence_min = 0}).text();
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

TEST(QuestionTypes, Who) {
  const std::string text = answer_to("Who runs the garage?");
  EXPECT_TRUE(says(text, "Nadia Osterman")) << text;
}

TEST(QuestionTypes, When) {
  const std::string text = answer_to("When is the garage open?");
  EXPECT_TRUE(says(text, "06:30")) << text;
}

TEST(QuestionTypes, Where) {
  const std::string text = answer_to("Where are bicycles kept?");
  EXPECT_TRUE(says(text, "ground floor")) << text;
}

TEST(QuestionTypes, HowLong) {
  const std::string text = answer_to("How long are receipts kept?");
  EXPECT_TRUE(says(text, "seven years")) << text;
}

TEST(QuestionTypes, HowMuch) {
  const std::string text = answer_to("What is the monthly fee in Portugal?");
  EXPECT_TRUE(says(text, "15 EUR")) << text;
}

TEST(QuestionTypes, HowOften) {
  const std::string text = answer_to("How often does the lab release lots?");
  EXPECT_TRUE(says(text, "every Tuesday")) << text;
}

TEST(QuestionTypes, Why) {
  const std::string text = answer_to("Why are receipts kept?");
  EXPECT_TRUE(says(text, "tax authority")) << text;
}

TEST(QuestionTypes, Definition) {
  const std::string text = answer_to("What is a quarantine lot?");
  EXPECT_TRUE(says(text, "waits for its laboratory release")) << text;
}

// All four steps, in order, with the line that introduces them, and nothing of what follows.
TEST(QuestionTypes, HowToGivesEveryStepInOrder) {
  const Answer answer =
      ask("How do I connect to the VPN from home?", library(), {.confidence_min = 0});
  std::vector<std::string> said;
  for (const AnswerSentence& sentence : answer.sentences) said.push_back(sentence.text);
  EXPECT_EQ(said,
            (std::vector<std::string>{
                "To connect from home:", "Open the software centre and install the tunnel client.",
                "Sign in with your badge number.", "Choose the gateway nearest to you.",
                "Restart the laptop."}));
}

// The list that was asked for, whole, and not the one beside it.
TEST(QuestionTypes, AListIsGivenWholeUnderItsIntroduction) {
  const std::string text = answer_to("Which things can I claim from the wellness budget?");
  EXPECT_TRUE(says(text, "You can claim:")) << text;
  EXPECT_TRUE(says(text, "gym memberships") && says(text, "swimming lessons") &&
              says(text, "running shoes"))
      << text;
  EXPECT_FALSE(says(text, "massages")) << text;
}

// A short item says nothing without the line that forbids it.
TEST(QuestionTypes, AYesNoQuestionAboutAListItemBringsTheLineThatDecides) {
  const std::string text = answer_to("Can I claim food supplements?");
  EXPECT_TRUE(says(text, "Not covered:")) << text;
  EXPECT_TRUE(says(text, "food supplements")) << text;
}

TEST(QuestionTypes, ATableRowIsReadWithItsColumns) {
  const std::string text = answer_to("Which provider do we use in Norway?");
  EXPECT_TRUE(says(text, "Country: Norway; Provider: Fjordtel")) << text;
  EXPECT_FALSE(says(text, "Telora")) << text;
}

TEST(QuestionTypes, APronounIsReadWithWhatItStandsFor) {
  const std::string text = answer_to("Through which form are desks ordered?");
  EXPECT_TRUE(says(text, "facilities form")) << text;
  EXPECT_TRUE(says(text, "Standing desks")) << text;
}

TEST(QuestionTypes, NothingIsSaidTwice) {
  const std::string twice = std::string(kDesks) + " " + kDesks;
  const Answer answer =
      ask("When are standing desks delivered?", {twice, kDesks}, {.confidence_min = 0});
  std::set<std::string> said;
  for (const AnswerSentence& sentence : answer.sentences)
    EXPECT_TRUE(said.insert(sentence.text).second) << sentence.text;
}

}  // namespace
}  // namespace carrel::generate
