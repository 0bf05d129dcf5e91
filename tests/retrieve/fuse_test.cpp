// Claim: the two rankings are joined as the worked examples say, whatever an arm lacks.
#include "retrieve/fuse.h"

#include <gtest/gtest.h>

namespace carrel::retrieve {
namespace {

using index::Candidate;

std::vector<std::int64_t> order(const std::vector<Candidate>& ranked) {
  std::vector<std::int64_t> out;
  for (const Candidate& candidate : ranked) out.push_back(candidate.chunk.value);
  return out;
}

TEST(Normalized, PutsTheBestAtOneAndTheLastAtZero) {
  const std::vector<Candidate> ranked = {{{7}, 12.0}, {{3}, 9.0}, {{5}, 4.0}};
  const auto out = normalized(ranked);
  EXPECT_DOUBLE_EQ(out[0].score, 1.0);
  EXPECT_DOUBLE_EQ(out[1].score, 0.625);  // (9 - 4) / (12 - 4)
  EXPECT_DOUBLE_EQ(out[2].score, 0.0);
}

TEST(Normalized, GivesOneToALoneCandidateAndToEqualOnes) {
  EXPECT_DOUBLE_EQ(normalized(std::vector<Candidate>{{{1}, 0.2}})[0].score, 1.0);
  for (const Candidate& c : normalized(std::vector<Candidate>{{{1}, 3.0}, {{2}, 3.0}}))
    EXPECT_DOUBLE_EQ(c.score, 1.0);
}

TEST(Fuse, AddsWeightedScoresAndCountsAbsenceAsZero) {
  const std::vector<Candidate> keyword = {{{1}, 10.0}, {{2}, 6.0}, {{3}, 0.0}};  // 1, .6, 0
  const std::vector<Candidate> vector = {{{2}, 0.9}, {{4}, 0.7}, {{1}, 0.5}};    // 1, .5, 0
  const auto out = fuse(keyword, vector, 0.5);
  EXPECT_EQ(order(out), (std::vector<std::int64_t>{2, 1, 4, 3}));
  EXPECT_NEAR(out[0].score, 0.8, 1e-12);   // .5 * .6 + .5 * 1
  EXPECT_NEAR(out[1].score, 0.5, 1e-12);   // .5 * 1 + .5 * 0
  EXPECT_NEAR(out[2].score, 0.25, 1e-12);  // .5 * .5
}

TEST(Fuse, BreaksTiesByAscendingChunk) {
  const std::vector<Candidate> keyword = {{{9}, 2.0}, {{4}, 1.0}};
  const std::vector<Candidate> vector = {{{4}, 0.8}, {{9}, 0.1}};
  EXPECT_EQ(order(fuse(keyword, vector, 0.5)), (std::vector<std::int64_t>{4, 9}));
}

TEST(Fuse, KeepsTheOrderOfTheOnlyArm) {
  const std::vector<Candidate> one = {{{8}, 5.0}, {{2}, 4.0}, {{6}, 1.0}};
  EXPECT_EQ(order(fuse(one, {}, 0.3)), (std::vector<std::int64_t>{8, 2, 6}));
  EXPECT_EQ(order(fuse({}, one, 0.9)), (std::vector<std::int64_t>{8, 2, 6}));
  EXPECT_TRUE(fuse({}, {}, 0.5).empty());
}

TEST(KeywordWeight, GrowsWithCoverageWithinItsBounds) {
  const FusionWeights weights{.keyword_floor = 0.25, .keyword_coverage = 0.75};
  EXPECT_DOUBLE_EQ(keyword_weight(0.0, weights), 0.25);
  EXPECT_DOUBLE_EQ(keyword_weight(0.5, weights), 0.625);  // .25 + .75 * .5
  EXPECT_DOUBLE_EQ(keyword_weight(1.0, weights), 1.0);
  EXPECT_LT(keyword_weight(0.4, weights), keyword_weight(0.6, weights));
  EXPECT_DOUBLE_EQ(keyword_weight(7.0, weights), 1.0);
}

TEST(Spread, LetsAnotherDocumentInBeforeTheFourthPassageOfOne) {
  // Chunks 1 to 5 of document 7, chunk 6 of document 8 nearly as good, chunk 9 far behind.
  const std::vector<Candidate> ranked = {{{1}, 1.0},  {{2}, 0.99}, {{3}, 0.98}, {{4}, 0.97},
                                         {{5}, 0.96}, {{6}, 0.95}, {{9}, 0.3}};
  const std::vector<DocumentId> documents = {{7}, {7}, {7}, {7}, {7}, {8}, {9}};
  // 4 keeps .97 * .9 = .873, 5 keeps .96 * .81 = .778.
  EXPECT_EQ(order(spread_over_documents(ranked, documents)),
            (std::vector<std::int64_t>{1, 2, 3, 6, 4, 5, 9}));
}

TEST(Spread, ChangesNothingWhereEachDocumentHasOnePassage) {
  const std::vector<Candidate> ranked = {{{4}, 1.0}, {{2}, 0.5}, {{3}, 0.5}};
  const std::vector<DocumentId> documents = {{1}, {2}, {3}};
  EXPECT_EQ(order(spread_over_documents(ranked, documents)), (std::vector<std::int64_t>{4, 2, 3}));
}

TEST(CoveredShare, CountsIdfMassOfTermsThatAnyVisibleChunkHolds) {
  const std::vector<index::VisibleTerm> terms = {
      {"leav", 10, 2.0}, {"ghent", 2, 6.0}, {"unicorn", 0, 9.0}};
  EXPECT_DOUBLE_EQ(covered_share(terms, {"leav"}), 0.25);  // 2 of 2 + 6
  EXPECT_DOUBLE_EQ(covered_share(terms, {"leav", "ghent"}), 1.0);
  EXPECT_DOUBLE_EQ(covered_share({}, {"leav"}), 0.0);
}

}  // namespace
}  // namespace carrel::retrieve
