#include "generate/sighting_measures.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace carrel::generate {
namespace {

constexpr std::uint32_t kPairDistanceMax = 4;  // words between two question words that stand close
constexpr std::uint32_t kWindowWords = 12;
constexpr double kNearWords = 5;  // at this distance from an answer's place a word counts half

double mass_of(const QuestionForm& form, const Sighting& seen) {
  return seen.degree * form.terms[seen.term].mass;
}

}  // namespace

double share_of(const QuestionForm& form, double mass) {
  return form.mass > 0 ? mass / form.mass : 0;
}

double pairs_close(const QuestionForm& form, const std::vector<Sighting>& seen) {
  double all = 0, close = 0;
  for (std::size_t i = 0; i + 1 < std::min(kTermsMax, form.terms.size()); ++i) {
    const double mass = form.terms[i].mass + form.terms[i + 1].mass;
    all += mass;
    double best = 0;
    for (const Sighting& a : seen) {
      if (a.term != i) continue;
      for (const Sighting& b : seen) {
        if (b.term != i + 1) continue;
        const std::uint32_t apart =
            a.position > b.position ? a.position - b.position : b.position - a.position;
        if (apart <= kPairDistanceMax)
          best = std::max(best, static_cast<double>(std::min(a.degree, b.degree)));
      }
    }
    close += best * mass;
  }
  return all > 0 ? close / all : 0;
}

double in_question_order(const QuestionForm& form, const std::vector<Sighting>& seen) {
  std::vector<double> best(seen.size());
  double most = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    double before = 0;
    for (std::size_t j = 0; j < i; ++j)
      if (seen[j].term < seen[i].term) before = std::max(before, best[j]);
    best[i] = before + mass_of(form, seen[i]);
    most = std::max(most, best[i]);
  }
  return share_of(form, most);
}

double best_window(const QuestionForm& form, const std::vector<Sighting>& seen) {
  double most = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    Degrees met{};
    double mass = 0;
    for (std::size_t j = i; j < seen.size() && seen[j].position < seen[i].position + kWindowWords;
         ++j) {
      const float more = std::max(0.0F, seen[j].degree - met[seen[j].term]);
      mass += more * form.terms[seen[j].term].mass;
      met[seen[j].term] += more;
    }
    most = std::max(most, mass);
  }
  return share_of(form, most);
}

double nearest_place(const QuestionForm& form, const std::vector<Sighting>& seen,
                     const std::vector<AnswerPlace>& places) {
  double most = 0;
  for (const AnswerPlace& place : places) {
    std::array<double, kTermsMax> weight{};
    for (const Sighting& one : seen) {
      const double apart = std::abs(static_cast<double>(one.position) - place.position);
      double& held = weight[one.term];
      held = std::max(held, mass_of(form, one) / (1 + apart / kNearWords));
    }
    double sum = 0;
    for (const double w : weight) sum += w;
    most = std::max(most, place.degree * sum);
  }
  return share_of(form, most);
}

}  // namespace carrel::generate
