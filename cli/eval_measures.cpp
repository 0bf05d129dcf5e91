#include "cli/eval_measures.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/random.h"

namespace carrel::cli {
namespace {

constexpr std::size_t kNdcgDepth = 10;
constexpr std::size_t kRecallDepth = 100;

double discount(std::size_t rank) { return std::log2(static_cast<double>(rank) + 2); }

Interval middle(std::vector<double> values) {
  if (values.empty()) return {};
  return {quantile(values, 0.025), quantile(std::move(values), 0.975)};
}

// `weight[i]`: how often scored[i] was drawn; `scored` ascends by value.
double weighted_area(const std::vector<Confidence>& scored, const std::vector<double>& weight) {
  double negatives_below = 0, positives = 0, negatives = 0, won = 0;
  for (std::size_t i = 0; i < scored.size();) {
    double tied_positives = 0, tied_negatives = 0;
    const double value = scored[i].value;
    for (; i < scored.size() && scored[i].value == value; ++i)
      (scored[i].answerable ? tied_positives : tied_negatives) += weight[i];
    won += tied_positives * (negatives_below + tied_negatives / 2);
    negatives_below += tied_negatives;
    positives += tied_positives;
    negatives += tied_negatives;
  }
  return positives > 0 && negatives > 0 ? won / (positives * negatives) : 0.5;
}

void sort_by_value(std::vector<Confidence>& scored) {
  std::sort(scored.begin(), scored.end(),
            [](const Confidence& a, const Confidence& b) { return a.value < b.value; });
}

}  // namespace

RankingScore score_ranking(const std::vector<std::string>& ranked,
                           const std::map<std::string, double>& gains) {
  std::vector<double> ideal;
  for (const auto& [document, gain] : gains) ideal.push_back(gain);
  std::sort(ideal.rbegin(), ideal.rend());
  double best = 0;
  for (std::size_t i = 0; i < std::min(kNdcgDepth, ideal.size()); ++i)
    best += ideal[i] / discount(i);

  RankingScore out;
  std::set<std::string> seen;
  double found_in_5 = 0, found = 0;
  for (std::size_t i = 0; i < std::min(kRecallDepth, ranked.size()); ++i) {
    const auto gain = gains.find(ranked[i]);
    if (gain == gains.end() || !seen.insert(ranked[i]).second) continue;
    ++found;
    if (i < 5) ++found_in_5;
    if (i >= kNdcgDepth) continue;
    out.ndcg_at_10 += gain->second / discount(i);
    if (out.reciprocal_at_10 == 0) out.reciprocal_at_10 = 1.0 / static_cast<double>(i + 1);
  }
  if (best > 0) out.ndcg_at_10 /= best;
  out.recall_at_5 = found_in_5 / static_cast<double>(gains.size());
  out.recall_at_100 = found / static_cast<double>(gains.size());
  return out;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

Interval bootstrap_mean(std::span<const double> values) {
  if (values.empty()) return {};
  Rng rng(kBootstrapSeed);
  std::vector<double> means;
  for (std::size_t sample = 0; sample < kBootstrapSamples; ++sample) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[rng.below(values.size())];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  return middle(std::move(means));
}

double area_under_roc(std::vector<Confidence> scored) {
  sort_by_value(scored);
  return weighted_area(scored, std::vector<double>(scored.size(), 1.0));
}

Interval bootstrap_area_under_roc(std::vector<Confidence> scored) {
  if (scored.empty()) return {0.5, 0.5};
  sort_by_value(scored);
  Rng rng(kBootstrapSeed);
  std::vector<double> areas;
  for (std::size_t sample = 0; sample < kBootstrapSamples; ++sample) {
    std::vector<double> weight(scored.size(), 0.0);
    for (std::size_t i = 0; i < scored.size(); ++i) weight[rng.below(scored.size())] += 1;
    areas.push_back(weighted_area(scored, weight));
  }
  return middle(std::move(areas));
}

}  // namespace carrel::cli
