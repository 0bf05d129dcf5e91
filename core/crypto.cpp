#include "core/crypto.h"

#include <system_error>
#include <thread>
#include <vector>

#include <sodium.h>
#include <sys/resource.h>

#include "core/error.h"

namespace carrel {
namespace {

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A tenth of the weight of other threads where all cores are busy; no less, because what waits for
// a lock that this one holds waits as long as it does.
constexpr int kHashingNiceness = 10;

// Linux keeps the niceness for each thread by itself, and lets nobody but root lower it again:
// hence the thread. Errors: unavailable.
template <typename Work>
void giving_way(Work work) {
  try {
    std::thread([&work] {
      // Should this fail, it competes like any other.
      setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kHashingNiceness);
      work();
    }).join();
  } catch (const std::system_error&) {
    throw Error(ErrorCode::unavailable, "no thread is left to check a password; try again");
  }
}

}  // namespace

std::string hash_password(std::string_view password, const PasswordCost& cost) {
  CARREL_ASSERT(sodium_init() >= 0);
  std::string out(crypto_pwhash_STRBYTES, '\0');
  int failed = 0;
  giving_way([&] {
    failed = crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.operations,
                                   cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  });
  if (failed != 0)
    throw Error(ErrorCode::unavailable, "not enough memory to hash a password; try again");
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view hash, std::string_view password) {
  CARREL_ASSERT(sodium_init() >= 0);
  const std::string terminated(hash);
  bool matches = false;
  giving_way([&] {
    matches = crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
  });
  return matches;
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
