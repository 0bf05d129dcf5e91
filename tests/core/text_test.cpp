// Claim: postings, encoder and questions see the same words, whatever the script or punctuation.
#include "core/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/utf8.h"

namespace carrel {
namespace {

std::vector<std::string> terms(std::string_view text) {
  std::vector<std::string> out;
  for (const Word& word : Analyzer().words(text)) out.push_back(word.term);
  return out;
}

std::vector<std::string> sentence_texts(std::string_view text) {
  std::vector<std::string> out;
  for (const ByteRange& s : sentences(text)) out.emplace_back(text.substr(s.begin, s.size()));
  return out;
}

using ::testing::ElementsAre;

TEST(Analyzer, FoldsAndStems) {
  EXPECT_THAT(terms("The Policies' RESULTS"), ElementsAre("the", "polici", "result"));
  EXPECT_THAT(terms("Caf\u00e9 \uff21\uff22"), ElementsAre("cafe", "ab"));
}

TEST(Analyzer, KeepsNumbersWhole) {
  EXPECT_THAT(terms("1,250.50 EUR in 2024."), ElementsAre("1250.50", "eur", "in", "2024"));
}

TEST(Analyzer, DropsApostrophesOfPossessivesAndNegations) {
  EXPECT_THAT(terms("company\u2019s employee's don't"), ElementsAre("compani", "employe", "don"));
}

TEST(Analyzer, PairsCharactersOfUnspacedScripts) {
  EXPECT_THAT(terms("\u65e5\u672c\u8a9e ok"), ElementsAre("\u65e5\u672c", "\u672c\u8a9e", "ok"));
}

TEST(Analyzer, SpansPointIntoTheText) {
  const std::string text = "Annual leave";
  for (const Word& word : Analyzer().words(text)) {
    EXPECT_LE(word.span.end, text.size());
    EXPECT_EQ(text.substr(word.span.begin, 1), word.position == 0 ? "A" : "l");
  }
}

TEST(Sentences, SurviveAbbreviationsListsAndBlankLines) {
  EXPECT_THAT(sentence_texts("Dr. Smith left at 5 p.m. yesterday. He came back."),
              ElementsAre("Dr. Smith left at 5 p.m. yesterday.", "He came back."));
  EXPECT_THAT(sentence_texts("Heading\n\nFirst line\n- one item\n- two items"),
              ElementsAre("Heading", "First line", "- one item", "- two items"));
}

TEST(Utf8, CleansWhatIsNotText) {
  EXPECT_EQ(clean_utf8("a\r\nb\rc\xff"), "a\nb\nc\xEF\xBF\xBD");
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80"));
  EXPECT_EQ(collapse_whitespace(" a\u00a0 b\n"), "a b");
}

}  // namespace
}  // namespace carrel
