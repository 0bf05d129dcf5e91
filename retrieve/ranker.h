// retrieve/ranker.h
//
// The `features` reranker: orders the best fused candidates by a linear model over what their words
// and their embeddings tell, in two passes. The first pass gives each candidate a probability
// (softmax). The question's embedding is then moved towards the probable ones, each as far as it is
// probable, and the second pass adds how near a candidate is to that and to its probable
// neighbours: relevance feedback (Rocchio 1971) and score regularisation (Diaz 2005) that weaken by
// themselves where the first pass is unsure, which fixed feedback does not.
//
// In the second pass nearness is taken over the first half of the dimensions where the encoder
// orders them: coarse topics feed back better than fine ones.
//
// Weights are learned by bench/train_ranker.cpp and stand in retrieve/ranker_weights.h.
//
// Everything comes from visible candidates alone. Equal inputs give equal bits. One thread at a
// time on one set.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "retrieve/features.h"

namespace carrel::retrieve {

using FeatureWeights = std::array<double, kFeatureCount>;

struct RankerWeights {
  FeatureWeights first;  // zero from kMoved on: not known yet
  FeatureWeights second;
};

class CandidateSet {
 public:
  // `question` as the vector arm encoded it, `moved` as it was searched the second time: unit
  // length or empty where no encoder knows the question. `is_nested`: leading dimensions alone
  // make a coarser embedding.
  CandidateSet(std::vector<float> question, std::vector<float> moved, bool is_nested);

  // `words` as QuestionWords::measure fills it; `embedding` of the question's length, or empty;
  // `prior` in logits, what is known of its document.
  void add(const FeatureRow& words, std::span<const float> embedding, double prior);

  // After the last add(): scales the columns over the candidates and fills those of the first pass.
  void finish();
  // Fills the columns that rest on the first pass.
  void apply_feedback(const FeatureWeights& first);

  std::size_t size() const { return rows_.size(); }
  const FeatureRow& row(std::size_t i) const { return rows_[i]; }
  std::vector<double> scores(const FeatureWeights& weights) const;

 private:
  enum Cut : std::uint8_t { kWhole, kHalf, kCuts };  // of the dimensions
  std::span<const float> embedding(std::size_t i, std::size_t cut) const {
    return std::span(embeddings_).subspan(i * dim_, lengths_[cut]);
  }
  std::vector<double> nearness(std::span<const float> to, std::size_t cut) const;
  void scale_to_best(Feature column);

  std::vector<float> question_, moved_;
  std::size_t dim_ = 0;
  std::array<std::size_t, kCuts> lengths_{};
  std::vector<FeatureRow> rows_;
  std::vector<double> priors_;                            // [rows]
  std::vector<float> embeddings_;                         // [rows, dim]
  std::vector<std::array<double, kCuts>> inverse_norms_;  // of each embedding up to each cut
};

// Scores after both passes, larger is better.
std::vector<double> rank_scores(CandidateSet& candidates, const RankerWeights& weights);

}  // namespace carrel::retrieve
