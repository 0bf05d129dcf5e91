// core/seal.h
//
// The one gate through which document text and originals pass on their way to disk and back.
//
// Today it adds a key id and a checksum, so that a flipped bit is found and named; encryption with
// per-document keys comes in behind the same two functions without touching a caller.
//
// Layout: "CS" 0x01 flags(1) key_id(4, little endian) checksum(8, little endian) payload
// Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carrel {

struct KeyId {
  std::uint32_t value = 0;  // 0: no key, checksum only
};

std::string seal(std::string_view plain, KeyId key = {});

// Errors: corrupt (not sealed, or the checksum does not match), unavailable (key unknown).
std::string unseal(std::string_view sealed);

// For readers of pieces, who check the payload by other means: a sealed string without a key is its
// header and then the plain bytes. Errors: as unseal.
inline constexpr std::size_t kSealHeaderBytes = 16;
void check_seal_header(std::string_view sealed);

}  // namespace carrel
