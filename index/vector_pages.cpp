// The graph as pages, and back.
//
// All integers are little-endian, as the machines this runs on have them. A page holds the nodes of
// kChangeGroup slots in a row, those of slots nobody has used yet left out:
//   8 bytes "CRLPAGE2"   u32 number of the page   u32 n, its nodes
//   u32 chunk [n]   u32 parent [n]   u8 level [n] (254: free, 255: zero embedding, outside the
//   graph) u32 links [n, 2 m], ended by 2^32-1   u32 links [level, m] for each node in turn u64
//   checksum of all before it
// The header: 8 bytes "CRLGRPH2", u32 dim, m, metric, slots, entry, root, f64 visits per ef, u64
// sum of the pages' checksums (pages of two checkpoints do not mix), u64 checksum of all before it.
#include <algorithm>
#include <bit>
#include <cstring>
#include <future>

#include "core/error.h"
#include "core/hash.h"
#include "index/vector_state.h"

namespace carrel::index {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kPageMagic = "CRLPAGE2";
constexpr std::string_view kHeaderMagic = "CRLGRPH2";
constexpr std::uint8_t kFreeLevel = 254;
constexpr std::uint8_t kZeroLevel = 255;
constexpr std::size_t kGroup = HnswGraph::kChangeGroup;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kEmbeddingsAtOnce = 4096;
static_assert(kLevelsMax < kFreeLevel);

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorCode::corrupt, std::string("The checkpoint of the vector index ") + what +
                                      ". Rebuild the index from the stored embeddings.");
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_checksum(std::string& out) { put(out, checksum64(bytes_of(out))); }

// A page's part in the header's sum: it depends on the page's number through the checksum.
std::uint64_t sum_of(std::string_view page) {
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
    if (checksum != checksum64(bytes_of(body))) refuse("has a damaged page");
    if (!body.starts_with(magic)) refuse("is of another kind or version");
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

std::size_t pages_for(std::size_t slots) { return (slots + kGroup - 1) / kGroup; }

}  // namespace

std::string VectorIndex::State::page_bytes(std::uint32_t page) const {
  const std::size_t first = page * kGroup;
  const std::size_t end = std::min(slots.load(std::memory_order_relaxed), first + kGroup);
  std::string out(kPageMagic);
  put(out, page);
  put(out, static_cast<std::uint32_t>(end - first));
  const auto is_stored = [&](Slot slot) { return chunks.find(lives.chunk(slot)) == slot; };
  const auto each = [&](const auto& write) {
    for (Slot slot = static_cast<Slot>(first); slot < end; ++slot) write(slot);
  };
  each([&](Slot slot) {
    put(out, is_stored(slot) ? static_cast<std::uint32_t>(lives.chunk(slot).value) : 0U);
  });
  each([&](Slot slot) { put(out, graph.is_linked(slot) ? graph.parent(slot) : kNoSlot); });
  each([&](Slot slot) {
    const std::uint8_t outside = is_stored(slot) ? kZeroLevel : kFreeLevel;
    put(out, graph.is_linked(slot) ? static_cast<std::uint8_t>(graph.level(slot)) : outside);
  });
  // A row is whole links first, then kNoSlot: what follows the first kNoSlot is left over.
  const auto put_row = [&](Slot slot, std::size_t level) {
    const Slot* const row = graph.row(slot, level);
    bool ended = !graph.is_linked(slot);
    for (std::size_t i = 0; i < graph.capacity(level); ++i) {
      ended = ended || row[i] == kNoSlot;
      put(out, ended ? kNoSlot : row[i]);
    }
  };
  each([&](Slot slot) { put_row(slot, 0); });
  each([&](Slot slot) {
    for (std::size_t l = 1; graph.is_linked(slot) && l <= graph.level(slot); ++l) put_row(slot, l);
  });
  put_checksum(out);
  return out;
}

std::string VectorIndex::State::header_bytes(std::uint64_t digest) const {
  std::string out(kHeaderMagic);
  put(out, static_cast<std::uint32_t>(store.dim()));
  put(out, static_cast<std::uint32_t>(options.m));
  put(out, static_cast<std::uint32_t>(options.metric));
  put(out, static_cast<std::uint32_t>(slots.load(std::memory_order_relaxed)));
  put(out, graph.entry().slot);
  put(out, graph.root());
  put(out, graph.visits_per_ef());
  put(out, digest);
  put_checksum(out);
  return out;
}

