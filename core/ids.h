// core/ids.h
//
// Row numbers with a type, so that a chunk's cannot be passed for a document's. 0 is "none".
// Also ByteRange, the half-open span in extracted UTF-8 text that every room speaks of.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace carrel {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  constexpr explicit operator bool() const noexcept { return value != 0; }
  constexpr auto operator<=>(const Id&) const noexcept = default;
};

using PrincipalId = Id<struct PrincipalTag>;
using AclClassId = Id<struct AclClassTag>;
using CollectionId = Id<struct CollectionTag>;
using DocumentId = Id<struct DocumentTag>;
using ChunkId = Id<struct ChunkTag>;  // fits 32 bits: it is the posting id of the keyword index
using ModelId = Id<struct ModelTag>;  // one embedding model, and so one vector space
using JobId = Id<struct JobTag>;
using ConversationId = Id<struct ConversationTag>;
using MessageId = Id<struct MessageTag>;    // a question with its answer
using FeedbackId = Id<struct FeedbackTag>;
using ChangeId = Id<struct ChangeTag>;  // position in the ordered log of changes
using AuditId = Id<struct AuditTag>;    // sequence number of an audit record

struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  constexpr std::size_t size() const noexcept { return end - begin; }
  constexpr bool operator==(const ByteRange&) const noexcept = default;
};

}  // namespace carrel

template <class Tag>
struct std::hash<carrel::Id<Tag>> {
  std::size_t operator()(carrel::Id<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
