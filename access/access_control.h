// access/access_control.h
//
// Who there is, what they may do, and what they may read: the one place that decides.
//
// A principal is a user, a group or a role; membership nests. A document's ACL lists allowed and
// denied principals: deny wins, over the owner too, and what nobody is allowed is read by nobody.
// A label is a second lock: the reader's clearance must reach it. An ACL class interns one distinct
// (allow, deny, label); documents and chunks carry only its id.
//
// Threads: all members may run on many threads. Rules are read from a snapshot in memory that is
// replaced when the epoch moves, so a change is in force for the next call.
// Ownership: borrows the store, the clock and the secret source.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/visibility.h"
#include "core/clock.h"
#include "core/ids.h"
#include "core/store.h"

namespace carrel::access {

enum class PrincipalKind : std::uint8_t { everyone, user, group, role };

// What a principal may do. Reading is not among them: that is the ACL's business.
enum class Action : std::uint8_t {
  search, ask, read_original, upload, manage_collection, administer, audit
};
inline constexpr int kActionCount = 7;
std::string_view name_of(Action action) noexcept;
std::optional<Action> action_named(std::string_view name);

class ActionSet {
 public:
  bool contains(Action a) const noexcept { return ((bits_ >> static_cast<int>(a)) & 1U) != 0; }
  void add(Action a) noexcept { bits_ |= std::uint32_t{1} << static_cast<int>(a); }
  void intersect(ActionSet other) noexcept { bits_ &= other.bits_; }
  void unite(ActionSet other) noexcept { bits_ |= other.bits_; }
  std::vector<Action> list() const;

 private:
  std::uint32_t bits_ = 0;
};

// "user:ana", "group:finance", "role:editor", "everyone". Names are stored as given and looked up by
// their folded form (Unicode NFKC with case folding; accents count), so "user:Ana" is "user:ana".
struct PrincipalName {
  PrincipalKind kind = PrincipalKind::everyone;
  std::string name;  // empty for everyone; 1..128 bytes of letters, digits, '.', '_', '-', '@'
  bool operator==(const PrincipalName&) const = default;
};
// Errors: invalid_argument (says what a principal looks like).
PrincipalName parse_principal(std::string_view text);
std::string to_string(const PrincipalName& principal);

// A document's rights as people write them. Order and repetition do not matter.
struct AclSpec {
  std::vector<std::string> allow;  // principals
  std::vector<std::string> deny;
  std::string label;  // one of labels(); empty: AccessOptions::default_label
  bool operator==(const AclSpec&) const = default;
};

struct UserInfo {
  PrincipalId id;
  std::string name;
  std::string display_name;
  std::string clearance;              // highest label readable
  std::vector<std::string> groups;    // all, nested ones included, sorted
  std::vector<std::string> roles;     // all, nested ones included, sorted
  ActionSet actions;                  // granted by the roles
  bool is_disabled = false;
};

struct GroupInfo {
  std::string name;
  std::vector<std::string> members;  // direct, as principals, sorted
};

struct AccessOptions {
  std::vector<std::string> labels = {"public", "internal", "confidential", "restricted"};
  std::string default_label = "internal";
  std::string default_clearance = "internal";  // of a new user
  std::size_t nesting_max = 32;                // a membership deeper than this is refused
};

class AccessControl {
 public:
  // Creates the tables, the principal everyone and the built-in roles where they are missing:
  // reader (search, ask, read_original), editor (reader + upload), curator (editor +
  // manage_collection), administrator (administer), auditor (audit). Labels are written at the
  // first open and a later configuration must list the same ones. Errors: conflict, corrupt.
  AccessControl(Store& store, const Clock& clock, const AccessOptions& options);
  ~AccessControl();

  // --- people. All raise the epoch. A name may come with or without its kind ("ana", "user:ana"). An
  // empty clearance is AccessOptions::default_clearance. A call is a transaction of its own, or, made
  // by the thread that has a write transaction open on the store, part of that one.
  // Errors: invalid_argument, not_found, conflict (exists, cycle).
  PrincipalId create_user(std::string_view name, std::string_view display_name,
                          std::string_view clearance, const std::vector<std::string>& roles);
  void set_clearance(std::string_view user, std::string_view clearance);
  void set_disabled(std::string_view user, bool disabled);
  PrincipalId create_group(std::string_view name);
  void add_member(std::string_view member_principal, std::string_view group_or_role_principal);
  void remove_member(std::string_view member_principal, std::string_view group_or_role_principal);
  std::vector<UserInfo> users() const;
  std::vector<GroupInfo> groups() const;

  // None: no such user, or disabled.
  std::optional<UserInfo> find_user(std::string_view name) const;
  std::optional<UserInfo> find_user(PrincipalId id) const;

  // --- labels
  const std::vector<std::string>& labels() const;  // lowest first
  const std::string& default_label() const;        // of a document whose rules name none

  // --- what may be read
  // Errors: not_found (no such user, or disabled).
  Visibility visibility(PrincipalId user) const;
  AccessEpoch epoch() const;
  bool is_current(const Visibility& visible) const { return visible.epoch() == epoch(); }

  // --- ACL classes. Call inside the caller's write transaction on the store's writer: the class
  // commits or rolls back with the document that needs it. Unknown groups and roles named in a
  // specification are an error; raises the epoch when the class is new.
  // Keep the returned number only if the transaction commits: a number from one that rolled back is
  // read by nobody. Errors: invalid_argument (label or principal unknown; says which and the nearest
  // known name), too_large (more than 1024 principals).
  AclClassId intern(Database& writer, const AclSpec& spec);
  AclSpec describe(AclClassId acl_class) const;  // committed ones; sorted. Errors: not_found

  // Whether `user` could read a document of this class; and who all could, for the audit view.
  bool may_read(PrincipalId user, AclClassId acl_class) const;

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules() const;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::access
