// Fits the weights of the extractive engine (generate/unit_weights.h) and says how well they do on
// articles that took no part.
//
//   answer_fit COLLECTION [HEADER]
//
// COLLECTION is a folder in BEIR's form whose queries.jsonl has `answers`, `answerable` and
// `paragraph`, and whose documents' titles name their articles. Prints one JSON line per model;
// with HEADER, writes the weights of all articles there. Takes about two and a half minutes of
// processor time for 7 000 questions.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "bench/answer_cases.h"
#include "bench/answer_weights.h"
#include "bench/linear_fit.h"
#include "cli/eval_judge.h"
#include "cli/eval_measures.h"
#include "cli/eval_parallel.h"
#include "core/error.h"
#include "core/progress.h"
#include "retrieve/query.h"

namespace carrel::bench {
namespace {

using generate::Considered;

// What each kind of case weighs in all. The topic model tells a library that speaks of the question
// from one that does not; the detail model tells an answer from a near miss. Answerable ones weigh
// 1 in both.
constexpr std::array<double, kCaseKinds> kTopicWeights = {1, 0, 0.85, 0.15, 0};
constexpr std::array<double, kCaseKinds> kDetailWeights = {1, 0.8, 0, 0, 0.2};

// The share of answerable questions that the shipped confidence of one half refuses.
constexpr double kRefusedAnswerable = 0.05;
constexpr double kEvenConfidence = 0.5;
constexpr double kRefusesNothing = -1e6;  // an operating point below any evidence

struct Seen {
  generate::ConfidenceFeatures evidence{};
  double plain = 0;         // the best passage's coverage: what a plain threshold would go by
  bool holds_gold = false;  // the best unit
  bool is_read = false;     // there was a unit
};

Considered consider(const CaseSource& source, const Case& one, const Features& weights,
                    const Analyzer& analyzer, double* plain_score) {
  const retrieve::Retrieval found = source.retrieve(one);
  if (plain_score != nullptr && !found.passages.empty())
    *plain_score = found.passages.front().coverage;
  generate::UnitFeatures unit_weights{};
  std::copy(weights.begin(), weights.end(), unit_weights.begin());
  const std::string plain =
      retrieve::parse_query(source.text(one), analyzer, retrieve::QueryLimits{}).plain;
  return generate::consider(plain, found, unit_weights, analyzer);
}

std::vector<RankedCase> ranked_cases(const CaseSource& source, const Analyzer& analyzer) {
  std::vector<const Case*> answerable;
  for (const Case& one : source.cases())
    if (one.kind == CaseKind::answerable) answerable.push_back(&one);
  std::vector<RankedCase> out(answerable.size());
  NoProgress quiet;
  cli::for_each_in_parallel(out.size(), 0, "units", quiet, CancelToken{}, [&](std::size_t i) {
    const Considered seen = consider(source, *answerable[i], {}, analyzer, nullptr);
    out[i].fold = answerable[i]->fold;
    if (seen.best == generate::kNoUnit) return;
    for (std::size_t u = 0; u < seen.units.size(); ++u) {
      const auto& features = seen.reading.units[u].features;
      out[i].units.emplace_back(features.begin(), features.end());
      out[i].is_gold.push_back(
          cli::contains_answer(seen.units[u].text, source.answers(*answerable[i])));
    }
  });
  return out;
}

double score(const Features& features, const Features& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < features.size(); ++i) sum += features[i] * weights[i];
  return sum;
}

// Returns the share of questions whose best unit holds an answer.
double report_ranker(const std::vector<RankedCase>& cases, const std::vector<Features>& weights) {
  double first = 0, two = 0, any = 0;
  for (const RankedCase& one : cases) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t u = 0; u < one.units.size(); ++u)
      order.emplace_back(-score(one.units[u], weights[one.fold]), u);
    std::sort(order.begin(), order.end());
    const bool hit = !order.empty() && one.is_gold[order[0].second];
    first += hit;
    two += hit || (order.size() > 1 && one.is_gold[order[1].second]);
    any += std::find(one.is_gold.begin(), one.is_gold.end(), true) != one.is_gold.end();
  }
  const auto n = static_cast<double>(cases.size());
  std::printf(
      "{\"model\":\"ranker\",\"questions\":%zu,\"gold_in_best\":%.4f,\"gold_in_best_two\":%.4f,"
      "\"gold_in_any\":%.4f}\n",
      cases.size(), first / n, two / n, any / n);
  return first / n;
}

