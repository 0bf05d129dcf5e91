// index/scope.h
//
// What one search may find: the asker's Visibility, and the documents a filter left over.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "access/visibility.h"
#include "core/ids.h"

namespace carrel::index {

// A set of document ids as a bitmap; immutable once built.
class DocumentSet {
 public:
  void add(DocumentId id) {
    const auto bit = static_cast<std::uint64_t>(id.value);
    if ((bit >> 6) >= words_.size()) words_.resize((bit >> 6) + 1);
    const std::uint64_t mask = std::uint64_t{1} << (bit & 63);
    if ((words_[bit >> 6] & mask) == 0) ++count_;
    words_[bit >> 6] |= mask;
  }
  bool contains(DocumentId id) const noexcept {
    const auto bit = static_cast<std::uint64_t>(id.value);
    return (bit >> 6) < words_.size() && ((words_[bit >> 6] >> (bit & 63)) & 1) != 0;
  }
  std::size_t count() const noexcept { return count_; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t count_ = 0;
};

struct Scope {
  const access::Visibility& visible;
  std::shared_ptr<const DocumentSet> documents;  // null: every document
};

}  // namespace carrel::index
