// Claims: the extractive engine finds the fact, the row, the item that answers; says nothing that
// its passages do not; and abstains in the same words whatever the reason.
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "core/text.h"
#include "core/utf8.h"
#include "generate/engine.h"
#include "tests/generate/asking.h"
#include "tests/support/testing.h"

namespace carrel::generate {
namespace {

const char* const kLeave =
    "Full-time employees in Ghent receive 25 days of annual leave per calendar year. Colleagues in "
    "Maia receive 24 days and colleagues in Leeds 26 days.\n\nUp to five unused days may be "
    "carried "
    "into the next year. They must be taken by 31 March, after which they lapse without payment.";
const char* const kSalary =
    "Salary bands\n\nGrade | Minimum | Maximum\nD | 42000 | 54000\nE | 52100 | 66600\nF | 63000 | "
    "81000";
const char* const kUsb =
    "USB sticks that did not come from the service desk may not be plugged into a company "
    "computer. "
    "Lost laptops are reported to the service desk on extension 4711 at once.";
const char* const kQueue =
    "Alert queue_dropped\n\nWhen the alert queue_dropped fires:\n1. Pull the queue with llctl "
    "queue "
    "pull.\n2. Open an incident.\n3. Tell the customer.";

TEST(Extractive, AnswersHowManyWithTheSentenceThatCounts) {
  const Answer answer =
      ask("How many days of annual leave do employees in Ghent get?", {kUsb, kLeave});
  ASSERT_FALSE(answer.abstained);
  EXPECT_NE(answer.text().find("25 days"), std::string::npos) << answer.text();
  ASSERT_EQ(answer.citations.size(), 1U);
  EXPECT_EQ(answer.citations[0].n, 2);
  EXPECT_EQ(answer.citations[0].uri, "doc2");
}

TEST(Extractive, QuotesTheDocumentsOwnBytes) {
  const Answer answer = ask("How many days of annual leave do employees in Ghent get?", {kLeave});
  ASSERT_FALSE(answer.citations.empty());
  const Citation& cited = answer.citations[0];
  EXPECT_EQ(std::string(kLeave).substr(cited.span.begin - 100, cited.span.size()), cited.quote);
}

TEST(Extractive, BringsTheSentenceThatAPronounLeansOn) {
  const Answer answer =
      ask("By when must unused leave days carried into the next year be taken?", {kLeave});
  const std::string text = answer.text();
  EXPECT_NE(text.find("31 March"), std::string::npos) << text;
  EXPECT_NE(text.find("five unused days"), std::string::npos) << text;
}

TEST(Extractive, AnswersFromATableRowWithItsColumnNames) {
  const Answer answer = ask("What is the maximum salary of grade E?", {kSalary, kLeave});
  ASSERT_FALSE(answer.abstained);
  EXPECT_NE(answer.text().find("Grade: E; Minimum: 52100; Maximum: 66600"), std::string::npos)
      << answer.text();
}

TEST(Extractive, AnswersYesOrNoWithTheRule) {
  const Answer answer = ask("May I plug a USB stick into a company computer?", {kUsb, kLeave});
  EXPECT_NE(answer.text().find("may not be plugged"), std::string::npos) << answer.text();
}

TEST(Extractive, FollowsAListForSteps) {
  const Answer answer = ask("How do I pull the queue when queue_dropped fires?", {kQueue, kUsb});
  EXPECT_NE(answer.text().find("llctl queue pull"), std::string::npos) << answer.text();
  EXPECT_EQ(answer.text().find("1. "), std::string::npos) << answer.text();
}

TEST(Extractive, AnswersWithWhatFollowsAQuestionOrAnEchoInTheText) {
  const Answer answer =
      ask("Whom do I call when I have lost my laptop?",
          {"Lost laptop.\n\nLost a laptop? Call the service desk on extension 4711 at "
           "once, day or night.",
           kLeave});
  EXPECT_NE(answer.text().find("4711"), std::string::npos) << answer.text();
}

// Who asks for another year or another model than the passage speaks of is less sure to be
// answered.
TEST(Extractive, IsLessSureWhereAFigureOfTheQuestionIsNotMet) {
  const auto confidence = [](const std::string& question) {
    const auto engine = make_extractive_engine({.confidence_min = 0});
    return engine->answer(question, retrieval_of(question, {kLeave, kUsb}), nullptr, CancelToken{})
        .confidence;
  };
  const double met = confidence("Do employees in Ghent receive 25 days of annual leave?");
  const double unmet = confidence("Do employees in Ghent receive 40 days of annual leave?");
  EXPECT_LT(unmet, 0.5 * met);
}

TEST(Extractive, AbstainsInTheSameWordsWhateverTheReason) {
  const Answer nothing = ask("Which songs were played at the summer party?", {});
  const Answer elsewhere = ask("Which songs were played at the summer party?", {kLeave, kUsb});
  EXPECT_TRUE(nothing.abstained);
  EXPECT_TRUE(elsewhere.abstained);
  EXPECT_EQ(nothing.text(), elsewhere.text());
  EXPECT_EQ(nothing.text(), kAbstention);
  EXPECT_TRUE(elsewhere.sentences.empty());
  EXPECT_TRUE(elsewhere.citations.empty());
}

TEST(Extractive, HandsOutEachSentenceInOrder) {
  std::vector<std::string> streamed;
  const std::string question = "How many days of annual leave do employees in Ghent get?";
  const Answer answer = make_extractive_engine({})->answer(
      question, retrieval_of(question, {kLeave}),
      [&](const AnswerSentence& sentence) { streamed.push_back(sentence.text); }, CancelToken{});
  std::vector<std::string> all;
  for (const AnswerSentence& sentence : answer.sentences) all.push_back(sentence.text);
  EXPECT_EQ(streamed, all);
  EXPECT_FALSE(all.empty());
}

// The value of a string field in one line of JSON whose escapes do not matter here.
std::string field(const std::string& line, const std::string& name) {
  const std::string mark = "\"" + name + "\": \"";
  const std::size_t begin = line.find(mark);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + mark.size();
  std::size_t end = from;
  while (end < line.size() && (line[end] != '"' || line[end - 1] == '\\')) ++end;
  return line.substr(from, end - from);
}

TEST(Extractive, EverySentenceStandsInThePassageItCites) {
  CARREL_NEED_SHARED(collection, "collections/squad2-dev-visible");
  std::map<std::string, std::string> paragraphs;
  std::ifstream corpus(collection / "corpus.jsonl");
  for (std::string line; std::getline(corpus, line);)
    paragraphs[field(line, "_id")] = field(line, "text");
  std::ifstream questions(collection / "queries.jsonl");
  ExtractiveOptions always;
  always.confidence_min = 0;
  int answered = 0;
  for (std::string line; answered < testing::test_runs(300) && std::getline(questions, line);) {
    const std::string& passage = paragraphs[field(line, "paragraph")];
    const std::string question = field(line, "text");
    if (passage.empty() || trim(question).empty()) continue;
    const Answer answer = ask(question, {passage}, always);
    ++answered;
    for (const AnswerSentence& sentence : answer.sentences) {
      EXPECT_EQ(sentence.citations, std::vector<int>{1});
      EXPECT_NE(collapse_whitespace(passage).find(sentence.text), std::string::npos)
          << sentence.text;
    }
  }
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace carrel::generate
