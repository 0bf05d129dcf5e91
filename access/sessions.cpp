// What somebody can do about their own way in: see and end sessions, change the password.
#include <algorithm>

#include "access/credentials.h"
#include "access/detail/credential_state.h"
#include "access/detail/names.h"
#include "core/error.h"

namespace carrel::access {
namespace {

constexpr std::size_t kIdBytes = 8;

// A name for a session that lets nobody in: a hash of the hash of its token.
std::string name_of(std::string_view token_hash) {
  const Digest digest = sha256(token_hash);
  return to_hex(std::span(digest).first(kIdBytes));
}

std::string_view text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::vector<SessionInfo> Credentials::sessions(std::string_view user,
                                               std::string_view token) const {
  const PrincipalId owner = state_->need_user(user);
  const Digest own = sha256(token);
  const std::int64_t now = state_->clock.now().value;
  const auto reader = state_->store.read();
  Statement rows(*reader,
                 "SELECT token_hash, created, last_seen FROM session "
                 "WHERE user = ? AND created > ? AND last_seen > ? ORDER BY last_seen DESC");
  rows.bind(1, owner.value)
      .bind(2, now - state_->options.session_age_max.count())
      .bind(3, now - state_->options.session_idle_max.count());
  std::vector<SessionInfo> out;
  while (rows.step())
    out.push_back({name_of(rows.blob(0)), UnixMillis{rows.integer(1)}, UnixMillis{rows.integer(2)},
                   rows.blob(0) == text_of(own)});
  return out;
}

void Credentials::end_session(std::string_view user, std::string_view id) {
  const PrincipalId owner = state_->need_user(user);
  const Store::Writer writer = state_->store.write();
  Transaction transaction(*writer);
  std::string found;
  {
    Statement rows(*writer, "SELECT token_hash FROM session WHERE user = ?");
    rows.bind(1, owner.value);
    while (found.empty() && rows.step())
      if (name_of(rows.blob(0)) == id) found = rows.blob(0);
  }
  if (found.empty()) throw Error(ErrorCode::not_found, "There is no such session.");
  writer->statement("DELETE FROM session WHERE token_hash = ?").bind_blob(1, found).run();
  transaction.commit();
}

void Credentials::change_password(std::string_view user, std::string_view old_password,
                                  std::string_view new_password) {
  const PrincipalId owner = state_->need_user(user);
  const std::string account = detail::fold_name(user);
  state_->backoff.begin(account, state_->clock.steady());
  std::optional<std::string> hash;
  {
    const auto reader = state_->store.read();
    Statement row(*reader, "SELECT hash FROM password WHERE user = ?");
    if (row.bind(1, owner.value).step()) hash = std::string(row.text(0));
  }
  if (old_password.size() > state_->options.password_bytes_max ||
      !state_->is_right(hash, old_password))
    throw Error(ErrorCode::denied, "The present password is wrong.");
  state_->backoff.forgive(account);
  set_password(user, new_password);
}

}  // namespace carrel::access
