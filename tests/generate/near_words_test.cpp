// Claims: forms of one word, synonyms and slips of the pen are near; strangers are not.
#include "generate/near_words.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/text.h"

namespace carrel::generate {
namespace {

std::string stem(std::string_view word) { return Analyzer().words(word).at(0).term; }

double nearness(std::string_view a, std::string_view b) {
  double most = 0;
  for (const NearWord& near : near_words(stem(a)))
    if (near.term == stem(b)) most = std::max(most, near.degree);
  return most;
}

TEST(NearWords, FormsOfOneWordAreTheSame) {
  EXPECT_EQ(nearness("wrote", "written"), 1);
  EXPECT_EQ(nearness("two", "2"), 1);
  EXPECT_EQ(nearness("children", "child"), 1);
}

TEST(NearWords, SynonymsAreNearAndStrangersAreNot) {
  EXPECT_GT(nearness("holiday", "leave"), 0);
  EXPECT_LT(nearness("holiday", "leave"), 1);
  EXPECT_EQ(nearness("holiday", "turbine"), 0);
}

TEST(NearWords, BeforeAndAfterAreOpposites) {
  const auto opposed = opposites(stem("before"));
  EXPECT_NE(std::find(opposed.begin(), opposed.end(), stem("after")), opposed.end());
  EXPECT_TRUE(opposites(stem("turbine")).empty());
}

TEST(NearWords, StemsThatPartAtTheirEndShareABeginning) {
  EXPECT_TRUE(share_beginning("invad", "invas"));
  EXPECT_FALSE(share_beginning("land", "lang"));
  EXPECT_FALSE(share_beginning("2024", "2025"));
}

TEST(NearWords, ASlipIsForgivenInLongWordsOnlyAndNeverInFigures) {
  EXPECT_TRUE(are_a_slip_apart("philogiston", "phlogiston"));
  EXPECT_TRUE(are_a_slip_apart("recieve", "receive"));
  EXPECT_FALSE(are_a_slip_apart("cats", "cars"));
  EXPECT_FALSE(are_a_slip_apart("rfc12345", "rfc12346"));
}

}  // namespace
}  // namespace carrel::generate
