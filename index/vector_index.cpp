#include "index/vector_index.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/error.h"
#include "core/half.h"
#include "core/random.h"
#include "index/vector_state.h"

namespace carrel::index {
namespace {

constexpr std::size_t kDimMax = 4096;
constexpr std::size_t kEfConstructionMax = 10'000;
constexpr std::size_t kBatchMax = 512;

std::size_t checked_dim(std::size_t dim, const VectorIndexOptions& options) {
  if (dim < 1 || dim > kDimMax) {
    throw Error(ErrorCode::invalid_argument,
                "The embedding model gives " + std::to_string(dim) +
                    " values an embedding; the vector index takes 1 to 4096.");
  }
  if (options.m < kLinksMin || options.m > kLinksMax) {
    throw Error(ErrorCode::invalid_argument, "Set m of the vector index to a value from 4 to 64.");
  }
  if (options.ef_construction < 1 || options.ef_construction > kEfConstructionMax) {
    throw Error(ErrorCode::invalid_argument,
                "Set ef_construction of the vector index to a value from 1 to 10000.");
  }
  return dim;
}

}  // namespace

VectorIndex::State::State(std::size_t dim, const VectorIndexOptions& given, bool keeps_file)
    : options(given),
      store(checked_dim(dim, given), given.metric, best_kernel(), {given.file, keeps_file}),
      graph(store, given.m, std::max(given.ef_construction, given.m)),
      readers(store) {}

// Geometric, as Malkov and Yashunin draw it, but from seed and chunk: the same chunk gets the same
// level in whatever order, and after a restart.
std::size_t VectorIndex::State::level_of(ChunkId chunk) const {
  Rng rng(options.seed ^ (static_cast<std::uint64_t>(chunk.value) * 0x9E3779B97F4A7C15ULL));
  rng.next();
  const double u = 1.0 - rng.uniform();  // never 0
  const double level = -std::log(u) / std::log(static_cast<double>(options.m));
  return std::min(static_cast<std::size_t>(level), kLevelsMax - 1);
}

// Slots that no reader holds any more become free; what was erased stays in no file.
void VectorIndex::State::reclaim() {
  if (retired.empty()) return;
  const std::uint64_t oldest = readers.oldest();
  while (!retired.empty() && retired.front().version <= oldest) {
    store.wipe(retired.front().slot);
    free.push_back(retired.front().slot);
    retired.pop_front();
  }
}

Slot VectorIndex::State::take_slot() {
  reclaim();
  if (!free.empty()) {
    const Slot slot = free.back();
    free.pop_back();
    return slot;
  }
  const std::size_t count = slots.load(std::memory_order_relaxed);
  store.grow_to(count + 1);
  graph.grow_to(count + 1);
  lives.grow_to(count + 1);
  slots.store(count + 1, std::memory_order_release);
  return static_cast<Slot>(count);
}

void VectorIndex::State::check(std::span<const ChunkId> chunks_in,
                               std::span<const float> embeddings) const {
  const std::size_t dim = store.dim();
  if (embeddings.size() != chunks_in.size() * dim) {
    throw Error(ErrorCode::invalid_argument,
                std::to_string(chunks_in.size()) + " embeddings have " +
                    std::to_string(embeddings.size()) + " values where the index takes " +
                    std::to_string(dim) + " each. Use the model the index was built with.");
  }
  for (std::size_t i = 0; i < chunks_in.size(); ++i) {
    if (!is_storable(embeddings.subspan(i * dim, dim), options.metric)) {
      throw Error(ErrorCode::invalid_argument,
                  "An embedding is not of unit length, or has values that are not numbers, or "
                  "beyond 65504. Check the embedding model.");
    }
    if (!ChunkTable::in_range(chunks_in[i])) {
      throw Error(ErrorCode::invalid_argument, "A chunk's number is outside 1 to 4294967295.");
    }
  }
}

void VectorIndex::State::insert(std::span<const ChunkId> chunks_in,
                                std::span<const float> embeddings) {
  check(chunks_in, embeddings);
  const std::lock_guard lock(writing);
  for (std::size_t done = 0; done < chunks_in.size();) {
    // A batch names each chunk once.
    std::unordered_set<std::int64_t> seen;
    std::size_t end = done;
    while (end < chunks_in.size() && end - done < kBatchMax &&
           seen.insert(chunks_in[end].value).second) {
      ++end;
    }
    insert_batch(chunks_in.subspan(done, end - done),
                 embeddings.subspan(done * store.dim(), (end - done) * store.dim()));
    done = end;
  }
}

void VectorIndex::State::insert_batch(std::span<const ChunkId> chunks_in,
                                      std::span<const float> embeddings) {
  struct New {
    ChunkId chunk;
    Slot slot;
    Slot before;
  };
  const std::size_t dim = store.dim();
  std::vector<New> fresh;
  std::vector<HnswGraph::NewNode> nodes;
  for (std::size_t i = 0; i < chunks_in.size(); ++i) {
    const ChunkId chunk = chunks_in[i];
    const std::span<const float> embedding = embeddings.subspan(i * dim, dim);
    const Slot before = chunks.find(chunk);
    if (before != kNoSlot && std::ranges::equal(store.halves(before), embedding, {}, {}, to_half)) {
      continue;
    }
    const Slot slot = take_slot();
    lives.open(slot, chunk);
    store.put(slot, embedding);
    graph.mark_changed(slot);
    if (!store.is_zero(slot)) nodes.push_back({slot, level_of(chunk)});
    fresh.push_back({chunk, slot, before});
  }
  graph.add(nodes, team, readers.running());
  const std::uint64_t version = readers.version() + 1;
  for (const auto& [chunk, slot, before] : fresh) {
    lives.set_birth(slot, version);
    if (before != kNoSlot) lives.set_death(before, version);
    chunks.set(chunk, slot);
    if (before == kNoSlot) live.fetch_add(1, std::memory_order_relaxed);
  }
  readers.publish(version);
  for (const New& one : fresh) {
    if (one.before != kNoSlot) bury(one.before);
  }
}

void VectorIndex::State::erase(ChunkId chunk) {
  const std::lock_guard lock(writing);
  const Slot slot = chunks.find(chunk);
  if (slot == kNoSlot) return;
  const std::uint64_t version = readers.version() + 1;
  lives.set_death(slot, version);
  chunks.set(chunk, kNoSlot);
  live.fetch_sub(1, std::memory_order_relaxed);
  readers.publish(version);
  bury(slot);
}

// Cuts a dead slot out of the graph; it waits for the readers who may still stand on it.
void VectorIndex::State::bury(Slot slot) {
  if (graph.is_linked(slot)) graph.remove(slot);
  graph.mark_changed(slot);
  const std::uint64_t version = readers.version() + 1;
  readers.publish(version);
  retired.push_back({slot, version});
}

VectorIndex::VectorIndex(std::size_t dim, const VectorIndexOptions& options)
    : state_(std::make_unique<State>(dim, options, false)) {}
VectorIndex::VectorIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
VectorIndex::~VectorIndex() = default;
VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;

std::size_t VectorIndex::dim() const { return state_->store.dim(); }
std::size_t VectorIndex::size() const { return state_->live.load(std::memory_order_relaxed); }
std::size_t VectorIndex::slot_count() const { return state_->slots.load(); }
bool VectorIndex::contains(ChunkId chunk) const { return state_->chunks.find(chunk) != kNoSlot; }
void VectorIndex::insert(std::span<const ChunkId> chunks, std::span<const float> embeddings) {
  state_->insert(chunks, embeddings);
}
void VectorIndex::erase(ChunkId chunk) { state_->erase(chunk); }

std::vector<Candidate> VectorIndex::search(std::span<const float> query,
                                           const VectorSearch& options,
                                           const Admission& admission) const {
  return state_->search(query, options, admission);
}

std::optional<std::vector<float>> VectorIndex::embedding(ChunkId chunk) const {
  const Readers::Stay stay(state_->readers);  // the slot is not reused meanwhile
  const Slot slot = state_->chunks.find(chunk);
  if (slot == kNoSlot) return std::nullopt;
  const std::span<const std::uint16_t> found = state_->store.halves(slot);
  std::vector<float> out(found.size());
  std::transform(found.begin(), found.end(), out.begin(), from_half);
  return out;
}

std::vector<std::string> VectorIndex::verify() const {
  const std::lock_guard lock(state_->writing);
  std::vector<std::string> broken = state_->graph.verify();
  const std::uint64_t version = state_->readers.version();
  std::size_t visible = 0;
  for (Slot slot = 0; slot < state_->slots.load(); ++slot) {
    const bool is_visible = state_->lives.is_visible(slot, version);
    visible += is_visible ? 1 : 0;
    if (state_->graph.is_linked(slot) != (is_visible && !state_->store.is_zero(slot))) {
      broken.push_back(
          "Slot " + std::to_string(slot) +
          (is_visible ? " is stored but not in the graph." : " is in the graph, but erased."));
    }
    if (is_visible && state_->chunks.find(state_->lives.chunk(slot)) != slot) {
      broken.push_back("Slot " + std::to_string(slot) + " is not where its chunk is looked up.");
    }
  }
  if (visible != size()) broken.emplace_back("The number of embeddings is miscounted.");
  return broken;
}

}  // namespace carrel::index
