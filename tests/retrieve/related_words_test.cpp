// Claim: a word of the question that a passage lacks is stood for by one that begins alike or by a
// whole synonym, and by nothing less.
#include "retrieve/related_words.h"

#include <gtest/gtest.h>

namespace carrel::retrieve {
namespace {

bool stands_for(const RelatedWords& related, const std::vector<std::string>& passage,
                std::size_t number) {
  RelatedWords::Seen seen;
  for (const std::string& term : passage) related.see(term, seen);
  related.finish(seen);
  return seen.stands_for(number);
}

TEST(RelatedWords, AWordThatBeginsAlikeStands) {
  RelatedWords related;
  related.add("analyz", 0);
  related.add("leav", 1);
  EXPECT_TRUE(stands_for(related, {"monthli", "analysi"}, 0));
  EXPECT_FALSE(stands_for(related, {"analysi"}, 1));
  EXPECT_FALSE(stands_for(related, {"anagram", "anal", "an", ""}, 0));
}

TEST(RelatedWords, AMuchLongerWordAndANumberDoNot) {
  RelatedWords related;
  related.add("inter", 0);
  related.add("20231", 1);
  EXPECT_FALSE(stands_for(related, {"interdisciplinari", "20232"}, 0));
  EXPECT_FALSE(stands_for(related, {"interdisciplinari", "20232"}, 1));
}

TEST(RelatedWords, ASynonymStandsOnlyWhole) {
  RelatedWords related;
  related.add_synonym({"annual", "leav"}, 2);
  related.add_synonym({"holidai"}, 2);
  EXPECT_FALSE(stands_for(related, {"annual", "report"}, 2));
  EXPECT_TRUE(stands_for(related, {"leav", "is", "annual"}, 2));
  EXPECT_TRUE(stands_for(related, {"holidai"}, 2));
  EXPECT_FALSE(stands_for(related, {"holidai"}, 0));
}

TEST(RelatedWords, MoreSynonymWordsThanAreKeptDoNoHarm) {
  RelatedWords related;
  for (int i = 0; i < 200; ++i) related.add_synonym({"word" + std::to_string(i)}, 0);
  EXPECT_TRUE(stands_for(related, {"word3"}, 0));
  EXPECT_FALSE(stands_for(related, {"word199"}, 0));
}

}  // namespace
}  // namespace carrel::retrieve
