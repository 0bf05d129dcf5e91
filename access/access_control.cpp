#include "access/access_control.h"

#include <algorithm>

#include "access/detail/names.h"
#include "access/detail/state.h"
#include "core/error.h"
#include "core/utf8.h"

namespace carrel::access {
namespace {

constexpr std::size_t kDisplayNameBytesMax = 256;

std::string file_of(Database& db) {
  Statement rows(db, "PRAGMA database_list");
  while (rows.step())
    if (rows.text(1) == "main") return std::string(rows.text(2));
  return {};
}

void raise_to(std::atomic<std::uint64_t>& number, std::uint64_t value) {
  std::uint64_t seen = number.load();
  while (seen < value && !number.compare_exchange_weak(seen, value)) {
  }
}

// Prepares the tables on the writer, then opens the connection that rules are read on.
Database open_reader(Store& store, const Clock& clock, const AccessOptions& options) {
  const Store::Writer writer = store.write();
  detail::prepare_tables(*writer, options, clock.now());
  return Database(file_of(*writer), {.read_only = true});
}

}  // namespace

// --- how a change comes into force (see detail/state.h)

AccessControl::State::State(Store& the_store, const Clock& the_clock,
                            const AccessOptions& the_options)
    : store(the_store),
      clock(the_clock),
      options(the_options),
      reader_(open_reader(the_store, the_clock, the_options)) {
  raise_to(pending_, 1);
}

std::uint64_t AccessControl::State::epoch() {
  const std::uint64_t pending = pending_.load();
  const std::uint64_t committed = committed_.load();
  if (committed >= pending) return committed;
  std::optional<std::int64_t> stored;
  {
    const std::lock_guard lock(reader_mutex_);
    stored = detail::take_integer(
        reader_.statement("SELECT value FROM access_meta WHERE name = 'epoch'"));
  }
  if (!stored)
    throw Error(ErrorCode::corrupt, "the access tables lack their epoch; restore a backup");
  raise_to(committed_, static_cast<std::uint64_t>(*stored));
  return static_cast<std::uint64_t>(*stored);
}

std::shared_ptr<const AccessControl::Rules> AccessControl::State::rules() {
  const std::uint64_t needed = epoch();
  const std::lock_guard lock(rules_mutex_);
  if (rules_ == nullptr || rules_->epoch().value < needed) {
    const std::lock_guard reading(reader_mutex_);
    Transaction snapshot(reader_, Transaction::Kind::read);
    rules_ = std::make_shared<const Rules>(reader_, rules_.get());
    snapshot.commit();
    raise_to(committed_, rules_->epoch().value);
  }
  return rules_;
}

std::uint64_t AccessControl::State::raise_epoch(Database& writer, bool changes_people) {
  writer.statement("UPDATE access_meta SET value = value + 1 WHERE name = 'epoch'").run();
  if (changes_people)
    writer
        .statement(
            "UPDATE access_meta SET value = (SELECT value FROM access_meta WHERE name = 'epoch') "
            "WHERE name = 'people_epoch'")
        .run();
  const auto raised =
      detail::take_integer(writer.statement("SELECT value FROM access_meta WHERE name = 'epoch'"));
  CARREL_ASSERT(raised.has_value());
  raise_to(pending_, static_cast<std::uint64_t>(*raised));
  return static_cast<std::uint64_t>(*raised);
}

namespace {

// One change of people: a transaction of its own, or part of the one that the calling thread has
// open, with which it then commits or rolls back.
class Change {
 public:
  explicit Change(Store& store) : writer_(store.write()) {
    if (!writer_->in_transaction()) transaction_.emplace(*writer_);
  }
  Database& db() const { return *writer_; }

  template <class State>
  void commit(State& state) {
    state.raise_epoch(db(), /*changes_people=*/true);
    if (transaction_) transaction_->commit();
  }

