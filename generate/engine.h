// generate/engine.h
//
// Makes an answer out of passages: every sentence carries the numbers of the passages it rests on
// and is checked against them before it is handed out. Where nothing in the passages answers, it
// abstains, in the same words whatever the reason.
//
// Threads: const members may run on many threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/cancel.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

struct AnswerSentence {
  std::string text;            // plain text, without the citation marks
  std::vector<int> citations;  // 1-based numbers of passages
};

struct Citation {
  int n = 0;  // the passage's number
  ChunkId chunk;
  DocumentId document;
  std::string title;
  std::string uri;
  std::int32_t page = 0;
  std::string quote;  // the words of the passage that the sentence rests on
  ByteRange span;     // of the quote in the document's text
};

struct Usage {
  std::size_t prompt_tokens = 0;
  std::size_t completion_tokens = 0;
};

struct Answer {
  std::vector<AnswerSentence> sentences;
  std::vector<Citation> citations;  // ascending n; only passages that a sentence cites
  bool abstained = false;
  double confidence = 0;  // in [0, 1]: that the passages answer the question; for calibration
  std::string engine;     // "extractive"
  Usage usage;
  // The sentences joined, each followed by its marks: "Staff have 25 days of leave. [1]"
  std::string text() const;
};

// What an abstaining answer says: the same words whether or not something unreadable would answer.
extern const std::string_view kAbstention;

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;

  // `on_sentence` is called for each sentence as soon as it is checked; it may throw to stop.
  // Passages are numbered from 1 in the order given. Errors: cancelled, deadline, unavailable.
  virtual Answer answer(std::string_view question, const retrieve::Retrieval& retrieval,
                        const std::function<void(const AnswerSentence&)>& on_sentence,
                        const CancelToken& cancel) const = 0;
};

// Composes an answer out of the sentences and table rows that answer the question, verbatim.
struct ExtractiveOptions {
  std::size_t sentences_max = 3;  // 1..10
  std::size_t words_max = 60;     // of the whole answer, soft
  double confidence_min = 0.5;    // below: abstain
};
std::unique_ptr<Engine> make_extractive_engine(const ExtractiveOptions& options);

}  // namespace carrel::generate
