// Passwords and sessions. A token is looked up by its SHA-256: it is 256 random bits, so a plain
// hash cannot be guessed backwards, and what the lookup's time tells is about the hash, not the
// token.
#include "access/credentials.h"

#include <algorithm>
#include <array>

#include "access/detail/credential_state.h"
#include "access/detail/names.h"
#include "access/detail/state.h"
#include "core/error.h"
#include "core/utf8.h"

namespace carrel::access {
namespace detail {
namespace {

// The trigger, not a caller, ends the sessions of a user who is disabled: nobody can forget it, and
// enabling the user again does not bring them back.
constexpr std::array kMigrations = {Migration{1, R"sql(
  CREATE TABLE password(
    user INTEGER PRIMARY KEY REFERENCES principal(id),
    hash TEXT NOT NULL,
    changed INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE session(
    token_hash BLOB PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES principal(id),
    created INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_by_user ON session(user, last_seen);
  CREATE TRIGGER session_ends_with_its_user AFTER UPDATE OF is_disabled ON principal
  WHEN new.is_disabled != 0 BEGIN
    DELETE FROM session WHERE user = new.id;
  END;
  CREATE TABLE api_key(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL REFERENCES principal(id),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    scopes INTEGER NOT NULL,              -- bit i: the action of that number
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER,
    is_revoked INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX api_key_by_user ON api_key(user);
)sql"},
                                    Migration{2, R"sql(
  CREATE TABLE sign_in_origin(
    user INTEGER NOT NULL REFERENCES principal(id),
    origin_hash BLOB NOT NULL,            -- SHA-256 of what names an address or a browser
    last_seen INTEGER NOT NULL,
    PRIMARY KEY(user, origin_hash)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sign_in_origin_by_hash ON sign_in_origin(origin_hash);
  CREATE TRIGGER origins_end_with_their_user AFTER UPDATE OF is_disabled ON principal
  WHEN new.is_disabled != 0 BEGIN
    DELETE FROM sign_in_origin WHERE user = new.id;
  END;
)sql"}};

}  // namespace

void prepare_credential_tables(Database& writer) { migrate(writer, "credentials", kMigrations); }

void Gate::enter() {
  std::unique_lock lock(mutex_);
  if (!left_.wait_for(lock, kHashingWaitMax, [this] { return inside_ < kHashingsMax; }))
    throw Error(ErrorCode::unavailable, "too many people sign in at this moment; try again");
  ++inside_;
}

void Gate::leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  left_.notify_one();
}

namespace {

// Inside the gate while alive.
class Admission {
 public:
  explicit Admission(Gate& gate) : gate_(gate) { gate_.enter(); }
  ~Admission() { gate_.leave(); }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

 private:
  Gate& gate_;
};

void check_options(const CredentialOptions& options) {
  if (options.session_idle_max <= std::chrono::milliseconds(0) ||
      options.session_age_max <= std::chrono::milliseconds(0) ||
      options.password_bytes_min > options.password_bytes_max ||
      options.failures_before_backoff == 0 || options.failures_before_soft_cap == 0)
    throw Error(ErrorCode::invalid_argument,
                "sign-in options: times and failures_before_backoff must be above 0, and "
                "password_bytes_min at most password_bytes_max");
}

}  // namespace
}  // namespace detail

Credentials::State::State(Store& the_store, AccessControl& the_access, const Clock& the_clock,
                          SecretSource& the_secrets, const CredentialOptions& the_options)
    : store(the_store),
      access(the_access),
      clock(the_clock),
      options(the_options),
      backoff({.failures_free = the_options.failures_before_backoff,
               .wait_max = the_options.backoff_max}),
      soft_cap({.failures_free = the_options.failures_before_soft_cap,
                .wait_max = the_options.soft_cap_max,
                .remembered = std::chrono::hours(1)}),
      secrets_(the_secrets) {
  detail::check_options(options);
  const Store::Writer writer = store.write();
  detail::prepare_credential_tables(*writer);
}

PrincipalId Credentials::State::need_user(std::string_view text) const {
  const PrincipalName name = detail::principal_of(text, PrincipalKind::user);
  const auto reader = store.read();
  const auto found = detail::find_principal(*reader, name);
  if (!found || name.kind != PrincipalKind::user)
    detail::refuse_unknown(*reader, name, ErrorCode::not_found);
  return *found;
}

bool Credentials::State::is_right(const std::optional<std::string>& hash,
                                  std::string_view password) {
  std::call_once(dummy_once_,
                 [this] { dummy_hash_ = this->hash("nobody's password: only its time is used"); });
  const detail::Admission admission(gate_);
  const bool matches = verify_password(hash ? *hash : dummy_hash_, password);
  return matches && hash.has_value();
}

std::string Credentials::State::hash(std::string_view password) {
  const detail::Admission admission(gate_);
  return hash_password(password, options.password_cost);
}

std::string Credentials::State::new_token(std::size_t bytes) {
  const std::lock_guard lock(secrets_mutex_);
  return make_token(secrets_, bytes);
}

Credentials::Credentials(Store& store, AccessControl& access, const Clock& clock,
                         SecretSource& secrets, const CredentialOptions& options)
    : state_(std::make_unique<State>(store, access, clock, secrets, options)) {}
Credentials::~Credentials() = default;

void Credentials::check_password(std::string_view password) const {
  const CredentialOptions& options = state_->options;
  if (password.size() < options.password_bytes_min || password.size() > options.password_bytes_max)
    throw Error(ErrorCode::invalid_argument,
                "a password must have between " + std::to_string(options.password_bytes_min) +
                    " and " + std::to_string(options.password_bytes_max) + " bytes");
}

void Credentials::set_password(std::string_view user, std::string_view password) {
  check_password(password);
  const PrincipalId owner = state_->need_user(user);
  const std::string hash = state_->hash(password);  // slow, so before the writer is taken
  const Store::Writer writer = state_->store.write();
  Transaction transaction(*writer);
  writer
      ->statement(
          "INSERT INTO password(user, hash, changed) VALUES(?1, ?2, ?3) "
          "ON CONFLICT(user) DO UPDATE SET hash = ?2, changed = ?3")
      .bind(1, owner.value)
      .bind(2, hash)
      .bind(3, state_->clock.now().value)
      .run();
  writer->statement("DELETE FROM session WHERE user = ?").bind(1, owner.value).run();
  writer->statement("DELETE FROM sign_in_origin WHERE user = ?").bind(1, owner.value).run();
  transaction.commit();
}

namespace {

std::optional<std::string> stored_password(Database& db, PrincipalId user) {
  Statement& row = db.statement(
      "SELECT hash FROM password JOIN principal ON principal.id = password.user "
      "WHERE user = ? AND is_disabled = 0");
  std::optional<std::string> out;
  if (row.bind(1, user.value).step()) out = std::string(row.text(0));
  row.reset();
  return out;
}

void delete_session(Database& db, std::string_view token) {
  db.statement("DELETE FROM session WHERE token_hash = ?").bind_blob(1, sha256(token)).run();
}

// Ends what is over, and the user's longest unused sessions beyond the limit less one.
void make_room(Database& db, PrincipalId user, UnixMillis now, const CredentialOptions& options) {
  db.statement("DELETE FROM session WHERE created <= ? OR last_seen <= ?")
      .bind(1, now.value - options.session_age_max.count())
      .bind(2, now.value - options.session_idle_max.count())
      .run();
  db.statement(
        "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE user = ? "
        "ORDER BY last_seen DESC LIMIT -1 OFFSET ?)")
      .bind(1, user.value)
      .bind(2, detail::kSessionsMax - 1)
      .run();
}

}  // namespace

std::string Credentials::sign_in(std::string_view user, std::string_view password,
                                 std::string_view old_token) {
  return finish_sign_in(begin_sign_in(user, {}), user, password, old_token).token;
}

SignInAttempt Credentials::begin_sign_in(std::string_view user, const SignInOrigin& origin) {
  const std::optional<UserInfo> found = state_->access.find_user(user);
  SignInAttempt attempt;
  attempt.origin = origin;
  // Guesses are counted for the account that is meant, however its name was spelled.
  attempt.account =
      detail::fold_name(found ? found->name : trim(user.substr(0, detail::kNameBytesMax)));
  const UnixMillis oldest{state_->clock.now().value - state_->options.origin_age_max.count()};
  bool knows_device = false;
  if (found) {
    const auto reader = state_->store.read();
    knows_device = detail::is_known_origin(*reader, found->id, {"", origin.device}, oldest);
    attempt.has_history =
        knows_device || detail::is_known_origin(*reader, found->id, {origin.address, ""}, oldest);
  }
  const auto now = state_->clock.steady();
  // A browser that is known has a bucket of its own, which nobody else at its address can fill.
  const std::string place = knows_device ? "d" + origin.device : "a" + origin.address;
  attempt.buckets = {attempt.account + '\0' + place};
  state_->backoff.begin(attempt.buckets.front(), now);
  if (attempt.has_history || origin.address.empty()) return attempt;
  try {
    state_->soft_cap.begin(attempt.account, now);
  } catch (const Error&) {
    state_->backoff.withdraw(attempt.buckets.front());
    throw;
  }
  attempt.buckets.push_back(attempt.account);
  return attempt;
}

void Credentials::withdraw_sign_in(const SignInAttempt& attempt) noexcept {
  state_->backoff.withdraw(attempt.buckets.front());
  if (attempt.buckets.size() > 1) state_->soft_cap.withdraw(attempt.buckets.back());
}

SignIn Credentials::finish_sign_in(const SignInAttempt& attempt, std::string_view user,
                                   std::string_view password, std::string_view old_token) {
  const std::optional<UserInfo> found = state_->access.find_user(user);
  std::optional<std::string> hash;
  if (found) hash = stored_password(*state_->store.read(), found->id);
  const bool is_too_long = password.size() > state_->options.password_bytes_max;
  const std::string_view tried = password.substr(0, state_->options.password_bytes_max);
  const bool is_right = state_->is_right(hash, tried) && !is_too_long;

  if (found && is_right) {
    SignIn made{state_->new_token(detail::kTokenBytes), attempt.origin.device};
    const UnixMillis now = state_->clock.now();
    const UnixMillis oldest{now.value - state_->options.origin_age_max.count()};
    const Store::Writer writer = state_->store.write();
    Transaction transaction(*writer);
    // Hashing takes long: the password may have been changed and the user disabled meanwhile.
    if (stored_password(*writer, found->id) == hash) {
      if (!old_token.empty()) delete_session(*writer, old_token);
      make_room(*writer, found->id, now, state_->options);
      writer
          ->statement(
              "INSERT INTO session(token_hash, user, created, last_seen) VALUES(?, ?, ?, ?)")
          .bind_blob(1, sha256(made.token))
          .bind(2, found->id.value)
          .bind(3, now.value)
          .bind(4, now.value)
          .run();
      // A browser keeps its token for all who use it, but only one that we gave it.
      if (!detail::is_issued_device(*writer, made.device))
        made.device = state_->new_token(detail::kTokenBytes);
      detail::remember_origin(*writer, found->id, {attempt.origin.address, made.device}, now,
                              oldest);
      transaction.commit();
      state_->backoff.forgive(attempt.buckets.front());
      if (attempt.buckets.size() > 1) state_->soft_cap.withdraw(attempt.buckets.back());
      return made;
    }
  }
  throw Error(ErrorCode::denied, "the name or the password is wrong");
}

std::optional<Identity> Credentials::find_session(std::string_view token) {
  if (token.empty() || token.size() > 256) return std::nullopt;
  const Digest hash = sha256(token);
  const std::int64_t now = state_->clock.now().value;
  PrincipalId user;
  std::int64_t last_seen = 0;
  {
    const auto reader = state_->store.read();
    Statement& row = reader->statement(
        "SELECT user, created, last_seen, token_hash FROM session WHERE token_hash = ?");
    const bool is_alive = row.bind_blob(1, hash).step() &&
                          equal_in_constant_time(bytes_of(row.blob(3)), hash) &&
                          now < row.integer(1) + state_->options.session_age_max.count() &&
                          now < row.integer(2) + state_->options.session_idle_max.count();
    if (is_alive) {
      user = {row.integer(0)};
      last_seen = row.integer(2);
    }
    row.reset();
  }
  if (!user) return std::nullopt;
  auto info = state_->access.find_user(user);
  if (!info) return std::nullopt;
  const std::int64_t write_after =
      std::min(detail::kSeenEvery, state_->options.session_idle_max / 4).count();
  if (now - last_seen >= write_after) {
    const Store::Writer writer = state_->store.write();
    writer->statement("UPDATE session SET last_seen = ? WHERE token_hash = ?")
        .bind(1, now)
        .bind_blob(2, hash)
        .run();
  }
  const ActionSet actions = info->actions;
  return Identity{std::move(*info), actions, "web"};
}

void Credentials::sign_out(std::string_view token) {
  const Store::Writer writer = state_->store.write();
  delete_session(*writer, token);
}

void Credentials::end_sessions(std::string_view user) {
  const PrincipalId owner = state_->need_user(user);
  const Store::Writer writer = state_->store.write();
  writer->statement("DELETE FROM session WHERE user = ?").bind(1, owner.value).run();
}

}  // namespace carrel::access
