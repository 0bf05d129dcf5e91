// access/detail/credential_state.h
//
// What the files that implement Credentials share: tables, hashing gate and small helpers.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/credentials.h"
#include "access/detail/backoff.h"
#include "core/hash.h"

namespace carrel::access {

namespace detail {

// At most so many passwords are hashed at once: each takes `memory_bytes` (64 MiB by default).
inline constexpr int kHashingsMax = 4;
inline constexpr std::chrono::seconds kHashingWaitMax{10};
inline constexpr std::chrono::milliseconds kSeenEvery = std::chrono::minutes(1);
inline constexpr std::int64_t kSessionsMax = 64;  // of one user; the longest unused ends first
inline constexpr std::int64_t kKeysMax = 100;     // of one user, not counting revoked ones
inline constexpr std::size_t kTokenBytes = 32;    // random

// Lets few callers through at a time.
class Gate {
 public:
  void enter();  // Errors: unavailable (still full after kHashingWaitMax)
  void leave();

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  int inside_ = 0;
};

void prepare_credential_tables(Database& writer);

inline constexpr std::int64_t kOriginsMax = 64;  // of one user; the longest unused is forgotten

// The places from which accounts have signed in; see sign_in_origins.cpp.
bool is_known_origin(Database& db, PrincipalId user, const SignInOrigin& origin, UnixMillis oldest);
bool is_issued_device(Database& db, std::string_view device);
void remember_origin(Database& writer, PrincipalId user, const SignInOrigin& origin, UnixMillis now,
                     UnixMillis oldest);

}  // namespace detail

struct Credentials::State {
  State(Store& the_store, AccessControl& the_access, const Clock& the_clock,
        SecretSource& the_secrets, const CredentialOptions& the_options);

  // The user of this name, enabled or not. Errors: invalid_argument, not_found.
  PrincipalId need_user(std::string_view text) const;
  // Whether the password is right. Takes as long when there is no such hash.
  bool is_right(const std::optional<std::string>& hash, std::string_view password);
  std::string hash(std::string_view password);
  std::string new_token(std::size_t bytes);

  Store& store;
  AccessControl& access;
  const Clock& clock;
  CredentialOptions options;
  detail::Backoff backoff;   // of an account and an address
  detail::Backoff soft_cap;  // of an account among strangers

 private:
  SecretSource& secrets_;
  std::mutex secrets_mutex_;
  detail::Gate gate_;
  std::once_flag dummy_once_;
  std::string dummy_hash_;
};

}  // namespace carrel::access
