#include "cli/eval_retrieval.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/eval_dataset.h"
#include "cli/eval_parallel.h"
#include "core/error.h"
#include "retrieve/retriever.h"

namespace carrel::cli {
namespace {

constexpr std::size_t kDepth = 100;  // documents ranked for each question

struct QuestionQuality {
  double ndcg = 0, recall = 0, reciprocal = 0, ms = 0;
};

QuestionQuality judge(const std::vector<retrieve::Passage>& ranked,
                      const std::map<std::string, double>& gains) {
  QuestionQuality out;
  std::vector<double> ideal;
  for (const auto& [document, gain] : gains) ideal.push_back(gain);
  std::sort(ideal.rbegin(), ideal.rend());
  double best = 0, got = 0;
  const auto discount = [](std::size_t rank) { return std::log2(static_cast<double>(rank) + 2); };
  for (std::size_t i = 0; i < std::min<std::size_t>(10, ideal.size()); ++i)
    best += ideal[i] / discount(i);
  std::size_t found = 0;
  for (std::size_t i = 0; i < std::min(kDepth, ranked.size()); ++i) {
    const auto gain = gains.find(ranked[i].external_id);
    if (gain == gains.end()) continue;
    ++found;
    if (i >= 10) continue;
    got += gain->second / discount(i);
    if (out.reciprocal == 0) out.reciprocal = 1.0 / static_cast<double>(i + 1);
  }
  out.ndcg = best > 0 ? got / best : 0;
  out.recall = static_cast<double>(found) / static_cast<double>(gains.size());
  return out;
}

RankingQuality summarize(const std::vector<QuestionQuality>& questions) {
  RankingQuality out;
  std::vector<double> ms;
  for (const QuestionQuality& q : questions) {
    out.ndcg_at_10 += q.ndcg;
    out.recall_at_100 += q.recall;
    out.mrr_at_10 += q.reciprocal;
    ms.push_back(q.ms);
  }
  const auto n = static_cast<double>(questions.size());
  out.ndcg_at_10 /= n;
  out.recall_at_100 /= n;
  out.mrr_at_10 /= n;
  std::sort(ms.begin(), ms.end());
  out.p50_ms = ms[ms.size() / 2];
  out.p99_ms = ms[std::min(ms.size() - 1, ms.size() * 99 / 100)];
  return out;
}

RankingQuality run_arm(const EvalLibrary& library, const retrieve::Retriever& retriever,
                       const EvalDataset& dataset, const std::vector<const EvalQuestion*>& asked,
                       retrieve::Arms arms, ProgressSink& progress, const CancelToken& cancel) {
  retrieve::RetrieveOptions options;
  options.passages_max = kDepth;
  options.candidates_max = 1000;  // chunks; enough for 100 documents
  options.ef_search = 1000;
  options.time_max = std::chrono::seconds(60);
  options.arms = arms;
  options.one_per_document = true;
  const access::Visibility visible = library.visibility();
  std::vector<QuestionQuality> results(asked.size());
  for_each_in_parallel(asked.size(), "searching", progress, cancel, [&](std::size_t i) {
    const Stopwatch watch;
    const auto found = retriever.retrieve(visible, asked[i]->text, options, cancel);
    const double ms = watch.milliseconds();
    results[i] = judge(found.passages, dataset.judged.at(asked[i]->id));
    results[i].ms = ms;
  });
  return summarize(results);
}

nlohmann::ordered_json arm_json(const RankingQuality& arm) {
  return {{"ndcg@10", arm.ndcg_at_10},
          {"recall@100", arm.recall_at_100},
          {"mrr@10", arm.mrr_at_10},
          {"p50_ms", arm.p50_ms},
          {"p99_ms", arm.p99_ms}};
}

}  // namespace

RetrievalEval evaluate_retrieval(const std::filesystem::path& directory, ProgressSink& progress,
                                 const CancelToken& cancel) {
  const EvalDataset dataset = read_dataset(directory);
  std::vector<const EvalQuestion*> asked;
  for (const EvalQuestion& question : dataset.questions)
    if (dataset.judged.contains(question.id)) asked.push_back(&question);
  if (asked.empty())
    throw Error(
        ErrorCode::invalid_argument,
        "No question has a judged document: qrels.tsv is missing, empty, or names other ids.");
  const EvalLibrary library(dataset.documents, progress, cancel);
  const retrieve::Retriever retriever(library.reader(), library.access());
  const auto run = [&](retrieve::Arms arms) {
    return run_arm(library, retriever, dataset, asked, arms, progress, cancel);
  };
  RetrievalEval out;
  out.documents = dataset.documents.size();
  out.questions = asked.size();
  out.keyword = run(retrieve::Arms::keyword_only);
  out.vector = run(retrieve::Arms::vector_only);
  out.fusion = run(retrieve::Arms::both);
  progress.finish();
  return out;
}

std::string to_json(const RetrievalEval& result) {
  nlohmann::ordered_json out = {{"docs", result.documents}, {"queries", result.questions}};
  out.update(arm_json(result.fusion));
  out["arms"] = {{"keyword", arm_json(result.keyword)},
                 {"vector", arm_json(result.vector)},
                 {"fusion", arm_json(result.fusion)}};
  return out.dump();
}

std::string to_text(const RetrievalEval& result) {
  std::string out = std::to_string(result.documents) + " documents, " +
                    std::to_string(result.questions) + " questions\n" +
                    "arm       nDCG@10  recall@100  MRR@10  p50 ms  p99 ms\n";
  const auto row = [&](const char* name, const RankingQuality& arm) {
    char line[128];
    std::snprintf(line, sizeof line, "%-8s  %7.3f  %10.3f  %6.3f  %6.2f  %6.2f\n", name,
                  arm.ndcg_at_10, arm.recall_at_100, arm.mrr_at_10, arm.p50_ms, arm.p99_ms);
    out += line;
  };
  row("keyword", result.keyword);
  row("vector", result.vector);
  row("fusion", result.fusion);
  return out;
}

}  // namespace carrel::cli
