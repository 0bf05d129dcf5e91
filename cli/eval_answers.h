// cli/eval_answers.h
//
// How well the extractive engine answers the questions of a public test collection and refuses
// those that have no answer: what `carrel eval answers` prints. Uses every processor.
#pragma once

#include <filesystem>
#include <string>

#include "core/cancel.h"
#include "core/progress.h"
#include "generate/engine.h"

namespace carrel::cli {

struct AnswersEval {
  std::size_t questions = 0;
  // Of the answerable questions; an abstention holds nothing. Words are compared without case,
  // punctuation and articles, as SQuAD does.
  double contains_gold = 0;               // a gold answer stands in the answer
  double contains_gold_one_sentence = 0;  // ... in the answer cut to its one best sentence
  double citation_precision =
      0;                  // of pairs of sentence and citation: the cited chunk, read again, says it
  double mean_words = 0;  // of answers that are no abstention
  double refusal_auroc =
      0;  // of the confidence: answerable against unanswerable; 0.5 if one kind is missing
  double abstained_answerable = 0,
         abstained_unanswerable = 0;  // shares, at the options' operating point
  double cites_gold_document = 0;     // of answered questions whose document is told
  double p50_ms = 0, p99_ms = 0;      // of search and answer together, all processors busy
};

AnswersEval evaluate_answers(const std::filesystem::path& dataset,
                             const generate::ExtractiveOptions& options, ProgressSink& progress,
                             const CancelToken& cancel);

std::string to_json(const AnswersEval& result);
std::string to_text(const AnswersEval& result);

// Whether `text` holds one of `answers`, word for word once case, punctuation and articles are
// gone.
bool contains_answer(std::string_view text, const std::vector<std::string>& answers);

// The area under the ROC curve: the chance that a positive outranks a negative, ties counting half.
double area_under_roc(std::vector<std::pair<double, bool>> scored);

}  // namespace carrel::cli
