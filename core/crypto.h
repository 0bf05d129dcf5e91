// core/crypto.h
//
// The few primitives that access and audit need, over libsodium: passwords (Argon2id), signatures
// (Ed25519) and random tokens. No algorithm is chosen by data. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/random.h"

namespace carrel {

struct PasswordCost {
  std::uint64_t operations = 3;            // passes, at least 1
  std::size_t memory_bytes = 64ULL << 20;  // at least 8 KiB
};

// A self-describing Argon2id string. The work takes a core for some hundred milliseconds, so it is
// done on a thread of its own that gives way to all others, while the caller waits: however many
// passwords are tried, requests of people who are signed in keep their pace.
// Errors: unavailable (memory, threads).
std::string hash_password(std::string_view password, const PasswordCost& cost);
bool verify_password(std::string_view hash, std::string_view password);

struct SigningKey {
  std::string secret;      // 64 bytes
  std::string public_key;  // 32 bytes
};
SigningKey make_signing_key(SecretSource& secrets);
std::string sign(const SigningKey& key, std::string_view message);  // 64 bytes
bool verify_signature(std::string_view public_key, std::string_view message,
                      std::string_view signature);

// `bytes` random bytes as base64url without padding.
std::string make_token(SecretSource& secrets, std::size_t bytes);

}  // namespace carrel
