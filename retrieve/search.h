// retrieve/search.h
//
// The ranking behind Retriever: both arms over one scope, vector feedback, fusion, and the features
// reranker over the best of them. What it returns are chunk numbers that the scope admitted while
// the rankers ran; turning them into passages, and checking once more who may read them, is
// retriever.cpp's.
//
// Any thread. Errors: deadline, cancelled, unavailable, corrupt.
#pragma once

#include <optional>
#include <vector>

#include "core/cancel.h"
#include "core/text.h"
#include "index/reader.h"
#include "retrieve/active_encoder.h"
#include "retrieve/document_evidence.h"
#include "retrieve/fuse.h"
#include "retrieve/query.h"
#include "retrieve/ranker.h"
#include "retrieve/retriever.h"

namespace carrel::retrieve {

// How the arms are joined (see fuse.h for how the weights were chosen); not meant to be tuned per
// library.
struct RankingOptions {
  FusionWeights weights;
  double first_pass_alpha = 0.7;      // keyword share of the ranking that feeds back
  std::size_t feedback_passages = 3;  // whose embeddings move the question's
  double feedback_weight = 0.25;      // of each
  double named_document = 1.0;        // added for a passage of a document that the question names
  double superseded = 0.08;           // taken from a passage of an edition no longer in force
  double document_logits = 6;         // what one unit of the two is worth to the reranker
  std::size_t reranked_max = 64;      // of the fused candidates
};

// The fused candidates, and of the best of them what the reranker goes by.
struct Candidates {
  std::vector<index::Candidate> fused;  // best first; ties by ascending chunk
  std::vector<ChunkId> described;       // row by row of `set`; empty without rerank
  std::optional<CandidateSet> set;
};

struct Ranking {
  std::vector<index::Candidate> ranked;  // best first; ties by ascending chunk
  std::vector<index::VisibleTerm> terms;
  double keyword_ms = 0, vector_ms = 0, fuse_ms = 0, rerank_ms = 0;
  bool used_vectors = false;
};

class Search {
 public:
  Search(const index::Reader& reader, const Analyzer& analyzer, const ActiveEncoder& encoder,
         const RankingOptions& options)
      : reader_(reader), analyzer_(analyzer), encoder_(encoder), ranking_(options) {}

  Ranking rank(const index::Scope& scope, const ParsedQuery& query, const RetrieveOptions& options,
               const CancelToken& cancel) const;
  // The same up to the reranker's weights, for those who learn them. `timings` gets everything but
  // `ranked`.
  Candidates candidates(const index::Scope& scope, const ParsedQuery& query,
                        const RetrieveOptions& options, Ranking& timings,
                        const CancelToken& cancel) const;

 private:
  // The vector arm's candidates, and the question in the space they were found in.
  struct VectorArm {
    std::vector<index::Candidate> candidates;
    ModelId model;
    std::vector<float> question, moved;  // empty: no encoder knows a word of it
    bool is_nested = false;
  };
  index::KeywordResult keyword_arm(const index::Scope& scope, const ParsedQuery& query,
                                   const RetrieveOptions& options, const CancelToken& cancel) const;
  std::string visibly_known_words(const access::Visibility& visible,
                                  const std::string& plain) const;
  VectorArm vector_arm(const index::Scope& scope, const ParsedQuery& query,
                       const index::KeywordResult& keyword, const RetrieveOptions& options,
                       const CancelToken& cancel) const;
  void add_named_documents(const index::Scope& scope, const ParsedQuery& query,
                           const DocumentEvidence& evidence, const RetrieveOptions& options,
                           const CancelToken& cancel, index::KeywordResult& keyword) const;
  double document_change(const access::Visibility& visible, const DocumentEvidence& evidence,
                         DocumentId document) const;
  void weigh_documents(const access::Visibility& visible, const DocumentEvidence& evidence,
                       std::vector<index::Candidate>& fused) const;
  void describe(const index::Scope& scope, const ParsedQuery& query,
                const index::KeywordResult& keyword, const VectorArm& vector,
                const DocumentEvidence& evidence, Candidates& out) const;
  double coverage_of_best(const access::Visibility& visible, const ParsedQuery& query,
                          const index::KeywordResult& keyword) const;

  const index::Reader& reader_;
  const Analyzer& analyzer_;
  const ActiveEncoder& encoder_;
  RankingOptions ranking_;
};

// The text of all that a chunk is indexed under: its document's title, its section, its own text.
std::string indexed_text(const index::DocumentInfo& document, const index::StoredChunk& chunk);

// Its words, in the terms of the question where they share a stem with one of its words.
std::vector<Word> indexed_words(const Analyzer& analyzer, const ParsedQuery& query,
                                const index::DocumentInfo& document,
                                const index::StoredChunk& chunk);

}  // namespace carrel::retrieve
