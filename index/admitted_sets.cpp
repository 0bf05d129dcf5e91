#include "index/admitted_sets.h"

#include <algorithm>
#include <atomic>
#include <bit>

namespace carrel::index {

void AdmittedSet::put(ChunkId chunk, bool admitted) {
  const auto bit = static_cast<std::uint64_t>(chunk.value);
  if ((bit >> 6) >= words_.size()) {
    if (!admitted) return;
    words_.resize((bit >> 6) + 1);
  }
  const std::uint64_t mask = std::uint64_t{1} << (bit & 63);
  std::uint64_t& word = words_[bit >> 6];
  if (((word & mask) != 0) == admitted) return;
  word ^= mask;
  count_ += admitted ? 1 : std::size_t(-1);
}

void AdmittedSet::finish() {
  static std::atomic<std::uint64_t> keys{0};
  key_ = ++keys;
  listed_.clear();
  if (count_ <= kListedMax) list(listed_);
}

void AdmittedSet::list(std::vector<ChunkId>& out) const {
  if (listed_.size() == count_) {
    out.insert(out.end(), listed_.begin(), listed_.end());
    return;
  }
  out.reserve(out.size() + count_);
  for (std::size_t i = 0; i < words_.size(); ++i) {
    for (std::uint64_t left = words_[i]; left != 0; left &= left - 1) {
      out.push_back(ChunkId{static_cast<std::int64_t>(i * 64) + std::countr_zero(left)});
    }
  }
}

bool AdmittedSets::admits(const Scope& scope, ChunkId chunk) const noexcept {
  return scope.visible.permits(classes_.class_of(chunk)) &&
         (scope.documents == nullptr || scope.documents->contains(classes_.document_of(chunk)));
}

std::shared_ptr<const AdmittedSet> AdmittedSets::make(const Scope& scope) const {
  auto out = std::make_shared<AdmittedSet>();
  const std::int64_t last = classes_.last().value;
  for (std::int64_t id = 1; id <= last; ++id) {
    if (admits(scope, ChunkId{id})) out->put(ChunkId{id}, true);
  }
  out->finish();
  return out;
}

// Null: too much has changed.
std::shared_ptr<const AdmittedSet> AdmittedSets::carry_over(const Scope& scope,
                                                            const Kept& kept) const {
  std::vector<ChunkId> changed;
  if (!classes_.list_changes(kept.version, changed)) return nullptr;
  auto out = std::make_shared<AdmittedSet>(*kept.set);
  for (const ChunkId chunk : changed) out->put(chunk, admits(scope, chunk));
  out->finish();
  return out;
}

std::shared_ptr<const AdmittedSet> AdmittedSets::find(const Scope& scope) const {
  // Read before anything is asked: what changes later is carried over by the next question.
  const std::uint64_t version = classes_.version();
  const std::span<const std::uint64_t> rights = scope.visible.words();
  std::optional<Kept> before;
  {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) {
      return one.documents == scope.documents && std::ranges::equal(one.rights, rights);
    });
    if (at != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, at);
      if (at->version == version) return at->set;
      before = *at;
    }
  }
  std::shared_ptr<const AdmittedSet> set = before ? carry_over(scope, *before) : nullptr;
  if (set == nullptr) set = make(scope);
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&](const Kept& one) {
    return one.documents == scope.documents && std::ranges::equal(one.rights, rights);
  });
  kept_.push_front({{rights.begin(), rights.end()}, scope.documents, version, set});
  if (kept_.size() > kKeptMax) kept_.pop_back();
  return set;
}

}  // namespace carrel::index
