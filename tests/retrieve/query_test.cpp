// Claim: a question is taken apart as people mean it, and nothing in it can become a query
// language.
#include "retrieve/query.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "tests/support/testing.h"

namespace carrel::retrieve {
namespace {

ParsedQuery parse(const std::string& question) {
  const Analyzer analyzer;
  return parse_query(question, analyzer, QueryLimits{});
}

std::vector<std::string> terms(const ParsedQuery& query) {
  std::vector<std::string> out;
  for (const index::QueryTerm& term : query.keywords.terms) out.push_back(term.term);
  return out;
}

TEST(ParseQuery, LeavesStopWordsOutUnlessNothingElseRemains) {
  EXPECT_EQ(terms(parse("What is the leave in Ghent?")),
            (std::vector<std::string>{"leav", "ghent"}));
  EXPECT_FALSE(terms(parse("to be or not to be")).empty());
}

TEST(ParseQuery, WeighsAWordByHowOftenItWasWritten) {
  const ParsedQuery query = parse("badge badge door");
  ASSERT_EQ(query.keywords.terms.size(), 2U);
  EXPECT_DOUBLE_EQ(query.keywords.terms[0].weight, 2.0);
  EXPECT_DOUBLE_EQ(query.keywords.terms[1].weight, 1.0);
}

TEST(ParseQuery, ReadsPhrasesExclusionsAndFilters) {
  const ParsedQuery query =
      parse("\"annual leave\" carry over -Leeds collection:hr author:\"Ana Ortiz\"");
  EXPECT_EQ(query.keywords.phrases, (std::vector<std::vector<std::string>>{{"annual", "leav"}}));
  EXPECT_EQ(query.keywords.excluded, (std::vector<std::string>{"leed"}));
  EXPECT_EQ(query.filter.collections, (std::vector<std::string>{"hr"}));
  EXPECT_EQ(query.filter.author, "Ana Ortiz");
  EXPECT_EQ(query.plain, "annual leave carry over");
}

TEST(ParseQuery, TakesColonsDashesAndOpenQuotesInProseAsText) {
  const ParsedQuery query = parse("at 10:30 see https://x.example note:this - or -5 \"unclosed");
  EXPECT_TRUE(query.filter.is_empty());
  EXPECT_FALSE(query.has_constraints());
}

TEST(ParseQuery, RefusesAFilterNameThatIsOneSlipAway) {
  try {
    parse("colection:hr leave");
    FAIL() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("collection"), std::string::npos);
  }
}

TEST(ParseQuery, RefusesWhatIsEmptyTooLongOrNotUtf8) {
  EXPECT_THROW(parse(" \n "), Error);
  EXPECT_THROW(parse(std::string(2049, 'a')), Error);
  EXPECT_THROW(parse("caf\xE9"), Error);
}

TEST(ParseQuery, KeepsItsBoundsForAnyBytes) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  const std::string alphabet = "ab \"-:cx1.\n\u201C|*()";
  for (int round = 0; round < testing::test_runs(300); ++round) {
    std::string question;
    for (std::uint64_t i = rng.below(400); i > 0; --i)
      question += alphabet[rng.below(alphabet.size())];
    try {
      const ParsedQuery query = parse(question);
      EXPECT_LE(query.keywords.terms.size(), QueryLimits{}.terms_max);
      EXPECT_LE(query.keywords.phrases.size(), QueryLimits{}.phrases_max);
      EXPECT_LE(query.keywords.excluded.size(), QueryLimits{}.excluded_max);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    }
  }
}

TEST(MeetsConstraints, WantsEveryPhraseInOrderAndNoExcludedWord) {
  const Analyzer analyzer;
  const index::KeywordQuery query{
      .terms = {}, .phrases = {{"annual", "leav"}}, .excluded = {"leed"}};
  EXPECT_TRUE(meets_constraints(analyzer.words("Your annual leave in Ghent"), query));
  EXPECT_FALSE(meets_constraints(analyzer.words("Leave that is annual"), query));
  EXPECT_FALSE(meets_constraints(analyzer.words("Annual leave in Leeds"), query));
}

}  // namespace
}  // namespace carrel::retrieve
