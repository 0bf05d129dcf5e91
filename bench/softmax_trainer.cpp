#include "bench/softmax_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace carrel::bench {
namespace {

using retrieve::FeatureWeights;
using retrieve::kFeatureCount;

constexpr int kStepsMax = 40;
constexpr double kStepMin = 1e-6;
constexpr double kProbableMin = 1e-7;  // below it a candidate does not bend the loss

using Matrix = std::array<std::array<double, kFeatureCount>, kFeatureCount>;

struct Slope {
  FeatureWeights gradient{};
  Matrix curvature{};
};

void add_question(const JudgedQuestion& question, const std::vector<std::size_t>& open,
                  const FeatureWeights& weights, double share, Slope& out) {
  std::vector<double> p;
  double best = -1e300, gains = 0, sum = 0;
  for (std::size_t i = 0; i < question.rows.size(); ++i) {
    double score = 0;
    for (const std::size_t f : open) score += weights[f] * question.rows[i][f];
    p.push_back(score);
    best = std::max(best, score);
    gains += question.gains[i];
  }
  for (double& x : p) sum += x = std::exp(x - best);
  FeatureWeights mean{};
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i] /= sum;
    for (const std::size_t f : open) {
      const double x = question.rows[i][f];
      mean[f] += p[i] * x;
      out.gradient[f] += share * (p[i] - question.gains[i] / gains) * x;
    }
  }
  std::vector<double> apart(open.size());  // from the mean, by open column
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] < kProbableMin) continue;
    for (std::size_t k = 0; k < open.size(); ++k)
      apart[k] = question.rows[i][open[k]] - mean[open[k]];
    for (std::size_t k = 0; k < open.size(); ++k) {
      const double scaled = share * p[i] * apart[k];
      for (std::size_t l = 0; l <= k; ++l) out.curvature[open[k]][open[l]] += scaled * apart[l];
    }
  }
}

// Solves A x = b by Cholesky's decomposition; A is positive definite, its lower half filled.
FeatureWeights solve(Matrix a, FeatureWeights b) {
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      a[i][j] = i == j ? std::sqrt(sum) : sum / a[j][j];
    }
  }
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = kFeatureCount; i-- > 0;) {
    for (std::size_t k = i + 1; k < kFeatureCount; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

// Newton's method from `weights`.
FeatureWeights learn_free(const std::vector<JudgedQuestion>& questions,
                          const std::vector<bool>& columns, double ridge, FeatureWeights weights) {
  std::vector<std::size_t> open;
  for (std::size_t f = 0; f < kFeatureCount; ++f)
    if (columns[f]) open.push_back(f);
  const double share = 1.0 / static_cast<double>(questions.size());
  for (int step = 0; step < kStepsMax; ++step) {
    Slope slope;
    for (const JudgedQuestion& question : questions)
      add_question(question, open, weights, share, slope);
    for (std::size_t f = 0; f < kFeatureCount; ++f) {
      slope.gradient[f] += 2 * ridge * weights[f];
      slope.curvature[f][f] += 2 * ridge;
      if (columns[f]) continue;
      slope.gradient[f] = 0;
      for (std::size_t g = 0; g < kFeatureCount; ++g)
        slope.curvature[std::max(f, g)][std::min(f, g)] = f == g ? 1 : 0;
    }
    const FeatureWeights move = solve(slope.curvature, slope.gradient);
    double longest = 0;
    for (const double m : move) longest = std::max(longest, std::abs(m));
    const double scale = std::min(1.0, 2.0 / std::max(longest, 1e-12));  // far steps mislead
    for (std::size_t f = 0; f < kFeatureCount; ++f) weights[f] -= scale * move[f];
    if (longest < kStepMin) break;
  }
  return weights;
}

}  // namespace

FeatureWeights learn(const std::vector<JudgedQuestion>& questions, const std::vector<bool>& columns,
                     double ridge) {
  std::vector<bool> open = columns;
  FeatureWeights weights{};
  for (;;) {
    weights = learn_free(questions, open, ridge, weights);
    const auto least = std::min_element(weights.begin(), weights.end());
    if (*least >= 0) return weights;
    open[static_cast<std::size_t>(least - weights.begin())] = false;
    *least = 0;
  }
}

}  // namespace carrel::bench
