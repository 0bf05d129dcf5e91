// Claim: sentences end where a reader would end them, and one of them is measured by itself, as the
// worked examples say.
#include "retrieve/sentence_match.h"

#include <string>

#include <gtest/gtest.h>

namespace carrel::retrieve {
namespace {

// How many sentences the words of a text make.
std::size_t count_sentences(const std::string& text) {
  const Analyzer analyzer;
  const std::vector<Word> words = analyzer.words(text);
  std::size_t out = words.empty() ? 0 : 1;
  for (std::size_t i = 1; i < words.size(); ++i)
    out += ends_sentence(text, words[i - 1], words[i]) ? 1 : 0;
  return out;
}

TEST(SentenceMatch, EndsSentencesAtMarksAndLines) {
  EXPECT_EQ(count_sentences("Leave is granted. It ends in May! Does it? Yes."), 4U);
  EXPECT_EQ(count_sentences("a line\nanother line"), 2U);
  EXPECT_EQ(count_sentences("休暇制度。年度休暇"), 2U);
}

TEST(SentenceMatch, NoSentenceEndsInNumbersInitialsOrAbbreviationsBeforeSmallLetters) {
  EXPECT_EQ(count_sentences("It costs 3.50 in all, i.e. most, as J. Smith of example.com says"),
            1U);
}

TEST(SentenceMatch, OverlappingPairsOfCharactersAreOneRun) {
  EXPECT_EQ(count_sentences("休暇制度. X 休暇制度"), 2U);
}

TEST(SentenceMatch, TheBestSentenceIsTheOneThatHoldsMost) {
  const std::vector<double> weights = {1, 2, 1};
  const RelatedWords::Seen none;
  SentenceMatch match(weights);
  match.see_term(0);
  match.see_other();
  match.end(none);
  match.see_term(2);
  match.see_term(1);
  match.see_term(1);
  match.end(none);
  EXPECT_DOUBLE_EQ(match.held(), 3);
  EXPECT_DOUBLE_EQ(match.first_opening(), 1);
  EXPECT_DOUBLE_EQ(match.best_opening(), 3);
  EXPECT_DOUBLE_EQ(match.dense(4), 0.75);  // 3 of 4, with no other word
}

TEST(SentenceMatch, OtherWordsThinASentence) {
  const std::vector<double> weights = {2, 2};
  SentenceMatch match(weights);
  match.see_other();
  match.see_term(0);
  for (int i = 0; i < 4; ++i) match.see_other();
  match.end({});
  EXPECT_DOUBLE_EQ(match.dense(4), 2.0 / 6);  // five others are one more term of 2
  EXPECT_DOUBLE_EQ(match.best_opening(), 0);
}

TEST(SentenceMatch, WhatIsDroppedIsNoSentence) {
  const std::vector<double> weights = {1};
  SentenceMatch match(weights);
  match.see_term(0);
  match.drop();
  match.end({});
  EXPECT_DOUBLE_EQ(match.held(), 0);
  EXPECT_DOUBLE_EQ(SentenceMatch({}).dense(0), 0);
}

}  // namespace
}  // namespace carrel::retrieve
