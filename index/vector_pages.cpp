// The graph as pages: those of slots that changed since the last checkpoint.
#include <algorithm>

#include "index/vector_page_format.h"
#include "index/vector_state.h"

namespace carrel::index {

using namespace page_format;

std::string VectorIndex::State::page_bytes(std::uint32_t page) const {
  const std::size_t first = page * kGroup;
  const std::size_t end = std::min(slots.load(std::memory_order_relaxed), first + kGroup);
  std::string out(kPageMagic);
  out.reserve(kGroup * (graph.capacity(0) + 8) * sizeof(Slot));
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
  each([&](Slot slot) {
    put(out, is_stored(slot) ? embedding_check(lives.chunk(slot), store.row(slot)) : 0U);
  });
  // A row is whole links first, then kNoSlot: what follows the first kNoSlot is left over.
  const auto put_row = [&](Slot slot, std::size_t level) {
    const Slot* const row = graph.row(slot, level);
    Slot whole[kRowMax];
    bool ended = !graph.is_linked(slot);
    for (std::size_t i = 0; i < graph.capacity(level); ++i) {
      ended = ended || row[i] == kNoSlot;
      whole[i] = ended ? kNoSlot : row[i];
    }
    out.append(reinterpret_cast<const char*>(whole), graph.capacity(level) * sizeof(Slot));
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
  state.reclaim();
  const std::size_t pages = pages_for(state.slots.load(std::memory_order_relaxed));
  state.page_sums_new = state.page_sums;
  state.page_sums_new.resize(pages);
  for (std::size_t page = 0; page < pages; ++page) {
    if (page < state.page_sums.size() && !state.graph.is_changed(page)) continue;
    const std::string bytes = state.page_bytes(static_cast<std::uint32_t>(page));
    state.page_sums_new[page] = sum_of(bytes);
    write(static_cast<std::uint32_t>(page), bytes);
  }
  state.store.sync();
  std::uint64_t digest = 0;
  for (const std::uint64_t sum : state.page_sums_new) digest += sum;
  return state.header_bytes(digest);
}

void VectorIndex::checkpoint_done() {
  const std::lock_guard lock(state_->writing);
  state_->page_sums = state_->page_sums_new;
  state_->graph.clear_changes();
}

}  // namespace carrel::index