std::string VectorIndex::checkpoint(const WritePage& write) {
  State& state = *state_;
  const std::lock_guard lock(state.writing);
  const std::size_t pages = pages_for(state.slots.load(std::memory_order_relaxed));
  state.page_sums_new = state.page_sums;
  state.page_sums_new.resize(pages);
  for (std::size_t page = 0; page < pages; ++page) {
    if (page < state.page_sums.size() && !state.graph.is_changed(page)) continue;
    const std::string bytes = state.page_bytes(static_cast<std::uint32_t>(page));
    state.page_sums_new[page] = sum_of(bytes);
    write(static_cast<std::uint32_t>(page), bytes);
  }
  std::uint64_t digest = 0;
  for (const std::uint64_t sum : state.page_sums_new) digest += sum;
  return state.header_bytes(digest);
}

void VectorIndex::checkpoint_done() {
  const std::lock_guard lock(state_->writing);
  state_->page_sums = state_->page_sums_new;
  state_->graph.clear_changes();
}

// Puts a checkpoint into a fresh index: pages, embeddings, then the checks that need all of them.
class VectorIndex::Loader {
 public:
  Loader(State& state, std::string_view header) : state_(state) {
    Bytes bytes(header, kHeaderMagic);
    const bool fits =
        bytes.take<std::uint32_t>() == state.store.dim() &&
        bytes.take<std::uint32_t>() == state.options.m &&
        bytes.take<std::uint32_t>() == static_cast<std::uint32_t>(state.options.metric);
    if (!fits) refuse("was made with other settings");
    slots_ = bytes.take<std::uint32_t>();
    entry_ = bytes.take<Slot>();
    root_ = bytes.take<Slot>();
    visits_ = bytes.take<double>();
    digest_ = bytes.take<std::uint64_t>();
    bytes.finish();
    if (slots_ > kSlotsMax) refuse("names more nodes than there can be");
  }

  void take_page(std::string_view page_bytes);
  void take_embeddings(const NextEmbedding& next);
  void finish();

 private:
  void put_embedding(ChunkId chunk, std::span<const std::uint16_t> embedding);
  void check_links() const;
  void check_row(const Slot* row, Slot slot, std::size_t level) const;

  State& state_;
  std::size_t slots_ = 0;
  Slot entry_ = kNoSlot;
  Slot root_ = kNoSlot;
  double visits_ = 0;
  std::uint64_t digest_ = 0;
  std::vector<std::uint8_t> levels_;  // [slot]
  std::vector<std::uint8_t> found_;   // [slot]: it has its embedding
};

void VectorIndex::Loader::take_page(std::string_view page_bytes) {
  Bytes bytes(page_bytes, kPageMagic);
  const auto page = bytes.take<std::uint32_t>();
  if (page != state_.page_sums.size() || page >= pages_for(slots_)) {
    refuse("has missing or misplaced pages");
  }
  const Slot first = static_cast<Slot>(page * kGroup);
  const std::size_t count = std::min(kGroup, slots_ - first);
  if (bytes.take<std::uint32_t>() != count) refuse("has a page of a wrong size");
  state_.store.grow_to(first + count);
  state_.graph.grow_to(first + count);
  state_.lives.grow_to(first + count);
  levels_.resize(first + count, kFreeLevel);
  found_.resize(first + count, 0);
  std::uint32_t chunk[kGroup];
  Slot parent[kGroup];
  bytes.take(chunk, count);
  bytes.take(parent, count);
  bytes.take(&levels_[first], count);
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = first + static_cast<Slot>(i);
    const std::uint8_t level = levels_[slot];
    if (level >= kLevelsMax && level < kFreeLevel) refuse("has a node on no level");
    if (level == kFreeLevel) {
      state_.free.push_back(slot);
    } else {
      const ChunkId id{chunk[i]};
      if (!ChunkTable::in_range(id)) refuse("names a chunk that cannot be");
      if (state_.chunks.find(id) != kNoSlot) refuse("names a chunk twice");
      state_.lives.open(slot, id);
      state_.chunks.set(id, slot);
    }
    if (level < kFreeLevel) state_.graph.restore_node(slot, level, parent[i]);
    Slot skipped[kRowMax];
    bytes.take(level < kFreeLevel ? state_.graph.row(slot, 0) : skipped, state_.graph.capacity(0));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = first + static_cast<Slot>(i);
    for (std::size_t l = 1; levels_[slot] < kFreeLevel && l <= levels_[slot]; ++l) {
      bytes.take(state_.graph.row(slot, l), state_.graph.capacity(l));
    }
  }
  bytes.finish();
  state_.page_sums.push_back(sum_of(page_bytes));
}

