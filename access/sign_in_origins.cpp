// The addresses and browsers from which each account has signed in, kept as hashes: who comes from
// one of them is not taken for a stranger when passwords are being guessed.
#include "access/detail/credential_state.h"

namespace carrel::access::detail {

namespace {

Digest hash_of_address(std::string_view address) {
  return sha256("address:" + std::string(address));
}
Digest hash_of_device(std::string_view device) { return sha256("device:" + std::string(device)); }

bool has_row(Database& db, PrincipalId user, const Digest& origin, UnixMillis oldest) {
  Statement& row = db.statement(
      "SELECT 1 FROM sign_in_origin WHERE user = ? AND origin_hash = ? AND last_seen > ?");
  const bool found = row.bind(1, user.value).bind_blob(2, origin).bind(3, oldest.value).step();
  row.reset();
  return found;
}

}  // namespace

bool is_known_origin(Database& db, PrincipalId user, const SignInOrigin& origin,
                     UnixMillis oldest) {
  return (!origin.address.empty() && has_row(db, user, hash_of_address(origin.address), oldest)) ||
         (!origin.device.empty() && has_row(db, user, hash_of_device(origin.device), oldest));
}

bool is_issued_device(Database& db, std::string_view device) {
  if (device.empty()) return false;
  Statement& row = db.statement("SELECT 1 FROM sign_in_origin WHERE origin_hash = ? LIMIT 1");
  const bool found = row.bind_blob(1, hash_of_device(device)).step();
  row.reset();
  return found;
}

void remember_origin(Database& writer, PrincipalId user, const SignInOrigin& origin, UnixMillis now,
                     UnixMillis oldest) {
  const auto put = [&](const Digest& hash) {
    writer
        .statement(
            "INSERT INTO sign_in_origin(user, origin_hash, last_seen) VALUES(?1, ?2, ?3) "
            "ON CONFLICT(user, origin_hash) DO UPDATE SET last_seen = ?3")
        .bind(1, user.value)
        .bind_blob(2, hash)
        .bind(3, now.value)
        .run();
  };
  if (!origin.address.empty()) put(hash_of_address(origin.address));
  put(hash_of_device(origin.device));
  writer.statement("DELETE FROM sign_in_origin WHERE last_seen <= ?").bind(1, oldest.value).run();
  writer
      .statement(
          "DELETE FROM sign_in_origin WHERE user = ?1 AND origin_hash IN (SELECT origin_hash "
          "FROM sign_in_origin WHERE user = ?1 ORDER BY last_seen DESC LIMIT -1 OFFSET ?2)")
      .bind(1, user.value)
      .bind(2, kOriginsMax)
      .run();
}

}  // namespace carrel::access::detail
