// access/visibility.h
//
// A principal's reading rights compiled for one request: a bitmap over ACL classes, and the epoch
// of the rules it was made from. Every read of documents takes one; there is no overload without,
// and only AccessControl can make one, so code that forgets authorization does not compile.
//
// Threads: immutable; copies share nothing mutable. A class newer than the bitmap is not permitted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.h"

namespace carrel::access {

// Raised in the transaction that changes a membership, a clearance or the set of ACL classes.
struct AccessEpoch {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const AccessEpoch&) const noexcept = default;
};

class Visibility {
 public:
  bool permits(AclClassId acl_class) const noexcept {
    const auto bit = static_cast<std::uint64_t>(acl_class.value);
    const std::size_t word = bit >> 6;
    return acl_class.value > 0 && word < words_.size() && ((words_[word] >> (bit & 63)) & 1) != 0;
  }
  AccessEpoch epoch() const noexcept { return epoch_; }
  PrincipalId who() const noexcept { return who_; }
  bool is_empty() const noexcept;  // nothing at all is readable

  // Bit i of word i / 64 stands for class i. Equal words mean equal rights: caches may key on them.
  std::span<const std::uint64_t> words() const noexcept { return words_; }

 private:
  friend class AccessControl;
  friend struct VisibilityForTests;  // defined in tests only, for judges that must convict
  Visibility(PrincipalId who, AccessEpoch epoch, std::vector<std::uint64_t> words)
      : who_(who), epoch_(epoch), words_(std::move(words)) {}

  PrincipalId who_;
  AccessEpoch epoch_;
  std::vector<std::uint64_t> words_;
};

inline bool Visibility::is_empty() const noexcept {
  for (const std::uint64_t word : words_)
    if (word != 0) return false;
  return true;
}

}  // namespace carrel::access
