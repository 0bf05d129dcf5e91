// Claims: a question for steps or for several things is answered by the whole list under the line
// or heading that announces it, however many sentences an item has and however the question is put.
// The passages are the author's own.
#include <gtest/gtest.h>

#include "tests/generate/asking.h"

namespace carrel::generate {
namespace {

// Whether the texts stand in `text`, one behind the other.
bool says_in_order(const std::string& text, const std::vector<std::string>& all) {
  std::size_t at = 0;
  for (const std::string& one : all) {
    at = text.find(one, at);
    if (at == std::string::npos) return false;
    at += one.size();
  }
  return true;
}

const char* const kStamps =
    "Rubber stamps\n\nTo order a rubber stamp:\n"
    "1. Open the stamp shop on the intranet. Sign in with your badge.\n"
    "2. Draw the stamp. The shop shows a proof of it.\n"
    "3. Send the proof to the registry. It arrives within a week.\n\n"
    "The registry keeps a rubber stamp of every department in the order of their numbers.";

TEST(AnswerLists, AStepOfSeveralSentencesIsToldWithAllOfThem) {
  const std::string text = answer_to("How do I order a rubber stamp?", {kStamps});
  EXPECT_TRUE(says_in_order(text, {"Open the stamp shop", "Sign in with your badge",
                                   "Draw the stamp", "shows a proof", "Send the proof", "a week"}))
      << text;
}

const char* const kAlarms =
    "Alarms are sorted into the following classes:\n"
    "- Notices: nothing is lost yet. Examples:\n"
    "- a door that was left open\n- a lamp that flickers\n"
    "- Warnings: something may be lost soon. Examples:\n"
    "- a pump that runs hot\n- a filter that is full\n"
    "- Emergencies: something is being lost. Examples:\n"
    "- a leak in the cellar\n- smoke in the archive";

TEST(AnswerLists, ExamplesOfOneItemDoNotEndTheList) {
  const std::string text = answer_to("Into which classes are alarms sorted?", {kAlarms});
  EXPECT_TRUE(says_in_order(text, {"the following classes", "Notices", "Warnings", "Emergencies"}))
      << text;
}

const char* const kBicycles =
    "Company bicycles\n\nThis page tells how to give back a company bicycle and how to get one.\n\n"
    "Giving back a company bicycle\n\n"
    "- Write to the fleet desk\n- Hand the key to the porter\n- Sign the form at the gate\n\n"
    "Getting one\n\n- Ask your lead\n- Choose a colour";

TEST(AnswerLists, StepsUnderAHeadingThatSaysTheSameBeatALineThatMentionsThem) {
  const std::string text = answer_to("How do I give back my company bicycle?", {kBicycles});
  EXPECT_TRUE(says_in_order(
      text, {"Write to the fleet desk", "Hand the key to the porter", "Sign the form"}))
      << text;
  EXPECT_FALSE(says(text, "Choose a colour")) << text;
}

TEST(AnswerLists, WhatNowAsksForSteps) {
  const std::string text =
      answer_to("I lost my company bicycle key, what now?",
                {"If you lose the key of a company bicycle:\n- Tell the porter\n- Lock the bicycle "
                 "with a chain\n- Fetch the spare key on the next morning",
                 "The key of a company bicycle has a number."});
  EXPECT_TRUE(says_in_order(text, {"Tell the porter", "with a chain", "spare key"})) << text;
}

TEST(AnswerLists, WhatHasToBeInSomethingAsksForAllOfIt) {
  const char* const certificate =
      "The accident certificate is sent within a day. The accident certificate must include:\n"
      "- the hour of the accident\n- the name of the witness\n- the number of the machine";
  for (const char* const question : {"What has to be in the accident certificate?",
                                     "What must the accident certificate contain?"}) {
    const std::string text = answer_to(question, {certificate});
    EXPECT_TRUE(says_in_order(text, {"the hour", "the name", "the number"})) << text;
  }
}

TEST(AnswerLists, WhatDoesSomethingMeanIsNoQuestionForSeveral) {
  const std::string text = answer_to(
      "What does the red lamp mean?",
      {"The red lamp means that the press is hot. The lamps mean:\n- green lamp: ready\n- red "
       "lamp: the press is hot\n- blue lamp: no paper"});
  EXPECT_FALSE(says(text, "no paper")) << text;
}

// Only the case is set by "when": the law is asked for, and no time.
TEST(AnswerLists, AQuestionThatBeginsWithItsCaseAsksForWhatItAsks) {
  const std::string text = answer_to(
      "When a parcel is damaged, who pays for it?",
      {"A damaged parcel is paid for by the Carrier Fund. A damaged parcel is reported within 3 "
       "days."});
  EXPECT_TRUE(says(text, "Carrier Fund")) << text;
}

}  // namespace
}  // namespace carrel::generate
