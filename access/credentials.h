// access/credentials.h
//
// How people and programs prove who they are: passwords (Argon2id), sessions and API keys. Only
// hashes of tokens are stored. Unknown names cost as much time as wrong passwords.
//
// Threads: all members, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_control.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/random.h"
#include "core/store.h"

namespace carrel::access {

struct CredentialOptions {
  PasswordCost password_cost;
  std::size_t password_bytes_min = 12;
  std::size_t password_bytes_max = 1024;
  std::chrono::milliseconds session_idle_max = std::chrono::minutes(30);
  std::chrono::milliseconds session_age_max = std::chrono::hours(12);
  // Of one account from one address; then 1, 2, 4 ... seconds.
  std::uint32_t failures_before_backoff = 5;
  std::chrono::milliseconds backoff_max = std::chrono::minutes(1);
  // Of one account from everywhere it has never signed in from: slows guessing by many machines.
  std::uint32_t failures_before_soft_cap = 100;
  std::chrono::milliseconds soft_cap_max = std::chrono::seconds(30);
  // How long an address or a browser counts as one that the account has signed in from.
  std::chrono::milliseconds origin_age_max = std::chrono::hours(24 * 90);
};

// Where an attempt to sign in comes from.
struct SignInOrigin {
  std::string address;  // empty: not known
  std::string device;   // the token that an earlier sign-in from this browser was given, or empty
};

// An attempt that was let in and counted; it ends with finish_sign_in() or withdraw_sign_in().
struct SignInAttempt {
  std::string account;
  SignInOrigin origin;
  bool has_history = false;  // the account has signed in from this browser or address before
  std::vector<std::string> buckets;
};

struct SignIn {
  std::string token;   // of the new session
  std::string device;  // for this browser to keep
};

// Who a request comes from, after a session or a key was checked.
struct Identity {
  UserInfo user;
  ActionSet actions;  // the user's, cut down to the key's scopes
  std::string via;    // "web" for a session, "api" for a key
};

struct ApiKeyInfo {
  std::int64_t id = 0;
  std::string name;
  std::string prefix;               // the first characters of the key, to recognise it by
  std::vector<std::string> scopes;  // names of actions
  UnixMillis created;
  std::optional<UnixMillis> expires;
  std::optional<UnixMillis> last_used;
  bool is_revoked = false;
};

struct SessionInfo {
  std::string id;  // to end it by; lets nobody in
  UnixMillis created;
  UnixMillis last_seen;
  bool is_current = false;
};

class Credentials {
 public:
  Credentials(Store& store, AccessControl& access, const Clock& clock, SecretSource& secrets,
              const CredentialOptions& options);
  ~Credentials();

  void check_password(std::string_view password) const;  // Errors: invalid_argument (its length)
  // Errors: invalid_argument (too short or long), not_found.
  void set_password(std::string_view user, std::string_view password);  // ends the user's sessions

  // A new session's token (128 random bits at least). `old_token` is ended.
  // Errors: denied (unknown user, wrong password, disabled: one text for all), deadline
  // (backing off; says for how long).
  std::string sign_in(std::string_view user, std::string_view password, std::string_view old_token);

  // The same in two steps, so that a server can queue what is costly, the second, and let those
  // with a history pass strangers. Guesses are slowed down for each account and address, and for
  // each account among strangers together: they cannot keep somebody out of a browser, or away from
  // an address, that has signed in before.
  SignInAttempt begin_sign_in(std::string_view user, const SignInOrigin& origin);
  SignIn finish_sign_in(const SignInAttempt& attempt, std::string_view user,
                        std::string_view password, std::string_view old_token);
  void withdraw_sign_in(const SignInAttempt& attempt) noexcept;  // no password was tried

  std::optional<Identity> find_session(std::string_view token);  // none: ended, expired or unknown
  void sign_out(std::string_view token);
  void end_sessions(std::string_view user);
  // Those that are alive; the one of `token` is marked. Last used first.
  std::vector<SessionInfo> sessions(std::string_view user, std::string_view token) const;
  void end_session(std::string_view user, std::string_view id);  // Errors: not_found
  // Ends all of the user's sessions. Errors: denied (the old one is wrong), deadline (backing off),
  // invalid_argument (the new one is too short or long).
  void change_password(std::string_view user, std::string_view old_password,
                       std::string_view new_password);

  // The key itself is returned once and never stored. Errors: invalid_argument (scope unknown).
  std::string create_key(std::string_view user, std::string_view name,
                         const std::vector<std::string>& scopes, std::optional<UnixMillis> expires);
  std::optional<Identity> find_key(std::string_view key);
  std::vector<ApiKeyInfo> keys(std::string_view user) const;
  void revoke_key(std::string_view user, std::int64_t id);  // Errors: not_found

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::access
