// What `carrel eval answers` prints: the figures of a judged collection, as JSON and for people.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/eval_answers.h"

namespace carrel::cli {
namespace {

using nlohmann::ordered_json;

// A share of some questions, with its interval.
struct Share {
  double value = 0;
  Interval interval;
};

template <class Of, class Holds>
Share share(const std::vector<JudgedAnswer>& all, const Of& of, const Holds& holds) {
  std::vector<double> values;
  for (const JudgedAnswer& one : all)
    if (of(one)) values.push_back(holds(one) ? 1.0 : 0.0);
  return {mean(values), bootstrap_mean(values)};
}

Share area(const std::vector<JudgedAnswer>& all, double JudgedAnswer::*score) {
  std::vector<Confidence> scored;
  for (const JudgedAnswer& one : all) scored.push_back({one.*score, one.answerable});
  return {area_under_roc(scored), bootstrap_area_under_roc(scored)};
}

struct Figures {
  std::size_t questions = 0, answerable = 0;
  Share gold, gold_in_one, cites_document, abstained_answerable, abstained_unanswerable;
  Share auroc, by_coverage, by_keyword;
  double citation_precision = 0, words = 0, p50_ms = 0, p99_ms = 0;

  const Share& plain() const {
    return by_coverage.value > by_keyword.value ? by_coverage : by_keyword;
  }
};

Figures figures_of(const AnswersEval& result) {
  const auto& all = result.answers;
  const auto answerable = [](const JudgedAnswer& one) { return one.answerable; };
  const auto abstained = [](const JudgedAnswer& one) { return one.abstained; };
  Figures out;
  out.questions = all.size();
  out.gold = share(all, answerable, [](const auto& one) { return one.gold; });
  out.gold_in_one = share(all, answerable, [](const auto& one) { return one.gold_in_one; });
  out.cites_document = share(
      all, [](const auto& one) { return one.answerable && one.knows_document; },
      [](const auto& one) { return one.cites_document; });
  out.abstained_answerable = share(all, answerable, abstained);
  out.abstained_unanswerable = share(
      all, [](const auto& one) { return !one.answerable; }, abstained);
  out.auroc = area(all, &JudgedAnswer::confidence);
  out.by_coverage = area(all, &JudgedAnswer::coverage);
  out.by_keyword = area(all, &JudgedAnswer::keyword);
  double cited = 0, supported = 0;
  std::vector<double> words, ms;
  for (const JudgedAnswer& one : all) {
    out.answerable += one.answerable;
    cited += static_cast<double>(one.cited);
    supported += static_cast<double>(one.supported);
    if (!one.abstained) words.push_back(static_cast<double>(one.words));
    ms.push_back(one.milliseconds);
  }
  out.citation_precision = cited > 0 ? supported / cited : 0;
  out.words = mean(words);
  out.p50_ms = quantile(ms, 0.5);
  out.p99_ms = quantile(ms, 0.99);
  return out;
}

}  // namespace

std::string to_json(const AnswersEval& result) {
  const Figures f = figures_of(result);
  ordered_json out = {{"questions", f.questions},
                      {"contains_gold", f.gold.value},
                      {"contains_gold_one_sentence", f.gold_in_one.value},
                      {"citation_precision", f.citation_precision},
                      {"mean_words", f.words},
                      {"refusal_auroc", f.auroc.value},
                      {"refusal_auroc_plain", f.plain().value},
                      {"refusal_auroc_plain_coverage", f.by_coverage.value},
                      {"refusal_auroc_plain_keyword_score", f.by_keyword.value},
                      {"abstained_answerable", f.abstained_answerable.value},
                      {"abstained_unanswerable", f.abstained_unanswerable.value},
                      {"cites_gold_document", f.cites_document.value},
                      {"p50_ms", f.p50_ms},
                      {"p99_ms", f.p99_ms},
                      {"answerable", f.answerable},
                      {"docs", result.documents},
                      {"docs_absent", result.documents_absent}};
  const auto interval = [&](const char* name, const Share& share) {
    out["intervals"][name] = ordered_json::array({share.interval.low, share.interval.high});
  };
  interval("contains_gold", f.gold);
  interval("contains_gold_one_sentence", f.gold_in_one);
  interval("refusal_auroc", f.auroc);
  interval("refusal_auroc_plain", f.plain());
  interval("abstained_answerable", f.abstained_answerable);
  interval("abstained_unanswerable", f.abstained_unanswerable);
  out["bootstrap"] = {{"samples", kBootstrapSamples}, {"seed", kBootstrapSeed}};
  return out.dump();
}

std::string to_text(const AnswersEval& result) {
  const Figures f = figures_of(result);
  std::string out = std::to_string(f.questions) + " questions, " + std::to_string(f.answerable) +
                    " with an answer; " + std::to_string(result.documents) + " documents";
  if (result.documents_absent > 0)
    out += " (" + std::to_string(result.documents_absent) + " left out)";
  out += '\n';
  char line[120];
  const auto figure = [&](const char* name, const Share& share) {
    std::snprintf(line, sizeof line, "%-38s %.3f  [%.3f, %.3f]\n", name, share.value,
                  share.interval.low, share.interval.high);
    out += line;
  };
  figure("answer holds a gold answer", f.gold);
  figure("  in its one best sentence", f.gold_in_one);
  figure("cites the gold document", f.cites_document);
  std::snprintf(line, sizeof line, "%-38s %.3f\n%-38s %.1f\n", "citations that bear their sentence",
                f.citation_precision, "words in an answer", f.words);
  out += line;
  figure("refusal, area under ROC", f.auroc);
  figure("  of a plain threshold on coverage", f.by_coverage);
  figure("  of a plain threshold on BM25", f.by_keyword);
  figure("refused, of those without an answer", f.abstained_unanswerable);
  figure("refused, of those with one (wrongly)", f.abstained_answerable);
  std::snprintf(line, sizeof line, "%-38s %.2f / %.2f\n", "search and answer, p50 / p99 ms",
                f.p50_ms, f.p99_ms);
  return out + line;
}

}  // namespace carrel::cli
