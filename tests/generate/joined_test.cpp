// Claims: a list, steps or a sentence that leans on the one before is told whole though the border
// of a chunk cuts it, each part cited to where it stands; a list within a list is told with the
// item that introduces it. The passages are the author's own.
#include <gtest/gtest.h>

#include "tests/generate/asking.h"

namespace carrel::generate {
namespace {

const char* const kFirst =
    "Lost badges\n\nTo replace a lost badge:\n1. Call the porter.\n2. Fill in the yellow form.";
const char* const kSecond = "3. Hand the form to gate four.\n4. Collect the new badge on Friday.";

// Passages of one document, each beginning where the one before ends; all but the first only
// continue it.
retrieve::Retrieval cut_document(const std::string& question,
                                 const std::vector<std::string>& texts) {
  retrieve::Retrieval out = retrieval_of(question, texts);
  std::size_t at = 100;
  for (retrieve::Passage& passage : out.passages) {
    passage.document = {1};
    passage.continues = at != 100;
    passage.span = {at, at + passage.text.size()};
    at = passage.span.end + 1;
  }
  return out;
}

Answer answer_to(const std::string& question, const retrieve::Retrieval& found) {
  return make_extractive_engine({.confidence_min = 0})->answer(question, found, {}, CancelToken{});
}

std::vector<std::string> said(const Answer& answer) {
  std::vector<std::string> out;
  for (const AnswerSentence& sentence : answer.sentences)
    out.push_back(sentence.text + " " + std::to_string(sentence.citations.front()));
  return out;
}

TEST(Joined, StepsThatTheBorderCutsAreToldInOrderAndCitedToBothPlaces) {
  const std::string question = "How do I replace a lost badge?";
  const Answer answer = answer_to(question, cut_document(question, {kFirst, kSecond}));
  EXPECT_EQ(said(answer),
            (std::vector<std::string>{"To replace a lost badge: 1", "Call the porter. 1",
                                      "Fill in the yellow form. 1", "Hand the form to gate four. 2",
                                      "Collect the new badge on Friday. 2"}));
  ASSERT_EQ(answer.citations.size(), 2U);
  EXPECT_EQ(answer.citations[1].quote,
            "Hand the form to gate four.\n4. Collect the new badge on Friday.");
}

TEST(Joined, WhatTheChunksOverlapByIsToldOnce) {
  const std::string question = "How do I replace a lost badge?";
  const std::string overlap = "2. Fill in the yellow form.";
  retrieve::Retrieval found = cut_document(question, {kFirst, overlap + "\n" + kSecond});
  found.passages[1].span.begin = found.passages[0].span.end - overlap.size();
  found.passages[1].span.end = found.passages[1].span.begin + found.passages[1].text.size();
  EXPECT_EQ(said(answer_to(question, found)).size(), 5U);
}

TEST(Joined, AnotherDocumentIsNoContinuation) {
  const std::string question = "How do I replace a lost badge?";
  retrieve::Retrieval found = cut_document(question, {kFirst, kSecond});
  found.passages[1].document = {2};
  EXPECT_EQ(said(answer_to(question, found)).size(), 3U);
}

TEST(Joined, ASentenceThatLeansOnTheLastOfAChunkFollowsIt) {
  const std::string question = "When is the boiler serviced?";
  const Answer answer = answer_to(
      question, cut_document(question, {"The boiler is serviced in May.",
                                        "It must be cold for that, so warn the tenants."}));
  EXPECT_EQ(said(answer),
            (std::vector<std::string>{"The boiler is serviced in May. 1",
                                      "It must be cold for that, so warn the tenants. 2"}));
}

const char* const kLeadTimes =
    "Approval of travel\n\nRequests are handed in early.\n\n- Two weeks in advance for:\n- Trips "
    "within the country\n- Day visits\n- Six weeks in advance for:\n- Trips overseas\n- Trade "
    "fairs";

TEST(Joined, AnItemIsToldWithTheItemThatIntroducesIt) {
  const std::string text =
      ask("How early do I ask for approval of trips overseas?", {kLeadTimes}, {.confidence_min = 0})
          .text();
  EXPECT_NE(text.find("Six weeks in advance for:"), std::string::npos) << text;
  EXPECT_NE(text.find("Trips overseas"), std::string::npos) << text;
  EXPECT_EQ(text.find("Day visits"), std::string::npos) << text;
}

}  // namespace
}  // namespace carrel::generate
