#include "bench/linear_fit.h"

#include <algorithm>
#include <cmath>

namespace carrel::bench {
namespace {

constexpr double kRidge = 1e-3;
constexpr double kSpreadMin = 1e-6;  // a feature that never moves is left alone
constexpr int kSteps = 800;

// Mean and spread of each feature.
struct Scale {
  Features mean, spread;

  template <typename Each>
  static Scale of(std::size_t size, const Each& each) {
    Scale out{Features(size, 0.0), Features(size, 0.0)};
    double count = 0;
    each([&](const Features& f) {
      for (std::size_t i = 0; i < size; ++i) out.mean[i] += f[i];
      ++count;
    });
    for (double& m : out.mean) m /= std::max(1.0, count);
    each([&](const Features& f) {
      for (std::size_t i = 0; i < size; ++i)
        out.spread[i] += (f[i] - out.mean[i]) * (f[i] - out.mean[i]);
    });
    for (double& s : out.spread) {
      s = std::sqrt(s / std::max(1.0, count));
      if (s < kSpreadMin) s = 1;
    }
    return out;
  }
};

// Climbs `gradient`, which is of the objective to be raised.
class Adam {
 public:
  explicit Adam(std::size_t size) : weights(size, 0.0), first_(size, 0.0), second_(size, 0.0) {}

  void step(const Features& gradient) {
    constexpr double kFirst = 0.9, kSecond = 0.99, kTiny = 1e-9;
    ++steps_;
    const double rate = steps_ < kSteps / 2 ? 0.05 : 0.01;
    const double first_scale = 1 - std::pow(kFirst, steps_);
    const double second_scale = 1 - std::pow(kSecond, steps_);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      first_[i] = kFirst * first_[i] + (1 - kFirst) * gradient[i];
      second_[i] = kSecond * second_[i] + (1 - kSecond) * gradient[i] * gradient[i];
      weights[i] +=
          rate * (first_[i] / first_scale) / (std::sqrt(second_[i] / second_scale) + kTiny);
    }
  }

  Features weights;

 private:
  Features first_, second_;
  int steps_ = 0;
};

double dot(const Features& a, const Features& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Adds one case's part of the softmax likelihood's gradient, in the features' own units.
void add_gradient(const RankedCase& one, const Features& weights, Features& gradient) {
  std::vector<double> share(one.units.size());
  for (std::size_t u = 0; u < share.size(); ++u) share[u] = dot(one.units[u], weights);
  const double top = *std::max_element(share.begin(), share.end());
  double all = 0, gold = 0;
  for (std::size_t u = 0; u < share.size(); ++u) {
    share[u] = std::exp(share[u] - top);
    all += share[u];
    if (one.is_gold[u]) gold += share[u];
  }
  if (gold <= 0) return;
  for (std::size_t u = 0; u < share.size(); ++u) {
    const double pull = (one.is_gold[u] ? share[u] / gold : 0) - share[u] / all;
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += pull * one.units[u][i];
  }
}

}  // namespace

Features fit_ranker(std::span<const RankedCase> cases, std::size_t left_out) {
  std::vector<const RankedCase*> used;
  for (const RankedCase& one : cases)
    if (one.fold != left_out &&
        std::find(one.is_gold.begin(), one.is_gold.end(), true) != one.is_gold.end())
      used.push_back(&one);
  if (used.empty()) return {};
  const std::size_t size = used.front()->units.front().size();
  const Scale scale = Scale::of(size, [&](const auto& take) {
    for (const RankedCase* one : used)
      for (const Features& unit : one->units) take(unit);
  });
  Adam adam(size);
  Features weights(size, 0.0);
  for (int step = 0; step < kSteps; ++step) {
    Features gradient(size, 0.0);
    for (const RankedCase* one : used) add_gradient(*one, weights, gradient);
    for (std::size_t i = 0; i < size; ++i)
      gradient[i] = gradient[i] / scale.spread[i] / static_cast<double>(used.size()) -
                    kRidge * adam.weights[i];
    adam.step(gradient);
    for (std::size_t i = 0; i < size; ++i) weights[i] = adam.weights[i] / scale.spread[i];
  }
  return weights;
}

double Logistic::logit(const Features& features) const { return bias + dot(weights, features); }

Logistic fit_logistic(std::span<const LabelledCase> cases, std::size_t left_out) {
  std::vector<const LabelledCase*> used;
  double mass = 0;
  for (const LabelledCase& one : cases) {
    if (one.fold == left_out || one.weight <= 0) continue;
    used.push_back(&one);
    mass += one.weight;
  }
  if (used.empty()) return {};
  const std::size_t size = used.front()->features.size();
  const Scale scale = Scale::of(size, [&](const auto& take) {
    for (const LabelledCase* one : used) take(one->features);
  });
  Adam adam(size + 1);  // the last is the bias, of the standardised features
  std::vector<Features> standard;
  for (const LabelledCase* one : used) {
    Features& row = standard.emplace_back(one->features);
    for (std::size_t i = 0; i < size; ++i) row[i] = (row[i] - scale.mean[i]) / scale.spread[i];
    row.push_back(1);
  }
  for (int step = 0; step < kSteps; ++step) {
    Features gradient(size + 1, 0.0);
    for (std::size_t c = 0; c < used.size(); ++c) {
      const double p = 1 / (1 + std::exp(-dot(adam.weights, standard[c])));
      const double pull = used[c]->weight * ((used[c]->is_positive ? 1 : 0) - p) / mass;
      for (std::size_t i = 0; i <= size; ++i) gradient[i] += pull * standard[c][i];
    }
    for (std::size_t i = 0; i < size; ++i) gradient[i] -= kRidge * adam.weights[i];
    adam.step(gradient);
  }
  Logistic out{Features(size, 0.0), adam.weights[size]};
  for (std::size_t i = 0; i < size; ++i) {
    out.weights[i] = adam.weights[i] / scale.spread[i];
    out.bias -= out.weights[i] * scale.mean[i];
  }
  return out;
}

}  // namespace carrel::bench
