// bench/answer_cases.h
//
// Questions of a public collection as a company would meet them: asked of a library that holds
// their article, of one that lacks it, of one that lacks the paragraph which answers, and with a
// name or a figure exchanged. Every library lacks a fold of the articles, that of the question or
// another: a model could else tell the kinds apart by the idf of a library's size. Built with the
// product's own chunker, encoder, retriever and units.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/eval_dataset.h"
#include "cli/eval_library.h"
#include "generate/considered.h"

namespace carrel::bench {

enum class CaseKind : std::uint8_t {
  answerable,   // asked of a library that lacks the articles of another fold
  adversarial,  // the collection's own unanswerable questions, asked of the same
  absent,       // answerable ones, asked of a library without the articles of their fold
  taken,        // answerable ones, asked while the answering paragraph is away
  exchanged,    // answerable ones with a name or a figure of another question of their article
};
inline constexpr std::size_t kCaseKinds = 5;

struct Case {
  CaseKind kind = CaseKind::answerable;
  std::size_t question = 0;  // in the collection
  std::size_t fold = 0;      // of its article
};

struct CaseOptions {
  std::size_t folds = 5;  // at least 2
};

// The collection, its folds of articles, and the libraries to ask.
class CaseSource {
 public:
  CaseSource(const std::filesystem::path& collection, const CaseOptions& options);
  ~CaseSource();

  const std::vector<Case>& cases() const { return cases_; }
  std::size_t folds() const { return options_.folds; }
  const std::vector<std::string>& answers(const Case& one) const;
  std::string text(const Case& one) const;

  // The passages for a case; any thread.
  retrieve::Retrieval retrieve(const Case& one) const;

 private:
  struct Shelf;  // a library and its retriever
  std::string exchanged(std::size_t question) const;

  CaseOptions options_;
  cli::EvalDataset dataset_;
  std::vector<std::string> article_;  // of each question
  std::vector<Case> cases_;
  std::vector<std::string> exchanged_;           // of each question; empty: nothing to exchange
  std::vector<std::unique_ptr<Shelf>> shelves_;  // [f] without fold f
};

}  // namespace carrel::bench