double area(const std::vector<Case>& cases, const std::vector<double>& scores, CaseKind negative) {
  std::vector<cli::Confidence> scored;
  for (std::size_t i = 0; i < cases.size(); ++i)
    if (cases[i].kind == CaseKind::answerable || cases[i].kind == negative)
      scored.push_back({scores[i], cases[i].kind == CaseKind::answerable});
  return cli::area_under_roc(std::move(scored));
}

double refused(const std::vector<Case>& cases, const std::vector<double>& scores, CaseKind kind,
               double least) {
  double count = 0, below = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].kind != kind) continue;
    ++count;
    below += scores[i] < least ? 1 : 0;
  }
  return count > 0 ? below / count : 0;
}

void report_confidence(const char* name, const std::vector<Case>& cases,
                       const std::vector<double>& scores, double least) {
  std::printf(
      "{\"model\":\"%s\",\"auroc_adversarial\":%.4f,\"auroc_absent\":%.4f,\"auroc_taken\":%.4f,"
      "\"auroc_exchanged\":%.4f,\"refuses_answerable\":%.4f,\"refuses_adversarial\":%.4f,"
      "\"refuses_absent\":%.4f,\"refuses_taken\":%.4f}\n",
      name, area(cases, scores, CaseKind::adversarial), area(cases, scores, CaseKind::absent),
      area(cases, scores, CaseKind::taken), area(cases, scores, CaseKind::exchanged),
      refused(cases, scores, CaseKind::answerable, least),
      refused(cases, scores, CaseKind::adversarial, least),
      refused(cases, scores, CaseKind::absent, least),
      refused(cases, scores, CaseKind::taken, least));
}

std::vector<LabelledCase> labelled(const std::vector<Case>& cases, const std::vector<Seen>& seen,
                                   const std::array<double, kCaseKinds>& weights) {
  std::array<double, kCaseKinds> counts{};
  for (const Case& one : cases) ++counts[static_cast<std::size_t>(one.kind)];
  std::vector<LabelledCase> out;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto kind = static_cast<std::size_t>(cases[i].kind);
    // Taken away or exchanged, and yet the words of the answer stand there: not surely a negative.
    const bool doubtful = cases[i].kind >= CaseKind::taken && seen[i].holds_gold;
    out.push_back({cases[i].fold, Features(seen[i].evidence.begin(), seen[i].evidence.end()),
                   cases[i].kind == CaseKind::answerable,
                   doubtful || !seen[i].is_read ? 0 : 1000 * weights[kind] / counts[kind]});
  }
  return out;
}

generate::LogisticWeights as_weights(const Logistic& model) {
  generate::LogisticWeights out;
  std::copy(model.weights.begin(), model.weights.end(), out.feature.begin());
  out.bias = model.bias;
  return out;
}

generate::ConfidenceWeights fit_confidence(std::span<const LabelledCase> topic,
                                           std::span<const LabelledCase> detail,
                                           std::size_t left_out) {
  return {as_weights(fit_logistic(topic, left_out)), as_weights(fit_logistic(detail, left_out)),
          kRefusesNothing};
}

double share_below(std::vector<double> scores, double share) {
  std::sort(scores.begin(), scores.end());
  return scores[static_cast<std::size_t>(share * static_cast<double>(scores.size()))];
}

// What the operating point is set by: far below all others where the confidence stays under one
// half whatever the point.
double evidence_for(const Seen& seen, const generate::ConfidenceWeights& model) {
  if (!seen.is_read || generate::confidence(seen.evidence, model) < kEvenConfidence)
    return kRefusesNothing;
  return generate::log_evidence(seen.evidence, model);
}

