// access/audit_log.h
//
// The tamper-evident record of who did what and was shown what. For auditors: append-only, hashed
// into a Merkle tree (RFC 6962 section 2.1: leaf SHA-256(0x00 || record), node SHA-256(0x01 || l ||
// r)), whose signed head can be exported and kept elsewhere.
//
// Records hold ids and keyed commitments, never words; the erasable words (a question's text) lie
// in a table of their own, tied by an HMAC with a random salt kept beside them, so that erasing
// words and salt leaves nothing to guess from and the log still verifies.
//
// append() returns once the record is on disk: a writer thread groups what arrives together into
// one commit. When it cannot be written, append() throws, and the request that needed it is
// refused.
//
// Threads: all members, any thread. Ownership: has its own database file and thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/hash.h"
#include "core/ids.h"
#include "core/random.h"

namespace carrel::access {

struct AuditRecord {
  std::string actor;    // "user:ana", "system", "anonymous"
  std::string os_user;  // for the command line: whose shell it was
  std::string via;      // "cli", "web", "api", "job"
  std::string action;   // "search", "ask", "document.read", "document.delete", "sign_in", ...
  std::string phase;    // "intent", "disclosure", "outcome", or "event" for what has one step
  AuditId intent{};     // the intent that a disclosure or an outcome belongs to; 0 for none
  std::string details;  // one JSON object of ids, counts, routes and hashes; never words. Empty: {}
};

struct StoredAuditRecord {
  AuditId id;  // 1, 2, 3 ...
  UnixMillis time;
  AuditRecord record;
  Digest leaf{};
  std::optional<std::string> words;  // none: never had any, or erased
};

struct AuditHead {
  std::uint64_t size = 0;  // records covered
  Digest root{};
  UnixMillis time;
  std::string public_key;  // 32 bytes
  std::string signature;   // Ed25519 over a domain-separated encoding of the above
};
std::string to_json(const AuditHead& head);
AuditHead head_from_json(std::string_view json);  // Errors: invalid_argument

struct AuditOptions {
  std::filesystem::path
      key_file;                 // the signing and commitment key; empty: audit.key beside the log
  std::size_t batch_max = 256;  // records in one commit
};

struct AuditFinding {
  std::uint64_t record = 0;  // the first record concerned; 0: the log as a whole
  std::string what;          // a sentence that names it: "record 17 was changed"
};

class AuditLog {
 public:
  // Opens or creates `directory`/audit.db. Errors: unavailable, corrupt, invalid_argument.
  AuditLog(const std::filesystem::path& directory, const AuditOptions& options, const Clock& clock,
           SecretSource& secrets);
  ~AuditLog();

  // Durable when it returns. Errors: unavailable (disk full, read-only, log changed from outside:
  // the caller must refuse), invalid_argument (a field over 512 bytes, details that are no object).
  AuditId append(const AuditRecord& record, std::string_view erasable_words = {});

  // Whether a record could be appended now: writes and syncs what leaves no trace. A good answer
  // holds for a second, so that asking often costs nothing. Errors: unavailable (says why).
  void check_writable();

  // Signed, over everything appended so far. Errors: corrupt (the log was changed from outside:
  // such a log takes no more records and signs nothing; it can be listed and verified).
  AuditHead head() const;
  std::uint64_t size() const;

  struct Query {
    std::string actor;   // empty: all
    std::string action;  // empty: all
    AuditId after;       // records with a larger id
    AuditId before;      // records with a smaller id; 0: no bound
    std::size_t limit = 100;
    bool newest_first = false;
  };
  std::vector<StoredAuditRecord> list(const Query& query) const;

  // Erases words (not records) for which `choose` holds, from the disk too. Returns how many.
  // Errors: unavailable (somebody's long read keeps old pages: run it again).
  std::size_t erase_words(const std::function<bool(const StoredAuditRecord&)>& choose);

  // Recomputes every leaf, root and signature. `trusted`: a head exported earlier; without one,
  // cutting off the newest records together with their heads cannot be seen. Empty: all is well.
  std::vector<AuditFinding> verify(const std::optional<AuditHead>& trusted) const;

  // RFC 6962 proofs, for auditors who hold a head but not the log.
  std::vector<Digest> inclusion_proof(std::uint64_t index, std::uint64_t size) const;
  std::vector<Digest> consistency_proof(std::uint64_t old_size, std::uint64_t size) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Digest>& proof, const Digest& root);
bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& root, const std::vector<Digest>& proof);

}  // namespace carrel::access
