// Claims: a question meets the words of a document in the document's own language, whatever ending
// they have there; function words of that language are no evidence; English reads as before.
#include "generate/language_words.h"

#include <gtest/gtest.h>

#include "tests/generate/asking.h"

namespace carrel::generate {
namespace {

std::vector<std::string> terms(const std::vector<Word>& words) {
  std::vector<std::string> out;
  for (const Word& word : words)
    if (!word.is_stop_word) out.push_back(word.term);
  return out;
}

// German stems by Snowball's published rules: "Häuser" and "Hauses" are both "haus".
TEST(LanguageWords, FormsOfOneGermanWordAreOneTerm) {
  const Analyzer analyzer;
  LanguageWords reader("Wer streicht die Häuser?", analyzer);
  const std::string asked = analyzer.words("Häuser").front().term;
  EXPECT_EQ(terms(reader.words("des Hauses", "de")), std::vector<std::string>{asked});
  EXPECT_NE(terms(reader.words("Hauses", "en")), std::vector<std::string>{asked});
}

TEST(LanguageWords, EnglishIsReadAsTheAnalyzerReadsIt) {
  const Analyzer analyzer;
  LanguageWords reader("Who paints the houses?", analyzer);
  EXPECT_EQ(terms(reader.words("the painting of a house", "")),
            (std::vector<std::string>{"paint", "hous"}));
}

Answer ask_in(const std::string& language, const std::string& question,
              const std::vector<std::string>& texts) {
  retrieve::Retrieval found = retrieval_of(question, texts);
  for (retrieve::Passage& passage : found.passages) passage.language = language;
  return make_extractive_engine({.confidence_min = 0})->answer(question, found, {}, CancelToken{});
}

const char* const kHouse =
    "Das Dach des Hauses wird im Mai geprüft. Die Fenster und die Türen sind von der Firma, die "
    "in der Halle ist. Der Anstrich der Häuserfront kostet nichts.";

// Word for word only function words of the question stand there.
TEST(LanguageWords, TheSentenceWithTheFormsOfTheAskedWordsAnswers) {
  const Answer answer =
      ask_in("de", "Wann wird bei den Häusern nach den Dächern gesehen?", {kHouse});
  ASSERT_FALSE(answer.sentences.empty());
  EXPECT_EQ(answer.sentences.front().text, "Das Dach des Hauses wird im Mai geprüft.");
}

}  // namespace
}  // namespace carrel::generate
