// ingest/embedder.h
//
// Brings embeddings after documents: folds new chunks into the model in use, trains the first one,
// and when the library has grown or drifted trains a new one beside it and switches atomically.
//
// Threads: run() on one thread at a time. Ownership: borrows the library.
#pragma once

#include <cstdint>

#include "core/cancel.h"
#include "core/progress.h"
#include "embed/lsa.h"
#include "index/library.h"

namespace carrel::ingest {

struct EmbedOptions {
  embed::LsaOptions lsa;
  double retrain_growth = 0.2;     // chunks more than at training, as a share of them
  double retrain_unknown = 0.15;   // mean unknown share of new chunks' terms
  std::size_t batch_chunks = 512;  // encoded and committed at a time
};

struct EmbedReport {
  std::size_t embedded = 0;
  bool trained = false;
  double seconds = 0;
};

class Embedder {
 public:
  Embedder(index::Library& library, const EmbedOptions& options);

  // Until every chunk has an embedding of the active model. May be interrupted anywhere and called
  // again. Errors: cancelled, unavailable.
  EmbedReport run(ProgressSink& progress, const CancelToken& cancel);

 private:
  index::Library& library_;
  EmbedOptions options_;
};

}  // namespace carrel::ingest
