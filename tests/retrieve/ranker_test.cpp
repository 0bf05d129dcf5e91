// Claim: the reranker's columns and its feedback are what the worked examples say, with an encoder
// and without, and more evidence never lowers a rank.
#include "retrieve/ranker.h"

#include <cmath>

#include <gtest/gtest.h>

#include "retrieve/ranker_weights.h"

namespace carrel::retrieve {
namespace {

FeatureRow row_with(Feature column, float value) {
  FeatureRow out{};
  out[column] = value;
  return out;
}

TEST(Ranker, ScalesKeywordsToTheBestCandidate) {
  CandidateSet set({}, {}, false);
  set.add(row_with(kKeyword, 0.2F), {}, 0);
  set.add(row_with(kKeyword, 0.4F), {}, 0);
  set.finish();
  EXPECT_FLOAT_EQ(set.row(0)[kKeyword], 0.5F);
  EXPECT_FLOAT_EQ(set.row(1)[kKeyword], 1.0F);
}

TEST(Ranker, FeedsBackEachCandidateAsFarAsItIsProbable) {
  // Two equally probable candidates at right angles: their centre is (1/2, 1/2).
  CandidateSet set({1.0F, 0.0F}, {1.0F, 0.0F}, /*is_nested=*/false);
  set.add({}, std::vector<float>{1.0F, 0.0F}, 0);
  set.add({}, std::vector<float>{0.0F, 1.0F}, 0);
  set.finish();
  EXPECT_FLOAT_EQ(set.row(0)[kNear], 1.0F);
  EXPECT_FLOAT_EQ(set.row(1)[kNear], 0.0F);
  set.apply_feedback(FeatureWeights{});
  EXPECT_FLOAT_EQ(set.row(0)[kMoved], 1.0F);   // 1 + 2 * 1/2 = 2, the best
  EXPECT_FLOAT_EQ(set.row(1)[kMoved], 0.5F);   // 0 + 2 * 1/2 = 1
  EXPECT_NEAR(set.row(0)[kCluster], 0, 1e-6);  // itself aside, nobody is near
}

TEST(Ranker, ANeighbourOfAProbableCandidateIsInItsCluster) {
  CandidateSet set({1.0F, 0.0F}, {1.0F, 0.0F}, false);
  set.add(row_with(kRareCoverage, 1.0F), std::vector<float>{0.0F, 1.0F}, 0);
  set.add({}, std::vector<float>{0.0F, 1.0F}, 0);
  set.finish();
  FeatureWeights first{};
  first[kRareCoverage] = std::log(3.0);  // odds of three to one
  set.apply_feedback(first);
  EXPECT_NEAR(set.row(1)[kCluster], 1.0, 1e-6);  // (1 - 1/4) / (1 - 1/4)
}

TEST(Ranker, FeedsBackInTheLeadingHalfOfOrderedDimensions) {
  const std::vector<float> question = {0.6F, 0.0F, 0.0F, 0.8F};
  CandidateSet set(question, question, /*is_nested=*/true);
  set.add({}, std::vector<float>{1.0F, 0.0F, 0.0F, 0.0F}, 0);
  set.add({}, std::vector<float>{0.0F, 0.0F, 0.0F, 1.0F}, 0);
  set.finish();
  EXPECT_FLOAT_EQ(set.row(0)[kNear], 0.75F);  // .6 where the best has .8: the whole embedding
  set.apply_feedback(FeatureWeights{});
  EXPECT_FLOAT_EQ(set.row(0)[kMoved], 1.0F);
  EXPECT_FLOAT_EQ(set.row(1)[kMoved], 0.0F);
}

TEST(Ranker, RanksByWordsAloneWhereNoEncoderKnowsTheQuestion) {
  CandidateSet set({}, {}, true);
  set.add(row_with(kRareCoverage, 0.2F), {}, 0);
  set.add(row_with(kRareCoverage, 0.9F), {}, 0);
  set.finish();
  const std::vector<double> scores = rank_scores(set, kRankerWeights);
  EXPECT_GT(scores[1], scores[0]);
  EXPECT_TRUE(std::isfinite(scores[0]));
}

TEST(Ranker, AddsWhatIsKnownOfTheDocument) {
  CandidateSet set({}, {}, false);
  set.add({}, {}, 1.5);
  set.add({}, {}, -0.5);
  set.finish();
  EXPECT_DOUBLE_EQ(set.scores(FeatureWeights{})[0], 1.5);
  EXPECT_DOUBLE_EQ(set.scores(FeatureWeights{})[1], -0.5);
}

TEST(Ranker, NoWeightOfTheTableIsNegative) {
  for (std::size_t f = 0; f < kFeatureCount; ++f) {
    EXPECT_GE(kRankerWeights.first[f], 0);
    EXPECT_GE(kRankerWeights.second[f], 0);
    if (f >= kMoved) {
      EXPECT_EQ(kRankerWeights.first[f], 0) << "not known in the first pass";
    }
  }
}

TEST(Ranker, NothingToRankIsNoError) {
  CandidateSet set({1.0F}, {1.0F}, true);
  set.finish();
  EXPECT_TRUE(rank_scores(set, kRankerWeights).empty());
}

}  // namespace
}  // namespace carrel::retrieve
