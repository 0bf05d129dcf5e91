// index/library.h
//
// A data folder, opened: the catalogue (SQLite, the one truth), the keyword index (Xapian) and the
// vector indexes (HNSW), kept in step through the ordered log of changes.
//
//   DIR/carrel.db     the truth        DIR/keywords/   Xapian, derived
//   DIR/originals/    accepted files, content-addressed and sealed
//   DIR/audit/        the audit log (access/audit_log)      DIR/lock  the owner
//   DIR/vectors-N.f16 model N's embeddings as the vector index maps them, derived
//
// The derived indexes each remember the last change they applied; opening applies the rest.
//
// Threads: reader() and writer() may be used on many threads. Ownership: borrows store and access.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/access_control.h"
#include "core/clock.h"
#include "core/progress.h"
#include "core/store.h"
#include "index/conversations.h"
#include "index/feedback.h"
#include "index/reader.h"
#include "index/writer.h"

namespace carrel::index {

struct LibraryOptions {
  VectorIndexOptions vectors;
  ConversationOptions conversations;
  // Vectors after which the graph is saved, in a graph of more than 32 times as many a 32nd of it:
  // insertions touch pages everywhere, so a checkpoint costs what the graph is large.
  std::size_t checkpoint_changes_max = 10'000;
};

struct VerifyFinding {
  std::string store;  // "catalogue", "keywords", "vectors", "originals"
  std::string what;   // a sentence: what is wrong and what it means
};

class Library {
 public:
  // Creates what is missing, applies changes that the derived indexes lack.
  // Errors: corrupt (says which store and what to do), conflict (newer schema), unavailable.
  Library(const std::filesystem::path& directory, Store& store, access::AccessControl& access,
          const Clock& clock, const LibraryOptions& options);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const Reader& reader() const;
  Writer& writer();
  Conversations& conversations() const;
  Feedback& feedback() const;
  access::AccessControl& access() const;

  // Compares every store with the truth. Empty: in step.
  std::vector<VerifyFinding> verify(ProgressSink& progress) const;
  // Rebuilds the keyword index and the graphs from the truth.
  void rebuild_derived(ProgressSink& progress);

  struct State;
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace carrel::index
