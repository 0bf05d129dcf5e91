#include "access/detail/rules.h"

#include <algorithm>

#include "access/detail/names.h"
#include "core/error.h"

namespace carrel::access::detail {
namespace {

std::uint64_t read_meta(Database& db, std::string_view name) {
  Statement read(db, "SELECT value FROM access_meta WHERE name = ?");
  if (!read.bind(1, name).step())
    throw Error(ErrorCode::corrupt, "the access tables lack their '" + std::string(name) +
                                        "'; restore the library from a backup");
  return static_cast<std::uint64_t>(read.integer(0));
}

std::shared_ptr<const People> read_people(Database& db, std::uint64_t epoch) {
  auto out = std::make_shared<People>();
  out->epoch = epoch;
  Statement rows(db,
                 "SELECT id, kind, name, folded, display_name, clearance, is_disabled "
                 "FROM principal ORDER BY id");
  while (rows.step()) {
    Principal one{.id = {rows.integer(0)},
                  .kind = static_cast<PrincipalKind>(rows.integer(1)),
                  .name = std::string(rows.text(2)),
                  .display_name = std::string(rows.text(4)),
                  .clearance = static_cast<std::int32_t>(rows.is_null(5) ? -1 : rows.integer(5)),
                  .is_disabled = rows.integer(6) != 0};
    out->by_id.emplace(one.id.value, out->principals.size());
    if (one.kind == PrincipalKind::user)
      out->users_by_folded_name.emplace(std::string(rows.text(3)), out->principals.size());
    out->principals.push_back(std::move(one));
  }
  Statement members(db, "SELECT member, container FROM membership");
  while (members.step())
    out->principals[out->by_id.at(members.integer(0))].belongs_to.push_back({members.integer(1)});
  Statement actions(db, "SELECT role, action FROM role_action");
  while (actions.step())
    if (const auto action = action_named(actions.text(1)))
      out->principals[out->by_id.at(actions.integer(0))].actions.add(*action);
  return out;
}

std::shared_ptr<const Classes> read_classes(Database& db, std::shared_ptr<const Classes> known) {
  Statement rows(db, "SELECT id, label FROM acl_class WHERE id > ? ORDER BY id");
  rows.bind(1, known->newest());
  if (!rows.step()) return known;
  auto out = std::make_shared<Classes>(*known);
  Statement entries(db,
                    "SELECT acl_class, principal, is_deny FROM acl_entry "
                    "WHERE acl_class > ? ORDER BY acl_class");
  entries.bind(1, known->newest());
  bool has_entry = entries.step();
  do {
    const std::int64_t id = rows.integer(0);
    for (; out->newest() < id; out->begin.push_back(out->begin.back())) out->label.push_back(-1);
    out->label.back() = static_cast<std::int32_t>(rows.integer(1));
    for (; has_entry && entries.integer(0) == id; has_entry = entries.step())
      out->entries.push_back({entries.integer(1), entries.integer(2) != 0});
    out->begin.back() = static_cast<std::uint32_t>(out->entries.size());
  } while (rows.step());
  return out;
}

}  // namespace

bool IdSet::insert(std::int64_t id) {
  const auto bit = static_cast<std::uint64_t>(id);
  if ((bit >> 6) >= words_.size()) words_.resize((bit >> 6) + 1);
  const std::uint64_t mask = std::uint64_t{1} << (bit & 63);
  if ((words_[bit >> 6] & mask) != 0) return false;
  words_[bit >> 6] |= mask;
  return true;
}

const Principal* People::find(PrincipalId id) const {
  const auto found = by_id.find(id.value);
  return found == by_id.end() ? nullptr : &principals[found->second];
}

IdSet People::closure_of(PrincipalId user) const {
  IdSet out;
  std::vector<PrincipalId> open;
  const auto reach = [&](PrincipalId id) {
    if (out.insert(id.value)) open.push_back(id);
  };
  reach(user);
  for (const Principal& one : principals)
    if (one.kind == PrincipalKind::everyone) reach(one.id);
  while (!open.empty()) {
    const Principal* one = find(open.back());
    open.pop_back();
    if (one == nullptr) continue;
    for (const PrincipalId container : one->belongs_to) reach(container);
  }
  return out;
}

bool Classes::permits(std::int64_t acl_class, const IdSet& who,
                      std::int32_t clearance) const noexcept {
  const auto i = static_cast<std::size_t>(acl_class);
  if (label[i] < 0 || label[i] > clearance) return false;
  bool is_allowed = false;
  for (std::uint32_t e = begin[i]; e < begin[i + 1]; ++e) {
    if (!who.contains(entries[e].principal)) continue;
    if (entries[e].is_deny) return false;
    is_allowed = true;
  }
  return is_allowed;
}

Rules::Rules(Database& db, const Rules* earlier) : epoch_{read_meta(db, "epoch")} {
  const std::uint64_t people_epoch = read_meta(db, "people_epoch");
  people_ = earlier != nullptr && earlier->people_->epoch == people_epoch
                ? earlier->people_
                : read_people(db, people_epoch);
  classes_ = read_classes(db, earlier != nullptr ? earlier->classes_ : std::make_shared<Classes>());
}

const Principal* Rules::active_user(PrincipalId id) const {
  const Principal* found = people_->find(id);
  const bool is_active =
      found != nullptr && found->kind == PrincipalKind::user && !found->is_disabled;
  return is_active ? found : nullptr;
}

UserInfo Rules::describe_user(const Principal& user, const std::vector<std::string>& labels) const {
  UserInfo out{.id = user.id,
               .name = user.name,
               .display_name = user.display_name,
               .is_disabled = user.is_disabled};
  if (user.clearance >= 0 && static_cast<std::size_t>(user.clearance) < labels.size())
    out.clearance = labels[static_cast<std::size_t>(user.clearance)];
  const IdSet who = people_->closure_of(user.id);
  for (const Principal& one : people_->principals) {
    if (!who.contains(one.id.value)) continue;
    if (one.kind == PrincipalKind::group) out.groups.push_back(one.name);
    if (one.kind == PrincipalKind::role) {
      out.roles.push_back(one.name);
      out.actions.unite(one.actions);
    }
  }
  std::sort(out.groups.begin(), out.groups.end());
  std::sort(out.roles.begin(), out.roles.end());
  return out;
}

std::vector<std::uint64_t> Rules::readable_by(const Principal& user) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = readable_.find(user.id.value); found != readable_.end())
      return found->second;
  }
  const IdSet who = people_->closure_of(user.id);
  IdSet readable;
  for (std::int64_t i = 1; i <= classes_->newest(); ++i)
    if (classes_->permits(i, who, user.clearance)) readable.insert(i);
  std::vector<std::uint64_t> words = std::move(readable).take();
  const std::lock_guard lock(mutex_);
  return readable_.emplace(user.id.value, std::move(words)).first->second;
}

}  // namespace carrel::access::detail
