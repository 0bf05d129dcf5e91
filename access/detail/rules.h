// access/detail/rules.h
//
// The access rules of one epoch, in memory: who belongs to what, and what each ACL class says.
//
// A Rules is read in one SQLite snapshot and never changes afterwards, but for its cache of what it
// has already worked out. ACL classes are only ever added, never edited, so a later Rules copies
// the earlier one's and reads only what is new.
//
// Threads: const members may run on many threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/access_control.h"

namespace carrel::access::detail {

struct Principal {
  PrincipalId id;
  PrincipalKind kind = PrincipalKind::everyone;
  std::string name;  // as it was given
  std::string display_name;
  std::int32_t clearance = -1;  // rank of the highest label readable; users only
  bool is_disabled = false;
  ActionSet actions;                    // roles only: their own
  std::vector<PrincipalId> belongs_to;  // direct
};

// A set of small row numbers.
class IdSet {
 public:
  bool insert(std::int64_t id);  // false: was there
  bool contains(std::int64_t id) const noexcept {
    const auto bit = static_cast<std::uint64_t>(id);
    return (bit >> 6) < words_.size() && ((words_[bit >> 6] >> (bit & 63)) & 1) != 0;
  }
  std::vector<std::uint64_t> take() && { return std::move(words_); }

 private:
  std::vector<std::uint64_t> words_;
};

struct People {
  std::uint64_t epoch = 0;            // of the last change to people
  std::vector<Principal> principals;  // by ascending id
  std::unordered_map<std::int64_t, std::size_t> by_id;
  std::unordered_map<std::string, std::size_t> users_by_folded_name;

  const Principal* find(PrincipalId id) const;
  // The user, everyone, and all they belong to, however deep.
  IdSet closure_of(PrincipalId user) const;
};

// Entries of class i lie in entries[begin[i] .. begin[i + 1]). Numbers that no class has (0, and
// those of rolled-back transactions) have no entries, so nobody reads them.
struct Classes {
  struct Entry {
    std::int64_t principal;
    bool is_deny;
  };
  std::vector<std::int32_t> label = {-1};  // rank; -1: no such class
  std::vector<std::uint32_t> begin = {0, 0};
  std::vector<Entry> entries;

  std::int64_t newest() const noexcept { return static_cast<std::int64_t>(label.size()) - 1; }
  bool has(AclClassId id) const noexcept {
    return id.value > 0 && id.value <= newest() && label[static_cast<std::size_t>(id.value)] >= 0;
  }
  // The one rule: cleared for the label, denied by nobody in `who`, allowed by somebody in it.
  bool permits(std::int64_t acl_class, const IdSet& who, std::int32_t clearance) const noexcept;
};

class Rules {
 public:
  // Reads inside the caller's read transaction. `earlier` may be null.
  Rules(Database& db, const Rules* earlier);

  AccessEpoch epoch() const noexcept { return epoch_; }
  const People& people() const noexcept { return *people_; }
  const Classes& classes() const noexcept { return *classes_; }

  // The enabled user, or null.
  const Principal* active_user(PrincipalId id) const;
  UserInfo describe_user(const Principal& user, const std::vector<std::string>& labels) const;

  // Bit i: class i is readable. Worked out once for a user, then remembered.
  std::vector<std::uint64_t> readable_by(const Principal& user) const;

 private:
  AccessEpoch epoch_;
  std::shared_ptr<const People> people_;
  std::shared_ptr<const Classes> classes_;
  mutable std::mutex mutex_;  // guards readable_
  mutable std::unordered_map<std::int64_t, std::vector<std::uint64_t>> readable_;
};

}  // namespace carrel::access::detail