 private:
  Store::Writer writer_;
  std::optional<Transaction> transaction_;
};

PrincipalId find_or_refuse(Database& db, const PrincipalName& name) {
  if (const auto found = detail::find_principal(db, name)) return *found;
  detail::refuse_unknown(db, name, ErrorCode::not_found);
}

PrincipalName user_named(std::string_view text) {
  const PrincipalName name = detail::principal_of(text, PrincipalKind::user);
  if (name.kind != PrincipalKind::user)
    throw Error(ErrorCode::invalid_argument, to_string(name) + " is not a user");
  return name;
}

PrincipalId insert_principal(Database& db, const PrincipalName& name, UnixMillis now) {
  if (detail::find_principal(db, name))
    throw Error(ErrorCode::conflict, to_string(name) + " exists already");
  db.statement("INSERT INTO principal(kind, name, folded, created) VALUES(?, ?, ?, ?)")
      .bind(1, static_cast<std::int64_t>(name.kind))
      .bind(2, name.name)
      .bind(3, detail::fold_name(name.name))
      .bind(4, now.value)
      .run();
  return {db.last_insert_id()};
}

// The longest chain of memberships that starts at `id`, counted up to `limit`.
std::int64_t chain_above(Database& db, PrincipalId id, std::size_t limit) {
  return detail::take_integer(
             db.statement("WITH RECURSIVE chain(id, length) AS (VALUES(?1, 0) UNION "
                          "SELECT m.container, length + 1 FROM chain "
                          "JOIN membership m ON m.member = chain.id WHERE length < ?2) "
                          "SELECT max(length) FROM chain")
                 .bind(1, id.value)
                 .bind(2, static_cast<std::int64_t>(limit)))
      .value_or(0);
}

std::int64_t chain_below(Database& db, PrincipalId id, std::size_t limit) {
  return detail::take_integer(
             db.statement("WITH RECURSIVE chain(id, length) AS (VALUES(?1, 0) UNION "
                          "SELECT m.member, length + 1 FROM chain "
                          "JOIN membership m ON m.container = chain.id WHERE length < ?2) "
                          "SELECT max(length) FROM chain")
                 .bind(1, id.value)
                 .bind(2, static_cast<std::int64_t>(limit)))
      .value_or(0);
}

bool is_inside(Database& db, PrincipalId inner, PrincipalId outer) {
  return detail::take_integer(
             db.statement("WITH RECURSIVE up(id) AS (VALUES(?1) UNION "
                          "SELECT m.container FROM up JOIN membership m ON m.member = up.id) "
                          "SELECT 1 FROM up WHERE id = ?2")
                 .bind(1, inner.value)
                 .bind(2, outer.value))
      .has_value();
}

void insert_membership(Database& db, const PrincipalName& member, const PrincipalName& container,
                       std::size_t nesting_max) {
  if (container.kind != PrincipalKind::group && container.kind != PrincipalKind::role)
    throw Error(ErrorCode::invalid_argument,
                to_string(container) + " cannot have members; name a group or a role");
  const PrincipalId inner = find_or_refuse(db, member);
  const PrincipalId outer = find_or_refuse(db, container);
  if (is_inside(db, outer, inner))
    throw Error(ErrorCode::conflict, to_string(container) + " is already inside " +
                                         to_string(member) +
                                         "; a membership must not lead back to itself");
  if (chain_below(db, inner, nesting_max) + 1 + chain_above(db, outer, nesting_max) >
      static_cast<std::int64_t>(nesting_max))
    throw Error(ErrorCode::invalid_argument, "memberships may nest " + std::to_string(nesting_max) +
                                                 " deep; this one would be deeper");
  db.statement("INSERT OR IGNORE INTO membership(member, container) VALUES(?, ?)")
      .bind(1, inner.value)
      .bind(2, outer.value)
      .run();
  if (db.changes() == 0)
    throw Error(ErrorCode::conflict,
                to_string(member) + " is a member of " + to_string(container) + " already");
}

}  // namespace

AccessControl::AccessControl(Store& store, const Clock& clock, const AccessOptions& options)
    : state_(std::make_unique<State>(store, clock, options)) {}
AccessControl::~AccessControl() = default;

// --- people

PrincipalId AccessControl::create_user(std::string_view name, std::string_view display_name,
                                       std::string_view clearance,
                                       const std::vector<std::string>& roles) {
  const PrincipalName user = user_named(name);
  if (display_name.size() > kDisplayNameBytesMax || !is_valid_utf8(display_name))
    throw Error(ErrorCode::invalid_argument, "a display name must be UTF-8 of at most 256 bytes");
  const std::int64_t rank = detail::rank_of_label(
      labels(),
      clearance.empty() ? std::string_view(state_->options.default_clearance) : clearance);
  Change change(state_->store);
  const PrincipalId id = insert_principal(change.db(), user, state_->clock.now());
  change.db()
      .statement("UPDATE principal SET display_name = ?, clearance = ? WHERE id = ?")
      .bind(1, display_name)
      .bind(2, rank)
      .bind(3, id.value)
      .run();
  for (const std::string& text : roles) {
    const PrincipalName role = detail::principal_of(text, PrincipalKind::role);
    if (role.kind != PrincipalKind::role)
      throw Error(ErrorCode::invalid_argument, to_string(role) + " is not a role");
    insert_membership(change.db(), user, role, state_->options.nesting_max);
  }
  change.commit(*state_);
  return id;
}

void AccessControl::set_clearance(std::string_view user, std::string_view clearance) {
  const PrincipalName name = user_named(user);
  const std::int64_t rank = detail::rank_of_label(labels(), clearance);
  Change change(state_->store);
  const PrincipalId id = find_or_refuse(change.db(), name);
  change.db()
      .statement("UPDATE principal SET clearance = ? WHERE id = ?")
      .bind(1, rank)
      .bind(2, id.value)
      .run();
  change.commit(*state_);
}

void AccessControl::set_disabled(std::string_view user, bool disabled) {
  const PrincipalName name = user_named(user);
  Change change(state_->store);
  const PrincipalId id = find_or_refuse(change.db(), name);
  change.db()
      .statement("UPDATE principal SET is_disabled = ? WHERE id = ?")
      .bind(1, std::int64_t{disabled ? 1 : 0})
      .bind(2, id.value)
      .run();
  change.commit(*state_);
}

PrincipalId AccessControl::create_group(std::string_view name) {
  const PrincipalName group = detail::principal_of(name, PrincipalKind::group);
  if (group.kind != PrincipalKind::group)
    throw Error(ErrorCode::invalid_argument, to_string(group) + " is not a group");
  Change change(state_->store);
  const PrincipalId id = insert_principal(change.db(), group, state_->clock.now());
  change.commit(*state_);
  return id;
}

void AccessControl::add_member(std::string_view member_principal,
                               std::string_view group_or_role_principal) {
  const PrincipalName member = parse_principal(member_principal);
  const PrincipalName container = parse_principal(group_or_role_principal);
  Change change(state_->store);
  insert_membership(change.db(), member, container, state_->options.nesting_max);
  change.commit(*state_);
}

void AccessControl::remove_member(std::string_view member_principal,
                                  std::string_view group_or_role_principal) {
  const PrincipalName member = parse_principal(member_principal);
  const PrincipalName container = parse_principal(group_or_role_principal);
  Change change(state_->store);
  change.db()
      .statement("DELETE FROM membership WHERE member = ? AND container = ?")
      .bind(1, find_or_refuse(change.db(), member).value)
      .bind(2, find_or_refuse(change.db(), container).value)
      .run();
  if (change.db().changes() == 0)
    throw Error(ErrorCode::not_found,
                to_string(member) + " is not a direct member of " + to_string(container));
  change.commit(*state_);
}

std::vector<UserInfo> AccessControl::users() const {
  const auto rules = this->rules();
  std::vector<UserInfo> out;
  for (const detail::Principal& one : rules->people().principals)
    if (one.kind == PrincipalKind::user) out.push_back(rules->describe_user(one, labels()));
  std::sort(out.begin(), out.end(),
            [](const UserInfo& a, const UserInfo& b) { return a.name < b.name; });
  return out;
}

std::vector<GroupInfo> AccessControl::groups() const {
  const auto rules = this->rules();
  const detail::People& people = rules->people();
  std::vector<GroupInfo> out;
  std::unordered_map<std::int64_t, std::size_t> place;
  for (const detail::Principal& one : people.principals) {
    if (one.kind != PrincipalKind::group) continue;
    place.emplace(one.id.value, out.size());
    out.push_back({one.name, {}});
  }
  for (const detail::Principal& one : people.principals)
    for (const PrincipalId container : one.belongs_to)
      if (const auto found = place.find(container.value); found != place.end())
        out[found->second].members.push_back(to_string({one.kind, one.name}));
  for (GroupInfo& group : out) std::sort(group.members.begin(), group.members.end());
  std::sort(out.begin(), out.end(),
            [](const GroupInfo& a, const GroupInfo& b) { return a.name < b.name; });
  return out;
}

std::optional<UserInfo> AccessControl::find_user(std::string_view name) const {
  if (name.size() > detail::kNameBytesMax + 8 || !is_valid_utf8(name)) return std::nullopt;
  std::string_view bare = trim(name);
  if (bare.starts_with("user:")) bare.remove_prefix(5);
  const auto rules = this->rules();
  const auto& known = rules->people().users_by_folded_name;
  const auto found = known.find(detail::fold_name(bare));
  if (found == known.end()) return std::nullopt;
  const detail::Principal& user = rules->people().principals[found->second];
  if (user.is_disabled) return std::nullopt;
  return rules->describe_user(user, labels());
}

std::optional<UserInfo> AccessControl::find_user(PrincipalId id) const {
  const auto rules = this->rules();
  const detail::Principal* user = rules->active_user(id);
  if (user == nullptr) return std::nullopt;
  return rules->describe_user(*user, labels());
}

const std::vector<std::string>& AccessControl::labels() const { return state_->options.labels; }

const std::string& AccessControl::default_label() const { return state_->options.default_label; }

// --- what may be read

Visibility AccessControl::visibility(PrincipalId user) const {
  const auto rules = this->rules();
  const detail::Principal* found = rules->active_user(user);
  if (found == nullptr)
    throw Error(ErrorCode::not_found, "there is no such user, or the user is disabled");
  return Visibility(user, rules->epoch(), rules->readable_by(*found));
}

AccessEpoch AccessControl::epoch() const { return {state_->epoch()}; }

std::shared_ptr<const AccessControl::Rules> AccessControl::rules() const { return state_->rules(); }

bool AccessControl::may_read(PrincipalId user, AclClassId acl_class) const {
  const auto rules = this->rules();
  const detail::Principal* found = rules->active_user(user);
  if (found == nullptr || !rules->classes().has(acl_class)) return false;
  return rules->classes().permits(acl_class.value, rules->people().closure_of(user),
                                  found->clearance);
}

}  // namespace carrel::access
