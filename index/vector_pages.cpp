// The graph as pages, and back.
//
// A page, all integers little-endian:
//   0  8 bytes  "CRLHNSW1", the last byte being the version of the format
//   8  u32      number of this page, from 0     12  u32  number of pages
//  16  u32      dim                             20  u32  m
//  24  u64      checksum of all payloads joined: pages of two checkpoints do not mix
//  32  u32      bytes of payload, then the payload
//  end u64      checksum of all before it
//
// The payloads joined: u32 nodes, u32 entry, u32 root, then a node each: u32 chunk, u8 level (255:
// a zero embedding, outside the graph, nothing follows), u32 parent, and a row each level from 0
// up: u8 count, u32 links. Nodes are named by their position here, 2^32-1 is none.
#include <algorithm>

#include "core/error.h"
#include "core/hash.h"
#include "index/vector_state.h"

namespace carrel::index {
namespace {

constexpr std::string_view kMagic = "CRLHNSW1";
constexpr std::size_t kHeaderBytes = 36;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kPayloadMax = VectorIndex::kPageBytes - kHeaderBytes - kChecksumBytes;
constexpr std::size_t kNodeBytesMin = 5;
constexpr std::uint8_t kZeroLevel = 255;
static_assert(kRowMax <= 255);

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorCode::corrupt, std::string("The checkpoint of the vector index ") + what +
                                      ". Rebuild the index from the stored embeddings.");
}

void put_number(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i))));
  }
}

// Takes numbers off the front; never beyond the end.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}
  std::uint64_t number(std::size_t bytes) {
    if (left_.size() < bytes) refuse("ends too early");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= std::uint64_t{static_cast<std::uint8_t>(left_[i])} << (8 * i);
    }
    left_.remove_prefix(bytes);
    return value;
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::size_t size() const { return left_.size(); }

 private:
  std::string_view left_;
};

struct PageNode {
  ChunkId chunk;
  std::uint8_t level = 0;
  Slot parent = kNoSlot;
  std::vector<std::vector<Slot>> rows;
};

struct PageGraph {
  Slot entry = kNoSlot;
  Slot root = kNoSlot;
  std::vector<PageNode> nodes;
};

std::string join_payloads(std::size_t dim, std::size_t m, std::span<const std::string> pages) {
  if (pages.empty()) refuse("has no pages");
  std::string joined;
  std::uint64_t stamp = 0;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::string_view page = pages[i];
    if (page.size() < kHeaderBytes + kChecksumBytes || page.size() > VectorIndex::kPageBytes) {
      refuse("has a page of a wrong size");
    }
    const std::string_view body = page.substr(0, page.size() - kChecksumBytes);
    if (Bytes(page.substr(body.size())).number(8) != checksum64(bytes_of(body))) {
      refuse("has a damaged page");
    }
    if (!body.starts_with(kMagic)) refuse("is of another kind or version");
    Bytes header(body.substr(kMagic.size()));
    const bool in_place = header.u32() == i && header.u32() == pages.size();
    if (!in_place) refuse("has missing or misplaced pages");
    if (header.u32() != dim || header.u32() != m) refuse("was made with other settings");
    const std::uint64_t stamp_here = header.number(8);
    if (i == 0) stamp = stamp_here;
    if (stamp_here != stamp) refuse("mixes pages of two checkpoints");
    if (header.u32() != header.size()) refuse("has a page of a wrong size");
    joined += body.substr(kHeaderBytes);
  }
  if (checksum64(bytes_of(joined)) != stamp) refuse("mixes pages of two checkpoints");
  return joined;
}

PageNode read_node(Bytes& bytes, std::size_t count, std::size_t m) {
  PageNode node;
  node.chunk = ChunkId{bytes.u32()};
  node.level = bytes.u8();
  if (node.level == kZeroLevel) return node;
  if (node.level >= kLevelsMax) refuse("has a node on a level that does not exist");
  node.parent = bytes.u32();
  if (node.parent != kNoSlot && node.parent >= count) refuse("names a node that does not exist");
  node.rows.resize(node.level + std::size_t{1});
  for (std::size_t level = 0; level <= node.level; ++level) {
    const std::size_t links = bytes.u8();
    if (links > (level == 0 ? 2 * m : m)) refuse("has a node with too many links");
    for (std::size_t i = 0; i < links; ++i) node.rows[level].push_back(bytes.u32());
  }
  return node;
}

// Reads and checks all that has to hold before the links may be followed.
PageGraph read_graph(std::string_view joined, std::size_t m) {
  Bytes bytes(joined);
  PageGraph graph;
  const std::size_t count = bytes.u32();
  graph.entry = bytes.u32();
  graph.root = bytes.u32();
  if (count > bytes.size() / kNodeBytesMin) refuse("ends too early");
  graph.nodes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) graph.nodes.push_back(read_node(bytes, count, m));
  if (bytes.size() != 0) refuse("goes on after its end");
  const auto is_on_level = [&](Slot slot, std::size_t level) {
    return slot < count && graph.nodes[slot].level != kZeroLevel &&
           graph.nodes[slot].level >= level;
  };
  for (Slot slot = 0; slot < count; ++slot) {
    const PageNode& node = graph.nodes[slot];
    if (!ChunkTable::in_range(node.chunk)) refuse("names a chunk that cannot be");
    if (node.parent != kNoSlot && !is_on_level(node.parent, 0)) refuse("has a broken tree");
    for (std::size_t level = 0; level < node.rows.size(); ++level) {
      for (const Slot to : node.rows[level]) {
        if (to == slot || !is_on_level(to, level)) refuse("has a link that leads nowhere");
      }
    }
  }
  const bool has_graph = std::ranges::any_of(
      graph.nodes, [](const PageNode& node) { return node.level != kZeroLevel; });
  const bool has_ends = is_on_level(graph.entry, 0) && is_on_level(graph.root, 0);
  if (has_graph != has_ends) refuse("has no way in");
  return graph;
}

}  // namespace

