// access/detail/audit_state.h
//
// What the files that implement AuditLog share: its tables and its writer.
//
// The writer thread takes what has arrived (at most batch_max records), writes it with a newly
// signed head in one transaction, and only then lets the callers go: an append costs one fsync,
// shared by all who wait for it. If the transaction fails, every caller in it gets the error, and
// before the next one the state is read back from disk, because a failed commit does not tell
// whether it happened.
//
// Locks: `mutex_` guards the queue and the published head, `database_mutex` the writing connection
// and the frontier. Whoever needs both takes database_mutex first.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "access/detail/audit_format.h"
#include "access/detail/merkle.h"
#include "core/sqlite.h"

namespace carrel::access {

namespace detail {

inline constexpr std::uint64_t kHeadEvery = 4096;  // older heads are kept once in so many records
inline constexpr int kTileHeight = 8;              // hashes of 2^8, 2^16 ... records are stored
inline constexpr std::size_t kFieldBytesMax = 512;
inline constexpr std::size_t kDetailsBytesMax = 256U << 10;
inline constexpr std::size_t kWordsBytesMax = 1U << 20;
inline constexpr std::size_t kAuditReadersMax = 4;

void prepare_audit_tables(Database& db);

// A statement over rows of records with their words, and the row it stands at.
inline constexpr std::string_view kRowColumns =
    "SELECT r.id, r.time, r.actor, r.os_user, r.via, r.action, r.phase, r.intent, r.details, "
    "r.commitment, r.seal, w.record, w.salt, w.words, w.erased_at, w.erasure "
    "FROM audit_record r LEFT JOIN audit_words w ON w.record = r.id ";
AuditRow row_at(const Statement& rows);
StoredAuditRecord to_stored(const AuditRow& row);

std::uint64_t newest_record(Database& db);
// The head over the most records. None: the log is empty, or its heads are gone.
std::optional<AuditHead> newest_head(Database& db);
AuditHead head_at(const Statement& rows);  // columns size, root, time, public_key, signature

// The root over records begin + 1 .. end, from stored hashes where there are some.
// Errors: corrupt (a record is missing).
Digest root_of_range(Database& db, std::uint64_t begin, std::uint64_t end);
Frontier frontier_of(Database& db, std::uint64_t size);

}  // namespace detail

struct AuditLog::State {
  State(const std::filesystem::path& directory, const AuditOptions& the_options,
        const Clock& the_clock, SecretSource& the_secrets);
  ~State();

  AuditId append(const AuditRecord& record, std::string_view words);
  AuditHead head() const;  // Errors: corrupt (changed from outside)
  std::uint64_t size() const;
  void check_writable();

  const Clock& clock;
  AuditOptions options;
  std::mutex database_mutex;
  Database writer;  // guarded by database_mutex
  detail::AuditKey key;
  mutable DatabasePool readers;

 private:
  // One caller's record, on that caller's stack until `is_done`.
  struct Waiting {
    const AuditRecord& record;
    std::string_view words;
    std::string salt;
    AuditId id;
    std::string error;
    bool is_done = false;
  };

  void load();  // the frontier and the head from disk, checked against each other
  void run();
  AuditHead write_batch(const std::vector<Waiting*>& batch);
  void insert(const detail::AuditRow& row);
  void replace_head(const AuditHead& head);

  SecretSource& secrets_;
  detail::Frontier frontier_;  // guarded by database_mutex
  bool must_load_ = false;     // writer thread only
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable done_;
  std::vector<Waiting*> queue_;
  AuditHead head_;
  std::string refusal_;  // not empty: the log was changed from outside and takes no records
  bool is_stopping_ = false;
  std::chrono::steady_clock::time_point writable_until_{};
  std::thread thread_;
};

}  // namespace carrel::access
