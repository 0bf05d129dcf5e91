// ingest/embedder.h
//
// Brings embeddings after documents: folds new chunks into the model in use, trains the first one,
// and when the library has grown or drifted trains a new one beside it and switches atomically: a
// model is in use only once every chunk has its embedding.
//
// A run that was stopped while it filled a new model leaves it `building`; the next run goes on
// with it, or drops it where the library has moved on.
//
// Threads: run() on one thread at a time. Ownership: borrows the library.
#pragma once

#include <cstdint>
#include <optional>

#include "core/cancel.h"
#include "core/progress.h"
#include "embed/lsa.h"
#include "index/library.h"

namespace carrel::ingest {

struct EmbedOptions {
  embed::LsaOptions lsa;
  double retrain_growth = 0.2;     // chunks more (or fewer) than at training, as a share of them
  double retrain_unknown = 0.15;   // mean unknown share of new chunks' terms
  std::size_t batch_chunks = 512;  // encoded and committed at a time, 1..4096
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
  // again. A library too small to learn from stays without a model: keyword search serves it.
  // Errors: cancelled, deadline, unavailable (the model in use is not one this class trains).
  EmbedReport run(ProgressSink& progress, const CancelToken& cancel);

 private:
  struct InUse;  // a model and its encoder
  std::optional<InUse> load_active();
  std::optional<InUse> resume_building(std::size_t chunks);
  std::optional<InUse> train_new(std::size_t chunks, ProgressSink& progress,
                                 const CancelToken& cancel);
  void switch_to(const InUse& model, EmbedReport& report, ProgressSink& progress,
                 const CancelToken& cancel);
  double fold_in(const InUse& model, EmbedReport& report, ProgressSink& progress,
                 const CancelToken& cancel);
  bool has_outgrown(const index::ModelInfo& model, std::size_t chunks) const;
  void drop_retired();

  index::Library& library_;
  EmbedOptions options_;
};

}  // namespace carrel::ingest
