// API keys: carrel_<8 hexadecimal digits to recognise it by>_<43 characters of secret>.
#include "access/credentials.h"
#include "access/detail/credential_state.h"
#include "access/detail/names.h"
#include "core/error.h"
#include "core/utf8.h"

namespace carrel::access {
namespace {

constexpr std::string_view kMark = "carrel_";
constexpr std::size_t kPrefixDigits = 8;
constexpr std::size_t kSecretChars = 43;  // kTokenBytes in base64url
constexpr std::size_t kKeyNameBytesMax = 128;
static_assert((detail::kTokenBytes * 8 + 5) / 6 == kSecretChars);

bool looks_like_key(std::string_view key) {
  return key.size() == kMark.size() + kPrefixDigits + 1 + kSecretChars && key.starts_with(kMark) &&
         key[kMark.size() + kPrefixDigits] == '_';
}

ActionSet scopes_of(const std::vector<std::string>& names) {
  if (names.empty())
    throw Error(ErrorCode::invalid_argument,
                "a key needs at least one scope, such as search or ask");
  ActionSet out;
  for (const std::string& name : names) {
    const auto action = action_named(name);
    if (!action) {
      std::vector<std::string> known;
      for (int i = 0; i < kActionCount; ++i) known.emplace_back(name_of(static_cast<Action>(i)));
      throw Error(ErrorCode::invalid_argument,
                  "there is no scope '" + name + "'" + detail::suggestion(name, known));
    }
    out.add(*action);
  }
  return out;
}

std::int64_t to_bits(ActionSet set) {
  std::int64_t bits = 0;
  for (const Action action : set.list()) bits |= std::int64_t{1} << static_cast<int>(action);
  return bits;
}

ActionSet from_bits(std::int64_t bits) {
  ActionSet out;
  for (int i = 0; i < kActionCount; ++i)
    if (((bits >> i) & 1) != 0) out.add(static_cast<Action>(i));
  return out;
}

void refuse_too_many(Database& db, PrincipalId user) {
  Statement& row = db.statement("SELECT count(*) FROM api_key WHERE user = ? AND is_revoked = 0");
  row.bind(1, user.value).step();
  const std::int64_t count = row.integer(0);
  row.reset();
  if (count >= detail::kKeysMax)
    throw Error(ErrorCode::too_large, "this user has " + std::to_string(count) +
                                          " keys; revoke one that is no longer used");
}

}  // namespace

std::string Credentials::create_key(std::string_view user, std::string_view name,
                                    const std::vector<std::string>& scopes,
                                    std::optional<UnixMillis> expires) {
  if (name.empty() || name.size() > kKeyNameBytesMax || !is_valid_utf8(name))
    throw Error(ErrorCode::invalid_argument, "a key's name must be UTF-8 of 1 to 128 bytes");
  const ActionSet actions = scopes_of(scopes);
  const UnixMillis now = state_->clock.now();
  if (expires && *expires <= now)
    throw Error(ErrorCode::invalid_argument, "a key must expire in the future");
  const PrincipalId owner = state_->need_user(user);
  const std::string digits = to_hex(sha256(state_->new_token(detail::kTokenBytes)));
  const std::string prefix = std::string(kMark) + digits.substr(0, kPrefixDigits);
  const std::string key = prefix + "_" + state_->new_token(detail::kTokenBytes);
  CARREL_ASSERT(looks_like_key(key));

  const Store::Writer writer = state_->store.write();
  Transaction transaction(*writer);
  refuse_too_many(*writer, owner);
  Statement& insert = writer->statement(
      "INSERT INTO api_key(user, name, prefix, key_hash, scopes, created, expires) "
      "VALUES(?, ?, ?, ?, ?, ?, ?)");
  insert.bind(1, owner.value).bind(2, name).bind(3, prefix).bind_blob(4, sha256(key));
  insert.bind(5, to_bits(actions)).bind(6, now.value);
  if (expires)
    insert.bind(7, expires->value);
  else
    insert.bind_null(7);
  insert.run();
  transaction.commit();
  return key;
}

std::optional<Identity> Credentials::find_key(std::string_view key) {
  if (!looks_like_key(key)) return std::nullopt;
  const Digest hash = sha256(key);
  const std::int64_t now = state_->clock.now().value;
  PrincipalId user;
  std::int64_t id = 0;
  ActionSet scopes;
  bool is_seen_stale = false;
  {
    const auto reader = state_->store.read();
    Statement& row = reader->statement(
        "SELECT id, user, scopes, expires, last_used, key_hash FROM api_key "
        "WHERE key_hash = ? AND is_revoked = 0");
    if (row.bind_blob(1, hash).step() && equal_in_constant_time(bytes_of(row.blob(5)), hash) &&
        (row.is_null(3) || now < row.integer(3))) {
      id = row.integer(0);
      user = {row.integer(1)};
      scopes = from_bits(row.integer(2));
      is_seen_stale = row.is_null(4) || now - row.integer(4) >= detail::kSeenEvery.count();
    }
    row.reset();
  }
  if (!user) return std::nullopt;
  auto info = state_->access.find_user(user);
  if (!info) return std::nullopt;
  if (is_seen_stale) {
    const Store::Writer writer = state_->store.write();
    writer->statement("UPDATE api_key SET last_used = ? WHERE id = ?")
        .bind(1, now)
        .bind(2, id)
        .run();
  }
  scopes.intersect(info->actions);
  return Identity{std::move(*info), scopes, "api"};
}

std::vector<ApiKeyInfo> Credentials::keys(std::string_view user) const {
  const PrincipalId owner = state_->need_user(user);
  const auto reader = state_->store.read();
  Statement rows(*reader,
                 "SELECT id, name, prefix, scopes, created, expires, last_used, is_revoked "
                 "FROM api_key WHERE user = ? ORDER BY id");
  rows.bind(1, owner.value);
  const auto time_or_none = [&](int column) {
    return rows.is_null(column) ? std::nullopt : std::optional(UnixMillis{rows.integer(column)});
  };
  std::vector<ApiKeyInfo> out;
  while (rows.step()) {
    ApiKeyInfo one{.id = rows.integer(0),
                   .name = std::string(rows.text(1)),
                   .prefix = std::string(rows.text(2)),
                   .created = {rows.integer(4)},
                   .expires = time_or_none(5),
                   .last_used = time_or_none(6),
                   .is_revoked = rows.integer(7) != 0};
    for (const Action action : from_bits(rows.integer(3)).list())
      one.scopes.emplace_back(name_of(action));
    out.push_back(std::move(one));
  }
  return out;
}

void Credentials::revoke_key(std::string_view user, std::int64_t id) {
  const PrincipalId owner = state_->need_user(user);
  const Store::Writer writer = state_->store.write();
  writer->statement("UPDATE api_key SET is_revoked = 1 WHERE id = ? AND user = ?")
      .bind(1, id)
      .bind(2, owner.value)
      .run();
  if (writer->changes() == 0)
    throw Error(ErrorCode::not_found, "this user has no key " + std::to_string(id));
}

}  // namespace carrel::access
