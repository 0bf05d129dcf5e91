#include "core/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <openssl/evp.h>
#include <sodium.h>

#include "core/error.h"

namespace carrel {

// OpenSSL uses the processor's SHA instructions, which makes it five times as fast as libsodium
// here.
Digest sha256(std::span<const std::uint8_t> bytes) {
  Digest out{};
  CARREL_ASSERT(
      EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return out;
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text).data(), text.size());
  Digest out{};
  crypto_auth_hmacsha256_final(&state, out.data());
  return out;
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CARREL_ASSERT(state_->context != nullptr &&
                EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::uint8_t> bytes) {
  CARREL_ASSERT(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest out{};
  CARREL_ASSERT(EVP_DigestFinal_ex(state_->context.get(), out.data(), nullptr) == 1);
  return out;
}

std::uint64_t checksum64(std::span<const std::uint8_t> bytes) {
  static constexpr std::array<std::uint8_t, crypto_shorthash_KEYBYTES> kKey = {
      'c', 'a', 'r', 'r', 'e', 'l', ' ', 'c', 'h', 'e', 'c', 'k', 's', 'u', 'm', '1'};
  std::array<std::uint8_t, crypto_shorthash_BYTES> out{};
  crypto_shorthash(out.data(), bytes.data(), bytes.size(), kKey.data());
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < out.size(); ++i) value |= std::uint64_t{out[i]} << (8 * i);
  return value;
}

// Four lanes of multiply and rotate, so that the multiplications overlap; each step can be undone,
// so a single changed word always changes the result.
std::uint64_t bulk_checksum64(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL;
  std::uint64_t lanes[4] = {seed ^ kOdd, seed + kOdd, ~seed, seed ^ (kOdd >> 1)};
  const auto mix = [](std::uint64_t lane, std::uint64_t word) {
    return std::rotl((lane ^ word) * kOdd, 29);
  };
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 32; at += 32, left -= 32) {
    std::uint64_t words[4];
    std::memcpy(words, at, 32);
    for (std::size_t i = 0; i < 4; ++i) lanes[i] = mix(lanes[i], words[i]);
  }
  for (std::size_t i = 0; left > 0; ++i) {
    const std::size_t taken = std::min<std::size_t>(left, 8);
    std::uint64_t word = 0;
    std::memcpy(&word, at, taken);
    lanes[i] = mix(lanes[i], word);
    at += taken;
    left -= taken;
  }
  std::uint64_t out = bytes.size() * kOdd;
  for (const std::uint64_t lane : lanes) out = mix(out, lane);
  return out ^ (out >> 32);
}

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out(hex.size() / 2, '\0');
  std::size_t written = 0;
  const int rc = sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                                hex.data(), hex.size(), nullptr, &written, nullptr);
  if (rc != 0 || written != out.size()) return std::nullopt;
  return out;
}

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), kVariant);
  out.resize(out.size() - 1);  // the library counts a terminating zero
  return out;
}

}  // namespace carrel
