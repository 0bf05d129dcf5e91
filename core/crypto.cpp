#include "core/crypto.h"

#include <vector>

#include <sodium.h>

#include "core/error.h"

namespace carrel {
namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string hash_password(std::string_view password, const PasswordCost& cost) {
  CARREL_ASSERT(sodium_init() >= 0);
  std::string out(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.operations,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw Error(ErrorCode::unavailable, "not enough memory to hash a password; try again");
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view hash, std::string_view password) {
  CARREL_ASSERT(sodium_init() >= 0);
  const std::string terminated(hash);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

SigningKey make_signing_key(SecretSource& secrets) {
  std::array<std::uint8_t, crypto_sign_SEEDBYTES> seed{};
  secrets.fill(seed);
  SigningKey key{std::string(crypto_sign_SECRETKEYBYTES, '\0'),
                 std::string(crypto_sign_PUBLICKEYBYTES, '\0')};
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(key.public_key.data()),
                           reinterpret_cast<unsigned char*>(key.secret.data()), seed.data());
  return key;
}

std::string sign(const SigningKey& key, std::string_view message) {
  CARREL_ASSERT(key.secret.size() == crypto_sign_SECRETKEYBYTES);
  std::string out(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(out.data()), nullptr, raw(message),
                       message.size(), raw(key.secret));
  return out;
}

bool verify_signature(std::string_view public_key, std::string_view message,
                      std::string_view signature) {
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES || signature.size() != crypto_sign_BYTES)
    return false;
  return crypto_sign_verify_detached(raw(signature), raw(message), message.size(),
                                     raw(public_key)) == 0;
}

std::string make_token(SecretSource& secrets, std::size_t bytes) {
  std::vector<std::uint8_t> random(bytes);
  secrets.fill(random);
  return to_base64url(random);
}

}  // namespace carrel
