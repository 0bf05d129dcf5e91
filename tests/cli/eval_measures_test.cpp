// Claim: the figures are those of their definitions. Expected values are worked by hand.
#include "cli/eval_measures.h"

#include <cmath>

#include <gtest/gtest.h>

namespace carrel::cli {
namespace {

TEST(EvalMeasures, RankingsScoreAsTheirDefinitionsSay) {
  // Gains 2 and 1; found at ranks 2 (gain 1) and 4 (gain 2).
  const RankingScore score =
      score_ranking({"x", "b", "y", "a"}, {{"a", 2.0}, {"b", 1.0}, {"c", 0.5}});
  const double got = 1 / std::log2(3.0) + 2 / std::log2(5.0);
  const double best = 2 / std::log2(2.0) + 1 / std::log2(3.0) + 0.5 / std::log2(4.0);
  EXPECT_DOUBLE_EQ(score.ndcg_at_10, got / best);
  EXPECT_DOUBLE_EQ(score.recall_at_5, 2.0 / 3);
  EXPECT_DOUBLE_EQ(score.recall_at_100, 2.0 / 3);
  EXPECT_DOUBLE_EQ(score.reciprocal_at_10, 0.5);
}

TEST(EvalMeasures, ADocumentCountsOnceAndOnlyTheFirstTenForNdcg) {
  std::vector<std::string> ranked(10, "other");
  ranked.push_back("a");
  const RankingScore late = score_ranking(ranked, {{"a", 1.0}});
  EXPECT_EQ(late.ndcg_at_10, 0);
  EXPECT_EQ(late.recall_at_5, 0);
  EXPECT_EQ(late.recall_at_100, 1);
  EXPECT_EQ(score_ranking({"a", "a"}, {{"a", 1.0}}).ndcg_at_10, 1);
}

TEST(EvalMeasures, TheAreaIsTheChanceThatAnAnswerableQuestionWins) {
  // Pairs (answerable, not): 0.9>0.5, 0.9>0.2, 0.5=0.5 (half), 0.5>0.2: 3.5 of 4.
  EXPECT_DOUBLE_EQ(area_under_roc({{0.9, true}, {0.5, true}, {0.5, false}, {0.2, false}}), 0.875);
  EXPECT_DOUBLE_EQ(area_under_roc({{0.1, true}, {0.9, false}}), 0);
  EXPECT_DOUBLE_EQ(area_under_roc({{0.1, true}}), 0.5);
}

TEST(EvalMeasures, IntervalsHoldTheMeanAndComeBackEqual) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(i % 4 == 0 ? 1.0 : 0.0);
  const Interval a = bootstrap_mean(values);
  const Interval b = bootstrap_mean(values);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  // The normal approximation: 0.25 -+ 1.96 * sqrt(0.25 * 0.75 / 100).
  EXPECT_NEAR(a.low, 0.25 - 0.085, 0.02);
  EXPECT_NEAR(a.high, 0.25 + 0.085, 0.02);
  const Interval same = bootstrap_mean(std::vector<double>(50, 0.5));
  EXPECT_EQ(same.low, 0.5);
  EXPECT_EQ(same.high, 0.5);
}

TEST(EvalMeasures, TheIntervalOfAnAreaHoldsIt) {
  std::vector<Confidence> scored;
  for (int i = 0; i < 200; ++i)
    scored.push_back({(i * 37 % 100) / 100.0 + (i % 2) * 0.2, i % 2 == 1});
  const double area = area_under_roc(scored);
  const Interval interval = bootstrap_area_under_roc(scored);
  EXPECT_LT(interval.low, area);
  EXPECT_GT(interval.high, area);
  EXPECT_LT(interval.high - interval.low, 0.2);
}

TEST(EvalMeasures, QuantilesAreValuesThatOccur) {
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.5), 3);
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.99), 4);
  EXPECT_EQ(quantile({}, 0.5), 0);
}

}  // namespace
}  // namespace carrel::cli
