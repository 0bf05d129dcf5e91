// cli/eval_retrieval.h
//
// How well search ranks the documents of a public test collection, arm by arm: what `carrel eval
// retrieval` prints. Errors: those of eval_dataset.h and of Retriever.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/eval_measures.h"
#include "core/cancel.h"
#include "core/progress.h"

namespace carrel::cli {

struct RetrievalEvalOptions {
  std::string split;              // see read_dataset
  std::vector<std::string> arms;  // names of arm_names(); empty: all
  unsigned threads = 0;           // that search at the same time; 0: one a processor
};

// "keyword", "vector", "fusion", ...: from the single ranker to what people get, which is the last.
std::vector<std::string> arm_names();

// One arm's ranking of every question that has a judged document.
struct ArmResult {
  std::string name;
  std::vector<RankingScore> scores;  // by question
  std::vector<double> milliseconds;  // of one search for 100 documents
};

struct RetrievalEval {
  std::size_t documents = 0, questions = 0;
  std::vector<ArmResult> arms;  // in the order of arm_names()
};

RetrievalEval evaluate_retrieval(const std::filesystem::path& dataset,
                                 const RetrievalEvalOptions& options, ProgressSink& progress,
                                 const CancelToken& cancel);

// {"docs":..,"queries":..,"ndcg@10":..,...} of the last arm asked for, "arms" with all of them, and
// "differences": of the last arm to each other one and to the better of the single rankers.
std::string to_json(const RetrievalEval& result);
// A table for people.
std::string to_text(const RetrievalEval& result);

}  // namespace carrel::cli
