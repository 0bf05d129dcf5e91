// access/detail/audit_format.h
//
// What the audit log hashes, signs and seals, byte by byte, and the key it does so with.
//
// A record is encoded as a fixed mark, its numbers as eight bytes (most significant first), and
// each text behind its length, so that no two records have the same bytes. The encoding includes
// the record's number: a record moved elsewhere has another hash.
//
// Beside each record lies its seal, an HMAC over the leaf hash. The signed root says that something
// was changed; the seals say which record it was. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "access/audit_log.h"
#include "core/crypto.h"

namespace carrel::access::detail {

struct AuditKey {
  SigningKey signing;
  std::array<std::uint8_t, 32> mac{};
};

// Reads the key, or makes one (mode 0600) where there is none and `may_create` holds.
// Errors: unavailable (absent; cannot be written), corrupt (not a key).
AuditKey open_audit_key(const std::filesystem::path& file, bool may_create, SecretSource& secrets);

// A record as its row in the database tells it. Nothing in it is trusted.
struct AuditRow {
  std::uint64_t id = 0;
  UnixMillis time;
  AuditRecord record;
  std::string commitment;  // 32 bytes; empty: the record never had words
  std::string seal;
  bool has_words_row = false;
  std::optional<std::string> salt;   // none: erased
  std::optional<std::string> words;  // none: erased
  std::int64_t erased_at = 0;
  std::string erasure;  // the mark that the erasing was ours
};

// The leaf hash of the row as if its number were `id`.
Digest leaf_of(const AuditRow& row, std::uint64_t id);

Digest seal_of(const AuditKey& key, const Digest& leaf);
Digest commitment_of(const AuditKey& key, std::string_view salt, std::string_view words);
Digest erasure_of(const AuditKey& key, std::uint64_t id, std::int64_t erased_at);

// What a head's signature covers: size, root, time and public key behind a mark of its own.
std::string signed_text(const AuditHead& head);
AuditHead make_head(const AuditKey& key, std::uint64_t size, const Digest& root, UnixMillis time);
bool is_signature_valid(const AuditHead& head);

bool is_json_object(std::string_view text);

}  // namespace carrel::access::detail
