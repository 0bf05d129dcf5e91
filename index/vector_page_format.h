// index/vector_page_format.h
//
// Private to vector_pages.cpp and vector_load.cpp: the bytes of a checkpoint.
//
// All integers are little-endian, as the machines this runs on have them. A page holds the nodes of
// kGroup slots in a row, those of slots nobody has used yet left out:
//   8 bytes "CRLPAGE3"   u32 number of the page   u32 n, its nodes
//   u32 chunk [n]   u32 parent [n]   u8 level [n] (254: free, 255: zero embedding, outside the
//   graph)   u32 checksum of the embedding [n]   u32 links [n, 2 m], ended by 2^32-1
//   u32 links [level, m] for each node in turn   u64 checksum of all before it
// The header: 8 bytes "CRLGRPH3", u32 dim, m, metric, slots, entry, root, f64 visits per ef, u64
// sum of the pages' checksums (pages of two checkpoints do not mix), u64 checksum of all before it.
#pragma once

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/hash.h"
#include "index/hnsw_graph.h"

namespace carrel::index::page_format {

static_assert(std::endian::native == std::endian::little);

inline constexpr std::string_view kPageMagic = "CRLPAGE3";
inline constexpr std::string_view kHeaderMagic = "CRLGRPH3";
inline constexpr std::uint8_t kFreeLevel = 254;
inline constexpr std::uint8_t kZeroLevel = 255;
inline constexpr std::size_t kGroup = HnswGraph::kChangeGroup;
inline constexpr std::size_t kChecksumBytes = 8;
static_assert(kLevelsMax < kFreeLevel);

[[noreturn]] inline void refuse(const char* what) {
  throw Error(ErrorCode::corrupt, std::string("The checkpoint of the vector index ") + what +
                                      ". Rebuild the index from the stored embeddings.");
}

inline std::size_t pages_for(std::size_t slots) { return (slots + kGroup - 1) / kGroup; }

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline std::uint64_t checksum_of(std::string_view bytes) {
  return bulk_checksum64(bytes_of(bytes), bytes.size());
}
inline void put_checksum(std::string& out) { put(out, checksum_of(out)); }

// Of an embedding's whole row and whose it is: a row at another's place fails it too.
inline std::uint32_t embedding_check(ChunkId chunk, std::span<const std::uint16_t> row) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(row.data());
  return static_cast<std::uint32_t>(
      bulk_checksum64({bytes, row.size_bytes()}, static_cast<std::uint64_t>(chunk.value)));
}

// A page's part in the header's sum: it depends on the page's number through the checksum.
inline std::uint64_t sum_of(std::string_view page) {
  std::uint64_t out = 0;
  std::memcpy(&out, page.data() + page.size() - kChecksumBytes, kChecksumBytes);
  return out * 0x9E3779B97F4A7C15ULL;
}

// Takes values off the front; never beyond the end.
class Bytes {
 public:
  Bytes(std::string_view bytes, std::string_view magic) : left_(bytes) {
    if (bytes.size() < magic.size() + kChecksumBytes) refuse("ends too early");
    const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
    std::uint64_t checksum = 0;
    std::memcpy(&checksum, bytes.data() + body.size(), kChecksumBytes);
    if (!body.starts_with(magic)) refuse("is of another kind or version, or damaged");
    if (checksum != checksum_of(body)) refuse("has a damaged page");
    left_ = body.substr(magic.size());
  }
  template <class T>
  T take() {
    T value;
    take(&value, 1);
    return value;
  }
  template <class T>
  void take(T* values, std::size_t count) {
    if (left_.size() / sizeof(T) < count) refuse("ends too early");
    std::memcpy(values, left_.data(), count * sizeof(T));
    left_.remove_prefix(count * sizeof(T));
  }
  void finish() const {
    if (!left_.empty()) refuse("goes on after its end");
  }

 private:
  std::string_view left_;
};

}  // namespace carrel::index::page_format
