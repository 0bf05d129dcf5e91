// retrieve/retriever.h
//
// Finds the passages that answer a question, among those the asker may read.
//
// Two rankers run over one scope, BM25 over postings and nearest neighbours over embeddings, fused
// by a convex combination that trusts the keyword arm as far as its best hit covers the question;
// the best of them are ordered once more by what their words and embeddings tell (ranker.h).
// Each survivor is authorized once more, against the rules and rows as they are then, before it
// leaves.
//
// Threads: const members may run on many threads at once.
// Ownership: borrows all it is given; the caller keeps them alive.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_control.h"
#include "core/cancel.h"
#include "index/reader.h"
#include "retrieve/vocabulary.h"

namespace carrel::retrieve {

// Which arms take part: one alone for evaluation and ablation, both for people.
enum class Arms : std::uint8_t { both, keyword_only, vector_only };

struct RetrieveOptions {
  std::size_t passages_max = 10;     // returned, 1..200
  std::size_t candidates_max = 200;  // taken from each ranker before fusion, 1..1000
  std::size_t ef_search = 256;       // beam of the graph search, >= candidates_max
  std::chrono::milliseconds time_max{2000};
  Arms arms = Arms::both;
  bool rerank =
      true;  // order the best fused candidates by ranker.h; an arm alone is never reranked
  std::size_t continuations_max = 0;  // neighbours of cut lists and tables (continuation.h), 0..16
  bool one_per_document = false;      // only each document's best passage (for document rankings)
  index::FilterStrategy vector_strategy = index::FilterStrategy::automatic;
  index::DocumentFilter filter;  // beside the one written in the question
};

struct Passage {
  ChunkId chunk;
  DocumentId document;
  std::string title;  // of the document; like all text here untrusted
  std::string uri;
  std::string external_id;
  std::string collection;
  std::string mime_type;
  std::string label;
  std::string language;  // of the document, a tag; empty: unknown
  std::int32_t page = 0;  // 1-based; 0: none
  std::string section;
  ByteRange span;  // in the document's extracted text
  std::string text;
  std::vector<ByteRange> highlights;  // in `text`, ascending, not overlapping
  std::vector<index::TextLine> lines;
  double score = 0;        // comparable within one answer only; never sent to readers
  double coverage = 0;     // share of the question's visible idf mass that occurs in the passage
  bool continues = false;  // was not found, but stands beside one that was (continuation.h)

  // Where a byte of `text` stands in the document. A cut table repeats its header in front of the
  // text, so the ends are aligned, not the beginnings.
  std::size_t place_of(std::size_t at) const {
    const std::size_t repeated = text.size() > span.size() ? text.size() - span.size() : 0;
    return span.begin + (at > repeated ? at - repeated : 0);
  }
};

struct Retrieval {
  std::vector<Passage> passages;        // best first; ties by ascending ChunkId; continuations last
  access::AccessEpoch epoch;            // the access rules all of them were checked under
  std::vector<Correction> corrections;  // words of the question that were read for others
  std::vector<index::VisibleTerm> terms;  // of the question, with visible statistics
  double keyword_ms = 0, vector_ms = 0, fuse_ms = 0, rerank_ms = 0;
  bool used_vectors = false;
};

class Retriever {
 public:
  Retriever(const index::Reader& reader, const access::AccessControl& access);
  ~Retriever();

  // Never returns a passage outside `visible`; nothing visible yields no passages.
  // Filters may be written in the question itself: `collection:hr type:pdf "exact phrase" -not`.
  // Errors: invalid_argument (question empty, longer than 2 KiB or not UTF-8; option out of range;
  // unknown filter), deadline, cancelled, unavailable, corrupt.
  Retrieval retrieve(const access::Visibility& visible, std::string_view question,
                     const RetrieveOptions& options, const CancelToken& cancel) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::retrieve
