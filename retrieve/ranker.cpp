#include "retrieve/ranker.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace carrel::retrieve {
namespace {

constexpr std::size_t kProbableMax = 20;  // candidates that feed back
constexpr double kFeedback = 2;           // weight of all of them beside the question's own
constexpr double kAsideMin = 0.05;        // least probability left to the others

// Four sums, so that the processor need not wait for each addition; one order for all.
double inner_product(std::span<const float> a, std::span<const float> b) {
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + 4 <= a.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k) sums[k] += static_cast<double>(a[i + k]) * b[i + k];
  for (; i < a.size(); ++i) sums[0] += static_cast<double>(a[i]) * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

double inverse_norm(std::span<const float> a) {
  const double squares = inner_product(a, a);
  return squares > 0 ? 1 / std::sqrt(squares) : 0;
}

// Softmax; all but the most probable `kProbableMax` are zero.
std::vector<double> probabilities(const std::vector<double>& scores) {
  std::vector<double> out(scores.size(), 0);
  if (scores.empty()) return out;
  std::vector<double> sorted(scores);
  const std::size_t kept = std::min(kProbableMax, sorted.size());
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(kept - 1),
                   sorted.end(), std::greater<>());
  const double least = sorted[kept - 1];
  const double best = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (scores[i] >= least) sum += out[i] = std::exp(scores[i] - best);
  for (double& p : out) p /= sum;
  return out;
}

}  // namespace

CandidateSet::CandidateSet(std::vector<float> question, std::vector<float> moved, bool is_nested)
    : question_(std::move(question)), moved_(std::move(moved)), dim_(question_.size()) {
  CARREL_ASSERT(moved_.size() == dim_);
  lengths_ = {dim_, is_nested ? std::max<std::size_t>(dim_ / 2, 1) : dim_};
  if (dim_ == 0) lengths_ = {};
}

void CandidateSet::add(const FeatureRow& words, std::span<const float> embedding, double prior) {
  rows_.push_back(words);
  priors_.push_back(prior);
  embeddings_.resize(rows_.size() * dim_, 0.0F);
  if (embedding.size() == dim_)
    std::copy(embedding.begin(), embedding.end(),
              embeddings_.end() - static_cast<std::ptrdiff_t>(dim_));
  auto& norms = inverse_norms_.emplace_back();
  for (std::size_t cut = 0; cut < kCuts; ++cut)
    norms[cut] = inverse_norm(this->embedding(rows_.size() - 1, cut));
}

// Cosines.
std::vector<double> CandidateSet::nearness(std::span<const float> to, std::size_t cut) const {
  const double scale = inverse_norm(to);
  std::vector<double> out(rows_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i)
    out[i] = inner_product(embedding(i, cut), to) * inverse_norms_[i][cut] * scale;
  return out;
}

// The best becomes 1; a column without a positive value stays as it is.
void CandidateSet::scale_to_best(Feature column) {
  float best = 0;
  for (const FeatureRow& row : rows_) best = std::max(best, row[column]);
  if (best <= 0) return;
  for (FeatureRow& row : rows_) row[column] /= best;
}

void CandidateSet::finish() {
  scale_to_best(kKeyword);
  const std::vector<double> near = nearness(moved_, kWhole);
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i][kNear] = static_cast<float>(near[i]);
  scale_to_best(kNear);
}

void CandidateSet::apply_feedback(const FeatureWeights& first) {
  const std::vector<double> probable = probabilities(scores(first));
  const std::size_t length = lengths_[kHalf];
  std::vector<double> sum(length, 0);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (probable[i] <= 0) continue;
    const double scale = probable[i] * inverse_norms_[i][kHalf];
    const std::span<const float> from = embedding(i, kHalf);
    for (std::size_t d = 0; d < length; ++d) sum[d] += scale * from[d];
  }
  const std::vector<float> centre(sum.begin(), sum.end());
  const double centre_norm = std::sqrt(inner_product(centre, centre));
  const std::vector<double> own = nearness(std::span(question_).first(length), kHalf);
  const std::vector<double> to_centre = nearness(centre, kHalf);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const double near = to_centre[i] * centre_norm;
    const double self = inverse_norms_[i][kHalf] > 0 ? probable[i] : 0;
    rows_[i][kMoved] = static_cast<float>(own[i] + kFeedback * near);
    rows_[i][kCluster] = static_cast<float>((near - self) / std::max(1 - probable[i], kAsideMin));
  }
  scale_to_best(kMoved);
}

std::vector<double> CandidateSet::scores(const FeatureWeights& weights) const {
  std::vector<double> out = priors_;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    for (std::size_t f = 0; f < kFeatureCount; ++f) out[i] += weights[f] * rows_[i][f];
  return out;
}

std::vector<double> rank_scores(CandidateSet& candidates, const RankerWeights& weights) {
  candidates.apply_feedback(weights.first);
  return candidates.scores(weights.second);
}

}  // namespace carrel::retrieve
