// cli/eval_retrieval.h
//
// How well search ranks the documents of a public test collection, arm by arm: what `carrel eval
// retrieval` prints. Uses every processor. Errors: those of eval_dataset.h and of Retriever.
#pragma once

#include <filesystem>
#include <string>

#include "core/cancel.h"
#include "core/progress.h"

namespace carrel::cli {

// Means over the questions that have a judged document. Gains are linear, as trec_eval counts.
struct RankingQuality {
  double ndcg_at_10 = 0, recall_at_100 = 0, mrr_at_10 = 0;
  double p50_ms = 0, p99_ms = 0;  // of one search for 100 documents, all processors busy
};

struct RetrievalEval {
  std::size_t documents = 0, questions = 0;
  RankingQuality keyword, vector, fusion;
};

RetrievalEval evaluate_retrieval(const std::filesystem::path& dataset, ProgressSink& progress,
                                 const CancelToken& cancel);

// {"docs":..,"queries":..,"ndcg@10":..,...} of the fusion, and "arms" with all three.
std::string to_json(const RetrievalEval& result);
// A table for people.
std::string to_text(const RetrievalEval& result);

}  // namespace carrel::cli
