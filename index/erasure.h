// index/erasure.h
//
// What may be deleted, when it should be, and that it is gone afterwards.
//
// A hold keeps a document from being deleted by anybody until it is released. A collection's
// retention says after how many days without a new version its documents are due. Deleting removes
// rows; purge() then removes what rows leave behind: Xapian keeps deleted postings in its files
// until they are written anew, SQLite keeps copies of moved cells in its pages and old pages in its
// write-ahead log. A deleted document stays listed as pending until a purge has come to its end, so
// that one that was interrupted is known and done again.
//
// Threads: all members, any thread. Ownership: borrows the library.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/progress.h"
#include "index/library.h"

namespace carrel::index {

struct Hold {
  DocumentId document;
  std::string reason;
  std::string placed_by;
  UnixMillis since;
};

struct Retention {
  std::string collection;
  std::int64_t days = 0;
};

struct DueDocument {
  DocumentId document;
  std::string collection;
  UnixMillis updated;
  bool is_held = false;
};

// A deleted document whose traces are still to be removed.
struct PendingErasure {
  DocumentId document;
  UnixMillis deleted;
  std::vector<std::uint64_t> words;  // word_hash() of each of its words, ascending
};

class Erasure {
 public:
  static constexpr std::size_t kReasonBytesMax = 500;
  static constexpr std::int64_t kDaysMax = 36'500;

  explicit Erasure(Library& library) : library_(library) {}

  // --- holds. Errors: not_found (no such document, or not held), conflict (held already),
  // invalid_argument (no reason, or too long a one).
  void hold(DocumentId document, std::string_view reason, std::string_view placed_by);
  void release(DocumentId document);
  std::vector<Hold> holds() const;

  // --- retention. No days: documents of this collection stay until somebody deletes them.
  // Errors: not_found (no such collection), invalid_argument (days outside 1..36500).
  void set_retention(const std::string& collection, std::optional<std::int64_t> days);
  std::vector<Retention> retention() const;
  std::vector<DueDocument> due() const;  // at the clock's time, oldest first

  // --- purging
  std::vector<PendingErasure> pending() const;
  static std::uint64_t word_hash(std::string_view term);
  // Whether any chunk now in the library holds this term, by the keyword index's last commit.
  bool is_in_use(std::string_view term) const;
  std::string model_bytes(ModelId model) const;
  void replace_model_bytes(ModelId model, std::string_view bytes);
  void drop_model(ModelId model);  // the one in use too: search goes on by words
  // Questions, titles and comments in people's histories for which `quotes` holds are emptied.
  // Returns how many.
  std::size_t erase_history(const std::function<bool(std::string_view)>& quotes);
  // Writes every store anew without what was deleted. Errors: unavailable (a long read keeps old
  // pages on disk: run it again).
  void rewrite_stores(ProgressSink& progress);
  void finish(const std::vector<PendingErasure>& done);
  std::int64_t purges() const;  // that came to their end, ever

 private:
  Library& library_;
};

}  // namespace carrel::index
