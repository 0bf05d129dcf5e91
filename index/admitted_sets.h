// index/admitted_sets.h
//
// Which chunks a scope admits, as a bitmap with its count, kept from question to question: whoever
// asks again, or has equal rights, does not pay for finding out again. A change of rights or
// content is carried over chunk by chunk, as long as the class map still remembers which chunks
// changed.
//
// A set says what was so at its version of the class map; ScopeAdmission asks the class map itself
// about each chunk that it admits, so a right that ended meanwhile ends at once.
//
// Threads: any. Sets are immutable.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "index/class_map.h"
#include "index/scope.h"
#include "index/vector_index.h"

namespace carrel::index {

class AdmittedSet {
 public:
  bool contains(ChunkId chunk) const noexcept {
    const auto bit = static_cast<std::uint64_t>(chunk.value);
    return (bit >> 6) < words_.size() && ((words_[bit >> 6] >> (bit & 63)) & 1) != 0;
  }
  std::size_t count() const noexcept { return count_; }
  void list(std::vector<ChunkId>& out) const;          // appends all, ascending
  std::uint64_t key() const noexcept { return key_; }  // of no other set; 0 before finish()

  void put(ChunkId chunk, bool admitted);
  // Writes a short set down as a list too: reading that is cheaper than finding bits. Nothing is
  // put afterwards.
  void finish();

 private:
  static constexpr std::size_t kListedMax = 16'384;

  std::vector<std::uint64_t> words_;
  std::vector<ChunkId> listed_;  // all, or none where there are more than kListedMax
  std::size_t count_ = 0;
  std::uint64_t key_ = 0;
};

class AdmittedSets {
 public:
  explicit AdmittedSets(const ClassMap& classes) : classes_(classes) {}

  // Of the class map as it is, or was a moment ago.
  std::shared_ptr<const AdmittedSet> find(const Scope& scope) const;

 private:
  struct Kept {
    std::vector<std::uint64_t> rights;  // the Visibility's words
    std::shared_ptr<const DocumentSet> documents;
    std::uint64_t version;
    std::shared_ptr<const AdmittedSet> set;
  };
  static constexpr std::size_t kKeptMax = 64;

  bool admits(const Scope& scope, ChunkId chunk) const noexcept;
  std::shared_ptr<const AdmittedSet> make(const Scope& scope) const;
  std::shared_ptr<const AdmittedSet> carry_over(const Scope& scope, const Kept& kept) const;

  const ClassMap& classes_;
  mutable std::mutex mutex_;      // guards the list
  mutable std::list<Kept> kept_;  // last used first
};

// What a search asks: the set for the plan and for a quick no, the class map for a yes.
class ScopeAdmission final : public Admission {
 public:
  ScopeAdmission(const Scope& scope, const ClassMap& classes, const AdmittedSets& sets)
      : scope_(scope), classes_(classes), set_(sets.find(scope)) {}

  bool admits(ChunkId chunk) const noexcept override {
    if (!set_->contains(chunk) || !scope_.visible.permits(classes_.class_of(chunk))) return false;
    return scope_.documents == nullptr || scope_.documents->contains(classes_.document_of(chunk));
  }
  std::size_t admitted_count() const noexcept override { return set_->count(); }
  bool can_list() const noexcept override { return true; }
  void list(std::vector<ChunkId>& out) const override { set_->list(out); }
  std::uint64_t list_key() const noexcept override { return set_->key(); }

 private:
  const Scope& scope_;
  const ClassMap& classes_;
  std::shared_ptr<const AdmittedSet> set_;
};

}  // namespace carrel::index
