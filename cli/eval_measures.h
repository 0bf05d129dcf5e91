// cli/eval_measures.h
//
// The figures an evaluation states, and how sure they are.
//
// Intervals are percentile bootstraps over questions (Efron and Tibshirani 1993, chapter 13); those
// of a difference draw the same questions for both sides (paired). The draws come from kSeed, so
// equal input gives equal figures. Any thread; pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace carrel::cli {

constexpr std::size_t kBootstrapSamples = 2000;
constexpr std::uint64_t kBootstrapSeed = 1;

// The middle 95 % of the resampled values.
struct Interval {
  double low = 0, high = 0;
};

// How well one ranking of documents serves one question. Gains are linear, as trec_eval counts.
struct RankingScore {
  double ndcg_at_10 = 0;
  double recall_at_5 = 0, recall_at_100 = 0;  // share of the documents with a gain that are there
  double reciprocal_at_10 = 0;                // 1 / rank of the first document with a gain
};

// `gains`: document -> gain > 0, not empty. A document counts once, where it first stands.
RankingScore score_ranking(const std::vector<std::string>& ranked,
                           const std::map<std::string, double>& gains);

double mean(std::span<const double> values);                // 0 for none
double quantile(std::vector<double> values, double share);  // the value at floor(share * n)

Interval bootstrap_mean(std::span<const double> values);

// Of one question: how sure the engine was, and whether there was something to be sure of.
struct Confidence {
  double value = 0;
  bool answerable = false;
};

// The area under the ROC curve: the chance that an answerable question gets more confidence than an
// unanswerable one, ties counting half. 0.5 where one kind is missing.
double area_under_roc(std::vector<Confidence> scored);
Interval bootstrap_area_under_roc(std::vector<Confidence> scored);

}  // namespace carrel::cli