// One thread fetches while the others make codes.
void VectorIndex::Loader::take_embeddings(const NextEmbedding& next) {
  const std::size_t dim = state_.store.dim();
  struct Some {
    std::vector<ChunkId> chunks;
    std::vector<std::uint16_t> halves;
    std::size_t count = 0;
  };
  Some parts[2];
  for (Some& part : parts) {
    part.chunks.resize(kEmbeddingsAtOnce);
    part.halves.resize(kEmbeddingsAtOnce * dim);
  }
  std::future<void> busy;
  bool more = true;
  for (std::size_t turn = 0; more || busy.valid(); turn ^= 1) {
    Some& part = parts[turn];
    part.count = 0;
    while (more && part.count < kEmbeddingsAtOnce) {
      const auto row = std::span(part.halves).subspan(part.count * dim, dim);
      more = next(part.chunks[part.count], row);
      part.count += more ? 1 : 0;
    }
    if (busy.valid()) busy.get();
    if (part.count == 0) continue;
    busy = std::async(std::launch::async, [this, &part, dim] {
      for (std::size_t i = 0; i < part.count; ++i) {
        put_embedding(part.chunks[i], std::span(part.halves).subspan(i * dim, dim));
      }
    });
  }
}

void VectorIndex::Loader::put_embedding(ChunkId chunk, std::span<const std::uint16_t> embedding) {
  const Slot slot = state_.chunks.find(chunk);
  if (slot == kNoSlot) return;
  state_.store.put_halves(slot, embedding);
  found_[slot] = 1;
}

void VectorIndex::Loader::check_row(const Slot* row, Slot slot, std::size_t level) const {
  bool ended = false;
  for (std::size_t i = 0; i < state_.graph.capacity(level); ++i) {
    if (row[i] == kNoSlot) {
      ended = true;
      continue;
    }
    const bool leads = !ended && row[i] < slots_ && row[i] != slot &&
                       levels_[row[i]] < kFreeLevel && levels_[row[i]] >= level;
    if (!leads) refuse("has a link that leads nowhere");
    if (std::find(row, row + i, row[i]) != row + i) refuse("has a link twice");
  }
}

void VectorIndex::Loader::check_links() const {
  state_.team.run(pages_for(slots_), [&](std::size_t page, std::size_t) {
    const std::size_t end = std::min(slots_, (page + 1) * kGroup);
    for (Slot slot = static_cast<Slot>(page * kGroup); slot < end; ++slot) {
      if (levels_[slot] >= kFreeLevel) continue;
      for (std::size_t l = 0; l <= levels_[slot]; ++l) {
        check_row(state_.graph.row(slot, l), slot, l);
      }
    }
  });
}

void VectorIndex::Loader::finish() {
  std::uint64_t digest = 0;
  for (const std::uint64_t sum : state_.page_sums) digest += sum;
  if (state_.page_sums.size() != pages_for(slots_)) refuse("has missing or misplaced pages");
  if (digest != digest_) refuse("mixes pages of two checkpoints");
  check_links();
  const auto is_node = [&](Slot slot) { return slot < slots_ && levels_[slot] < kFreeLevel; };
  const bool any = state_.graph.linked_count() > 0;
  if (any != is_node(entry_) || any != is_node(root_)) refuse("has no way in");
  for (const std::uint8_t level : levels_) {
    if (level < kFreeLevel && level > levels_[entry_]) refuse("has no way in");
  }
  if (!state_.graph.restore_tree({entry_, any ? state_.graph.level(entry_) : 0}, root_, visits_)) {
    refuse("has a broken tree");
  }
  state_.graph.clear_changes();
  state_.slots.store(slots_, std::memory_order_release);
  const std::uint64_t version = state_.readers.version() + 1;
  std::vector<ChunkId> gone;
  std::vector<Slot> moved;  // zero in one of checkpoint and database, not in the other
  for (Slot slot = 0; slot < slots_; ++slot) {
    if (levels_[slot] == kFreeLevel) continue;
    state_.lives.set_birth(slot, version);
    state_.live.fetch_add(1, std::memory_order_relaxed);
    if (found_[slot] == 0) {
      gone.push_back(state_.lives.chunk(slot));
    } else if (state_.store.is_zero(slot) != (levels_[slot] == kZeroLevel)) {
      moved.push_back(slot);
    }
  }
  state_.readers.publish(version);
  for (const Slot slot : moved) {
    if (state_.graph.is_linked(slot)) {
      state_.graph.remove(slot);
    } else {
      const HnswGraph::NewNode node{slot, state_.level_of(state_.lives.chunk(slot))};
      state_.graph.add({&node, 1}, state_.team, state_.readers.running());
    }
  }
  for (const ChunkId chunk : gone) state_.erase(chunk);
}

VectorIndex VectorIndex::load(std::size_t dim, const VectorIndexOptions& options,
                              std::string_view header, const NextPage& next_page,
                              const NextEmbedding& next_embedding) {
  VectorIndex out(dim, options);
  Loader loader(*out.state_, header);
  std::string page;
  while (next_page(page)) loader.take_page(page);
  loader.take_embeddings(next_embedding);
  loader.finish();
  return out;
}

}  // namespace carrel::index
