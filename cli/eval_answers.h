// cli/eval_answers.h
//
// How well the extractive engine answers the questions of a public test collection and refuses
// those that have no answer: what `carrel eval answers` prints. Errors: those of eval_dataset.h, of
// Retriever and of the engine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/eval_dataset.h"
#include "cli/eval_measures.h"
#include "core/cancel.h"
#include "core/progress.h"
#include "generate/engine.h"

namespace carrel::cli {

struct AnswersEvalOptions {
  std::string split;                   // see read_dataset
  generate::ExtractiveOptions engine;  // its operating point too
  // Leaves the articles of this share of the answerable questions out of the library, in (0, 1):
  // these questions then have no answer, and the collection's own unanswerable ones are left out.
  std::optional<double> absent;
  unsigned threads = 0;  // that answer at the same time; 0: one a processor
};

// One question and what became of it.
struct JudgedAnswer {
  bool answerable = false, abstained = false;
  bool gold = false;         // a gold answer stands in the answer; an abstention holds nothing
  bool gold_in_one = false;  // ... in the answer cut to its one best sentence
  bool knows_document = false, cites_document = false;
  std::size_t cited = 0, supported = 0, words = 0;
  double confidence = 0;             // the engine's
  double coverage = 0, keyword = 0;  // of the best passage: share of the question's idf, best BM25
  double milliseconds = 0;           // of search and answer together
};

struct AnswersEval {
  std::size_t documents = 0, documents_absent = 0;
  std::vector<JudgedAnswer> answers;
};

AnswersEval evaluate_answers(const std::filesystem::path& dataset,
                             const AnswersEvalOptions& options, ProgressSink& progress,
                             const CancelToken& cancel);

// Takes whole articles (paragraphs of one title; for documents without a title, each alone) out of
// a dataset until `share` of its answerable questions are about them; these become unanswerable.
// The choice comes from kBootstrapSeed. Returns how many documents went. Errors: invalid_argument
// (no question tells its document).
std::size_t leave_articles_out(EvalDataset& dataset, double share);

std::string to_json(const AnswersEval& result);
std::string to_text(const AnswersEval& result);

}  // namespace carrel::cli