std::string VectorIndex::State::save_graph() const {
  const std::uint64_t version = readers.version();
  const auto count = static_cast<Slot>(slots.load());
  std::vector<Slot> position(count, kNoSlot);
  Slot nodes = 0;
  for (Slot slot = 0; slot < count; ++slot) {
    if (lives.is_visible(slot, version)) position[slot] = nodes++;
  }
  const auto position_of = [&](Slot slot) { return slot == kNoSlot ? kNoSlot : position[slot]; };
  std::string out;
  put_number(out, nodes, 4);
  put_number(out, position_of(graph.entry().slot), 4);
  put_number(out, position_of(graph.root()), 4);
  for (Slot slot = 0; slot < count; ++slot) {
    if (position[slot] == kNoSlot) continue;
    put_number(out, static_cast<std::uint64_t>(lives.chunk(slot).value), 4);
    if (!graph.is_linked(slot)) {
      put_number(out, kZeroLevel, 1);
      continue;
    }
    put_number(out, graph.level(slot), 1);
    put_number(out, position_of(graph.parent(slot)), 4);
    for (std::size_t level = 0; level <= graph.level(slot); ++level) {
      const std::vector<Slot> row = graph.links(slot, level);
      put_number(out, row.size(), 1);
      for (const Slot to : row) put_number(out, position[to], 4);
    }
  }
  return out;
}

void VectorIndex::State::load_graph(
    std::string_view bytes,
    const std::function<bool(ChunkId, std::span<float> out)>& embedding_of) {
  const PageGraph pages = read_graph(bytes, options.m);
  const std::uint64_t version = readers.version() + 1;
  std::vector<float> buffer(store.dim());
  std::vector<ChunkId> gone;
  std::vector<Slot> moved;  // zero in one of checkpoint and database, not in the other
  for (const PageNode& node : pages.nodes) {
    const Slot slot = take_slot();
    if (chunks.find(node.chunk) != kNoSlot) refuse("names a chunk twice");
    std::fill(buffer.begin(), buffer.end(), 0.0F);
    if (!embedding_of(node.chunk, buffer)) {
      std::fill(buffer.begin(), buffer.end(), 0.0F);
      gone.push_back(node.chunk);
    }
    if (!fits(buffer)) refuse("refers to an embedding that is not of unit length");
    lives.open(slot, node.chunk);
    store.put(slot, buffer);
    lives.set_birth(slot, version);
    chunks.set(node.chunk, slot);
    if (store.is_zero(slot) != (node.level == kZeroLevel)) moved.push_back(slot);
    if (node.level != kZeroLevel) graph.restore_node(slot, node.level, node.parent);
  }
  live.store(pages.nodes.size(), std::memory_order_relaxed);
  for (Slot slot = 0; slot < pages.nodes.size(); ++slot) {
    const PageNode& node = pages.nodes[slot];
    for (std::size_t level = 0; level < node.rows.size(); ++level) {
      graph.restore_links(slot, level, node.rows[level]);
    }
  }
  if (pages.entry != kNoSlot) {
    graph.restore_entry({pages.entry, pages.nodes[pages.entry].level}, pages.root);
  }
  if (!graph.verify().empty()) refuse("holds a broken graph");
  readers.publish(version);
  for (const Slot slot : moved) {
    if (graph.is_linked(slot)) {
      graph.remove(slot);
    } else {
      graph.add(slot, level_of(lives.chunk(slot)), context);
    }
  }
  for (const ChunkId chunk : gone) erase(chunk);
}

std::vector<std::string> VectorIndex::save_pages() const {
  const std::lock_guard lock(state_->writing);
  const std::string joined = state_->save_graph();
  const std::uint64_t stamp = checksum64(bytes_of(joined));
  const std::size_t count =
      std::max<std::size_t>(1, (joined.size() + kPayloadMax - 1) / kPayloadMax);
  std::vector<std::string> pages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view payload = std::string_view(joined).substr(i * kPayloadMax, kPayloadMax);
    std::string page(kMagic);
    put_number(page, i, 4);
    put_number(page, count, 4);
    put_number(page, dim(), 4);
    put_number(page, state_->options.m, 4);
    put_number(page, stamp, 8);
    put_number(page, payload.size(), 4);
    page += payload;
    put_number(page, checksum64(bytes_of(page)), 8);
    pages.push_back(std::move(page));
  }
  return pages;
}

VectorIndex VectorIndex::load_pages(
    std::size_t dim, const VectorIndexOptions& options, std::span<const std::string> pages,
    const std::function<bool(ChunkId, std::span<float> out)>& embedding_of) {
  VectorIndex out(dim, options);
  out.state_->load_graph(join_payloads(dim, options.m, pages), embedding_of);
  return out;
}

}  // namespace carrel::index
