// core/hash.h
//
// SHA-256, HMAC-SHA-256, keyed checksums and hexadecimal, over OpenSSL and libsodium. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace carrel {

using Digest = std::array<std::uint8_t, 32>;

inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest sha256(std::span<const std::uint8_t> bytes);
inline Digest sha256(std::string_view text) { return sha256(bytes_of(text)); }
Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view text);

// For data that comes in pieces. finish() once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const std::uint8_t> bytes);
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 64 bits over `bytes` (SipHash-2-4 with a fixed key): finds accidents, not forgery.
std::uint64_t checksum64(std::span<const std::uint8_t> bytes);

// 64 bits over `bytes`, as fast as memory: for data read in bulk. Finds accidents, not forgery.
std::uint64_t bulk_checksum64(std::span<const std::uint8_t> bytes, std::uint64_t seed);

// Takes the same time whether or not they differ; false if the lengths do.
bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

std::string to_hex(std::span<const std::uint8_t> bytes);
std::optional<std::string> from_hex(std::string_view hex);  // none: not hexadecimal
std::string to_base64url(std::span<const std::uint8_t> bytes);

}  // namespace carrel