int fit(const std::string& collection, const std::string& header) {
  const CaseSource source(collection, CaseOptions{});
  const Analyzer analyzer;
  const std::vector<Case>& cases = source.cases();
  const std::vector<RankedCase> ranked = ranked_cases(source, analyzer);
  std::vector<Features> rankers;
  for (std::size_t fold = 0; fold < source.folds(); ++fold)
    rankers.push_back(fit_ranker(ranked, fold));
  const double gold_in_best = report_ranker(ranked, rankers);

  // Each case is read with the ranker that never saw its article.
  std::vector<Seen> seen(cases.size());
  NoProgress quiet;
  cli::for_each_in_parallel(cases.size(), 0, "cases", quiet, CancelToken{}, [&](std::size_t i) {
    const Considered one =
        consider(source, cases[i], rankers[cases[i].fold], analyzer, &seen[i].plain);
    if (one.best == generate::kNoUnit) return;
    seen[i].is_read = true;
    seen[i].evidence = one.evidence;
    seen[i].holds_gold = cli::contains_answer(one.units[one.best].text, source.answers(cases[i]));
  });
  const std::vector<LabelledCase> topic = labelled(cases, seen, kTopicWeights);
  const std::vector<LabelledCase> detail = labelled(cases, seen, kDetailWeights);
  std::vector<double> plain, topics(cases.size()), details(cases.size()), both(cases.size());
  for (const Seen& one : seen) plain.push_back(one.plain);
  std::vector<generate::ConfidenceWeights> models;
  for (std::size_t fold = 0; fold < source.folds(); ++fold)
    models.push_back(fit_confidence(topic, detail, fold));
  std::vector<double> of_answerable;
  for (std::size_t i = 0; i < cases.size(); ++i)
    if (cases[i].kind == CaseKind::answerable)
      of_answerable.push_back(evidence_for(seen[i], models[cases[i].fold]));
  const double even = share_below(of_answerable, kRefusedAnswerable);
  for (generate::ConfidenceWeights& model : models) model.even_log = even;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const generate::ConfidenceWeights& model = models[cases[i].fold];
    topics[i] = generate::topic_logit(seen[i].evidence, model);
    details[i] = generate::detail_logit(seen[i].evidence, model);
    both[i] = seen[i].is_read ? generate::confidence(seen[i].evidence, model) : 0;
  }
  report_confidence("plain threshold on the best passage", cases, plain, 0.5);
  report_confidence("topic", cases, topics, 0);
  report_confidence("detail", cases, details, 0);
  report_confidence("confidence", cases, both, kEvenConfidence);
  if (header.empty()) return 0;
  generate::ConfidenceWeights all = fit_confidence(topic, detail, kNoFold);
  all.even_log = even;
  const auto kind_area = [&](const std::vector<double>& scores, CaseKind kind) {
    return area(cases, scores, kind);
  };
  const auto refused_percent = [&](CaseKind kind) {
    return 100 * refused(cases, both, kind, kEvenConfidence);
  };
  const Provenance provenance{.cases = cases.size(),
                              .folds = source.folds(),
                              .gold_in_best = gold_in_best,
                              .area_absent = kind_area(both, CaseKind::absent),
                              .area_adversarial = kind_area(both, CaseKind::adversarial),
                              .plain_absent = kind_area(plain, CaseKind::absent),
                              .plain_adversarial = kind_area(plain, CaseKind::adversarial),
                              .refused_answerable = refused_percent(CaseKind::answerable),
                              .refused_absent = refused_percent(CaseKind::absent),
                              .refused_adversarial = refused_percent(CaseKind::adversarial)};
  write_weights(header, provenance, fit_ranker(ranked, kNoFold), all);
  return 0;
}

}  // namespace
}  // namespace carrel::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: answer_fit COLLECTION [HEADER]\n");
    return 2;
  }
  try {
    return carrel::bench::fit(argv[1], argc > 2 ? argv[2] : "");
  } catch (const carrel::Error& error) {
    std::fprintf(stderr, "answer_fit: %s\n", error.what());
    return 1;
  }
}
