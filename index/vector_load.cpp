// A checkpoint becomes an index again.
#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "index/vector_page_format.h"
#include "index/vector_state.h"

namespace carrel::index {

using namespace page_format;

namespace {

constexpr std::size_t kAloneMax = 4096;  // slots: a thread costs more than so few rows

}  // namespace

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
    // Untouched until a page comes that names the slots: a header may claim too many.
    memory_ = Mapping(slots_ * (sizeof(std::uint32_t) + 2) + 1);
    checks_ = reinterpret_cast<std::uint32_t*>(memory_.data());
    levels_ = reinterpret_cast<std::uint8_t*>(checks_ + slots_);
    found_ = levels_ + slots_;
    state_.store.trim(slots_);
  }

  void take_pages(const NextPage& next);
  void take_embeddings(const FindEmbedding& find);
  void finish();

 private:
  void take_page(std::string_view page_bytes);
  void restore_codes(std::size_t group, std::uint16_t* halves) noexcept;
  void check_links() const;
  void check_row(const Slot* row, Slot slot, std::size_t level) const;

  State& state_;
  std::size_t slots_ = 0;
  Slot entry_ = kNoSlot;
  Slot root_ = kNoSlot;
  double visits_ = 0;
  std::uint64_t digest_ = 0;
  Mapping memory_;  // of the next three, [slot]
  std::uint8_t* levels_ = nullptr;
  std::uint32_t* checks_ = nullptr;  // of the embedding
  std::uint8_t* found_ = nullptr;    // it has its embedding
  std::vector<Slot> changed_;        // it has another one than the checkpoint knew
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
  std::uint32_t chunk[kGroup];
  Slot parent[kGroup];
  bytes.take(chunk, count);
  bytes.take(parent, count);
  bytes.take(&levels_[first], count);
  bytes.take(&checks_[first], count);
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

// Codes are made from what the file holds, by the other cores while the pages come, by all when
// they are there. A page's rows exist once it is parsed.
void VectorIndex::Loader::take_pages(const NextPage& next) {
  constexpr std::size_t kEnded = std::size_t{1} << 63;
  std::atomic<std::size_t> parsed{0};  // pages, and kEnded
  std::atomic<std::size_t> taken{0};
  const std::size_t stride = state_.store.row_halves();
  const auto restore = [&](std::vector<std::uint16_t>& halves) noexcept {
    for (std::size_t group = taken++;; group = taken++) {
      std::size_t now = parsed.load(std::memory_order_acquire);
      for (; group >= (now & ~kEnded) && now < kEnded; now = parsed.load(std::memory_order_acquire))
        parsed.wait(now, std::memory_order_acquire);
      if (group >= (now & ~kEnded)) return;
      restore_codes(group, halves.data());
    }
  };
  std::vector<std::vector<std::uint16_t>> room(state_.team.width());
  for (auto& halves : room) halves.resize(kGroup * stride);
  std::vector<std::jthread> others;
  struct End {  // whatever happens, the others end, and before what they use
    std::atomic<std::size_t>& pages;
    std::vector<std::jthread>& threads;
    void now() {
      pages.fetch_or(kEnded, std::memory_order_release);
      pages.notify_all();
    }
    ~End() {
      now();
      threads.clear();
    }
  } end{parsed, others};
  const std::size_t wanted = slots_ < kAloneMax ? 1 : room.size();
  for (std::size_t i = 1; i < wanted; ++i) others.emplace_back(restore, std::ref(room[i]));
  for (std::string page; next(page);) {
    take_page(page);
    parsed.fetch_add(1, std::memory_order_release);
    parsed.notify_all();
  }
  std::uint64_t digest = 0;
  for (const std::uint64_t sum : state_.page_sums) digest += sum;
  if (state_.page_sums.size() != pages_for(slots_)) refuse("has missing or misplaced pages");
  if (digest != digest_) refuse("mixes pages of two checkpoints");
  end.now();
  restore(room[0]);
}

void VectorIndex::Loader::restore_codes(std::size_t group, std::uint16_t* halves) noexcept {
  const Slot first = static_cast<Slot>(group * kGroup);
  const std::size_t count = std::min(kGroup, slots_ - first);
  const std::size_t stride = state_.store.row_halves();
  state_.store.copy_halves(first, count, halves);
  for (std::size_t i = 0; i < count; ++i) {
    const Slot slot = first + static_cast<Slot>(i);
    const std::uint16_t* const row = halves + i * stride;
    if (levels_[slot] == kFreeLevel) {
      // Taken after the checkpoint, perhaps by what was erased since.
      if (std::any_of(row, row + stride, [](std::uint16_t v) { return v != 0; })) {
        state_.store.wipe(slot);
      }
      continue;
    }
    if (embedding_check(state_.lives.chunk(slot), {row, stride}) != checks_[slot]) {
      continue;
    }
    state_.store.restore_codes(slot, row);
    found_[slot] = 1;
  }
}

// What the file does not hold as it was.
void VectorIndex::Loader::take_embeddings(const FindEmbedding& find) {
  std::vector<std::pair<ChunkId, Slot>> missing;
  for (Slot slot = 0; slot < slots_; ++slot) {
    if (levels_[slot] != kFreeLevel && found_[slot] == 0) {
      missing.emplace_back(state_.lives.chunk(slot), slot);
    }
  }
  std::sort(missing.begin(), missing.end());
  std::vector<std::uint16_t> row(state_.store.row_halves());
  const auto halves = std::span(row).first(state_.store.dim());
  for (const auto& [chunk, slot] : missing) {
    if (!find(chunk, halves)) continue;
    state_.store.put_halves(slot, halves);
    if (embedding_check(chunk, row) != checks_[slot]) changed_.push_back(slot);
    found_[slot] = 1;
  }
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
  check_links();
  const auto is_node = [&](Slot slot) { return slot < slots_ && levels_[slot] < kFreeLevel; };
  const bool any = state_.graph.linked_count() > 0;
  if (any != is_node(entry_) || any != is_node(root_)) refuse("has no way in");
  for (const std::uint8_t level : std::span(levels_, slots_)) {
    if (level < kFreeLevel && level > levels_[entry_]) refuse("has no way in");
  }
  if (!state_.graph.restore_tree({entry_, any ? state_.graph.level(entry_) : 0}, root_, visits_)) {
    refuse("has a broken tree");
  }
  state_.graph.clear_changes();
  for (const Slot slot : changed_) state_.graph.mark_changed(slot);
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
                              const FindEmbedding& find_embedding) {
  VectorIndex out(std::make_unique<State>(dim, options, true));
  Loader loader(*out.state_, header);
  loader.take_pages(next_page);
  loader.take_embeddings(find_embedding);
  loader.finish();
  return out;
}

}  // namespace carrel::index
