#include "cli/eval_retrieval.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/eval_library.h"
#include "cli/eval_parallel.h"
#include "core/error.h"
#include "retrieve/retriever.h"

namespace carrel::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kDepth = 100;  // documents ranked for each question

struct Arm {
  const char* name;
  retrieve::Arms arms;
  bool rerank;
};

constexpr Arm kArms[] = {{"keyword", retrieve::Arms::keyword_only, false},
                         {"vector", retrieve::Arms::vector_only, false},
                         {"fusion", retrieve::Arms::both, false},
                         {"reranked", retrieve::Arms::both, true}};

bool is_single(const ArmResult& arm) { return arm.name == "keyword" || arm.name == "vector"; }

std::vector<Arm> arms_named(const std::vector<std::string>& names) {
  std::vector<Arm> out;
  for (const Arm& arm : kArms)
    if (names.empty() || std::find(names.begin(), names.end(), arm.name) != names.end())
      out.push_back(arm);
  return out;
}

ArmResult run_arm(const EvalLibrary& library, const retrieve::Retriever& retriever,
                  const EvalDataset& dataset, const std::vector<const EvalQuestion*>& asked,
                  const Arm& arm, unsigned threads, ProgressSink& progress,
                  const CancelToken& cancel) {
  retrieve::RetrieveOptions options;
  options.passages_max = kDepth;
  options.candidates_max = 1000;  // chunks; enough for 100 documents
  options.ef_search = 1000;
  options.time_max = std::chrono::seconds(60);
  options.arms = arm.arms;
  options.rerank = arm.rerank;
  options.one_per_document = true;
  const access::Visibility visible = library.visibility();
  ArmResult out{.name = arm.name,
                .scores = std::vector<RankingScore>(asked.size()),
                .milliseconds = std::vector<double>(asked.size())};
  for_each_in_parallel(asked.size(), threads, arm.name, progress, cancel, [&](std::size_t i) {
    const Stopwatch watch;
    const auto found = retriever.retrieve(visible, asked[i]->text, options, cancel);
    out.milliseconds[i] = watch.milliseconds();
    std::vector<std::string> ranked;
    for (const retrieve::Passage& passage : found.passages) ranked.push_back(passage.external_id);
    out.scores[i] = score_ranking(ranked, dataset.judged.at(asked[i]->id));
  });
  return out;
}

std::vector<double> column(const ArmResult& arm, double RankingScore::*measure) {
  std::vector<double> out;
  for (const RankingScore& score : arm.scores) out.push_back(score.*measure);
  return out;
}

ordered_json interval_json(const Interval& interval) {
  return ordered_json::array({interval.low, interval.high});
}

ordered_json arm_json(const ArmResult& arm) {
  const std::vector<double> ndcg = column(arm, &RankingScore::ndcg_at_10);
  return {{"ndcg@10", mean(ndcg)},
          {"recall@100", mean(column(arm, &RankingScore::recall_at_100))},
          {"mrr@10", mean(column(arm, &RankingScore::reciprocal_at_10))},
          {"p50_ms", quantile(arm.milliseconds, 0.5)},
          {"p99_ms", quantile(arm.milliseconds, 0.99)},
          {"recall@5", mean(column(arm, &RankingScore::recall_at_5))},
          {"ndcg@10_interval", interval_json(bootstrap_mean(ndcg))}};
}

struct Difference {
  std::string to;
  double value = 0, relative = 0;
  Interval interval;
};

Difference difference(const ArmResult& of, const ArmResult& to) {
  const std::vector<double> a = column(of, &RankingScore::ndcg_at_10);
  const std::vector<double> b = column(to, &RankingScore::ndcg_at_10);
  std::vector<double> gain;
  for (std::size_t i = 0; i < a.size(); ++i) gain.push_back(a[i] - b[i]);
  const double base = mean(b);
  return {.to = to.name,
          .value = mean(gain),
          .relative = base > 0 ? mean(gain) / base : 0,
          .interval = bootstrap_mean(gain)};
}

