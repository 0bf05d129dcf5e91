#include "core/seal.h"

#include "core/error.h"
#include "core/hash.h"

namespace carrel {
namespace {

constexpr std::string_view kMagic{"CS\x01\x00", 4};

void put_le(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t get_le(std::string_view in, std::size_t at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= std::uint64_t{static_cast<std::uint8_t>(in[at + static_cast<std::size_t>(i)])}
             << (8 * i);
  return value;
}

}  // namespace

std::string seal(std::string_view plain, KeyId key) {
  if (key.value != 0)
    throw Error(ErrorCode::unavailable,
                "no key store is configured, so nothing can be sealed with a key");
  std::string out;
  out.reserve(kSealHeaderBytes + plain.size());
  out.append(kMagic);
  put_le(out, key.value, 4);
  put_le(out, checksum64(bytes_of(plain)), 8);
  out.append(plain);
  return out;
}

void check_seal_header(std::string_view sealed) {
  if (sealed.size() < kSealHeaderBytes || sealed.substr(0, kMagic.size()) != kMagic)
    throw Error(ErrorCode::corrupt, "stored bytes are not sealed as expected; run 'carrel verify'");
  if (get_le(sealed, 4, 4) != 0)
    throw Error(ErrorCode::unavailable,
                "stored bytes are sealed with a key that is not configured");
}

std::string unseal(std::string_view sealed) {
  check_seal_header(sealed);
  const std::string_view plain = sealed.substr(kSealHeaderBytes);
  if (get_le(sealed, 8, 8) != checksum64(bytes_of(plain)))
    throw Error(ErrorCode::corrupt, "stored bytes fail their checksum; run 'carrel verify'");
  return std::string(plain);
}

}  // namespace carrel
