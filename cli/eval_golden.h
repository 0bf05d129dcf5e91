// cli/eval_golden.h
//
// A library's own golden questions: asked of the library itself, with the rights of the user they
// name, through the same door as people's questions, so that each is audited like one.
//
// A file holds one JSON object a line:
//   _id         what the question is called
//   text        the question
//   as          whose rights apply (or --as for all)
//   documents   paths, uris or external ids, any of which is right; `document` for one. A path is
//               compared with the end of the document's uri.
//   page        the page in it, if one matters
//   passage     words of the expected passage, any of them: a text or a list (optional)
//   answers     words that a right answer holds, any of them
//   answerable  false: the question must be refused, and needs none of the above
//   type        a word by which figures are broken down (optional)
//
// One thread. Errors: those of jsonl.h, and invalid_argument for a question without what it needs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/serving.h"
#include "core/cancel.h"
#include "core/progress.h"

namespace carrel::cli {

struct GoldenQuestion {
  std::string id, text, as, type;
  std::vector<std::string> documents, passages, answers;
  std::int32_t page = 0;  // 1-based; 0: any
  bool answerable = true;
};

// `as`: for questions that name nobody; may be empty where all do.
std::vector<GoldenQuestion> read_golden(const std::filesystem::path& file, const std::string& as);

// What became of one question. Ranks count from 1; 0: not among the first 10.
struct GoldenResult {
  GoldenQuestion question;
  std::size_t document_rank = 0, page_rank = 0, passage_rank = 0;
  bool abstained = false, holds_answer = false;
  std::string answer;       // as it was given
  std::string first_found;  // title and place of the first hit
  std::size_t words = 0;

  // 0 where all is right; the more, the worse (a wrong answer before a missing one).
  int faults() const;
  std::string verdict() const;  // "answered; to be refused", "document not found, abstained", ...
};

std::vector<GoldenResult> run_golden(const Context& context, App& app,
                                     const std::vector<GoldenQuestion>& questions,
                                     ProgressSink& progress, const CancelToken& cancel);

// `worst`: how many of the questions with faults are listed.
std::string golden_json(const std::vector<GoldenResult>& results, std::size_t worst);
std::string golden_text(const std::vector<GoldenResult>& results, std::size_t worst);

}  // namespace carrel::cli