// Of the last arm to every other one; first, as "better arm", to the better of the single rankers.
std::vector<Difference> differences(const RetrievalEval& result) {
  std::vector<Difference> out;
  const ArmResult& last = result.arms.back();
  const ArmResult* better = nullptr;
  for (const ArmResult& arm : result.arms) {
    if (&arm == &last) continue;
    out.push_back(difference(last, arm));
    if (is_single(arm) &&
        (better == nullptr || mean(column(arm, &RankingScore::ndcg_at_10)) >
                                  mean(column(*better, &RankingScore::ndcg_at_10))))
      better = &arm;
  }
  if (better != nullptr) {
    Difference to_better = difference(last, *better);
    to_better.to = "better arm";
    out.insert(out.begin(), to_better);
  }
  return out;
}

}  // namespace

std::vector<std::string> arm_names() {
  std::vector<std::string> out;
  for (const Arm& arm : kArms) out.emplace_back(arm.name);
  return out;
}

RetrievalEval evaluate_retrieval(const std::filesystem::path& path,
                                 const RetrievalEvalOptions& options, ProgressSink& progress,
                                 const CancelToken& cancel) {
  const EvalDataset dataset = read_dataset(path, options.split);
  std::vector<const EvalQuestion*> asked;
  for (const EvalQuestion& question : dataset.questions)
    if (dataset.judged.contains(question.id)) asked.push_back(&question);
  if (asked.empty())
    throw Error(ErrorCode::invalid_argument,
                "no question has a judged document: qrels.tsv (or qrels/SPLIT.tsv) is missing, "
                "empty, or names other ids than queries.jsonl");
  const EvalLibrary library(dataset.documents, progress, cancel);
  const retrieve::Retriever retriever(library.reader(), library.access());
  RetrievalEval out;
  out.documents = dataset.documents.size();
  out.questions = asked.size();
  for (const Arm& arm : arms_named(options.arms))
    out.arms.push_back(
        run_arm(library, retriever, dataset, asked, arm, options.threads, progress, cancel));
  progress.finish();
  return out;
}

std::string to_json(const RetrievalEval& result) {
  ordered_json out = {{"docs", result.documents}, {"queries", result.questions}};
  out.update(arm_json(result.arms.back()));
  for (const ArmResult& arm : result.arms) out["arms"][arm.name] = arm_json(arm);
  for (const Difference& d : differences(result))
    out["differences"][d.to] = {
        {"ndcg@10", d.value}, {"relative", d.relative}, {"interval", interval_json(d.interval)}};
  out["bootstrap"] = {{"samples", kBootstrapSamples}, {"seed", kBootstrapSeed}};
  return out.dump();
}

std::string to_text(const RetrievalEval& result) {
  std::string out = std::to_string(result.documents) + " documents, " +
                    std::to_string(result.questions) + " questions\n" +
                    "arm            nDCG@10  [  95 %  ]     recall@5  recall@100  MRR@10  p50 ms"
                    "  p99 ms\n";
  char line[160];
  for (const ArmResult& arm : result.arms) {
    const std::vector<double> ndcg = column(arm, &RankingScore::ndcg_at_10);
    const Interval interval = bootstrap_mean(ndcg);
    std::snprintf(line, sizeof line,
                  "%-13s  %7.3f  [%.3f, %.3f]  %8.3f  %10.3f  %6.3f  %6.2f  %6.2f\n",
                  arm.name.c_str(), mean(ndcg), interval.low, interval.high,
                  mean(column(arm, &RankingScore::recall_at_5)),
                  mean(column(arm, &RankingScore::recall_at_100)),
                  mean(column(arm, &RankingScore::reciprocal_at_10)),
                  quantile(arm.milliseconds, 0.5), quantile(arm.milliseconds, 0.99));
    out += line;
  }
  for (const Difference& d : differences(result)) {
    std::snprintf(line, sizeof line, "%s - %s: %+.3f (%+.1f %%)  [%+.3f, %+.3f]\n",
                  result.arms.back().name.c_str(), d.to.c_str(), d.value, 100 * d.relative,
                  d.interval.low, d.interval.high);
    out += line;
  }
  return out;
}

}  // namespace carrel::cli
