// ACL classes: interning what people wrote, and telling it again.
#include <algorithm>

#include "access/detail/names.h"
#include "access/detail/state.h"
#include "core/error_hint.h"
#include "core/hash.h"

namespace carrel::access {
namespace {

constexpr std::size_t kEntriesMax = 1024;  // principals in one ACL

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::vector<PrincipalId> resolve(Database& writer, const std::vector<std::string>& principals) {
  if (principals.size() > kEntriesMax)
    throw Error(ErrorCode::too_large, "an ACL may name at most 1024 principals; use a group");
  std::vector<PrincipalId> out;
  for (const std::string& text : principals) {
    const PrincipalName name = parse_principal(text);
    const auto found = detail::find_principal(writer, name);
    if (!found) detail::refuse_unknown(writer, name, ErrorCode::invalid_argument);
    out.push_back(*found);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// Equal rights give equal fingerprints: label, number of allowed, allowed, denied, all sorted.
Digest fingerprint_of(std::int64_t label, const std::vector<PrincipalId>& allow,
                      const std::vector<PrincipalId>& deny) {
  std::string canonical;
  append_number(canonical, static_cast<std::uint64_t>(label));
  append_number(canonical, allow.size());
  for (const PrincipalId id : allow) append_number(canonical, static_cast<std::uint64_t>(id.value));
  for (const PrincipalId id : deny) append_number(canonical, static_cast<std::uint64_t>(id.value));
  return sha256(canonical);
}

void insert_entries(Database& writer, std::int64_t acl_class,
                    const std::vector<PrincipalId>& principals, bool is_deny) {
  for (const PrincipalId id : principals)
    writer.statement("INSERT INTO acl_entry(acl_class, principal, is_deny) VALUES(?, ?, ?)")
        .bind(1, acl_class)
        .bind(2, id.value)
        .bind(3, std::int64_t{is_deny ? 1 : 0})
        .run();
}

}  // namespace

AclClassId AccessControl::intern(Database& writer, const AclSpec& spec) {
  CARREL_ASSERT(writer.in_transaction());
  const std::int64_t label = detail::rank_of_label(
      labels(), spec.label.empty() ? state_->options.default_label : spec.label);
  const std::vector<PrincipalId> allow = resolve(writer, spec.allow);
  const std::vector<PrincipalId> deny = resolve(writer, spec.deny);
  const Digest fingerprint = fingerprint_of(label, allow, deny);
  if (const auto known =
          detail::take_integer(writer.statement("SELECT id FROM acl_class WHERE fingerprint = ?")
                                   .bind_blob(1, fingerprint)))
    return {*known};

  const std::int64_t newest =
      detail::take_integer(writer.statement("SELECT ifnull(max(id), 0) FROM acl_class"))
          .value_or(0);
  const std::int64_t id = std::max(newest + 1, state_->next_class);
  state_->next_class = id + 1;
  writer.statement("INSERT INTO acl_class(id, label, fingerprint) VALUES(?, ?, ?)")
      .bind(1, id)
      .bind(2, label)
      .bind_blob(3, fingerprint)
      .run();
  insert_entries(writer, id, allow, /*is_deny=*/false);
  insert_entries(writer, id, deny, /*is_deny=*/true);
  state_->raise_epoch(writer, /*changes_people=*/false);
  return {id};
}

AclSpec AccessControl::describe(AclClassId acl_class) const {
  const auto rules = this->rules();
  const detail::Classes& classes = rules->classes();
  if (!classes.has(acl_class)) throw Error(ErrorCode::not_found, "there is no such ACL class");
  const auto i = static_cast<std::size_t>(acl_class.value);
  AclSpec out{.label = labels()[static_cast<std::size_t>(classes.label[i])]};
  for (std::uint32_t e = classes.begin[i]; e < classes.begin[i + 1]; ++e) {
    const detail::Principal* one = rules->people().find({classes.entries[e].principal});
    CARREL_ASSERT(one != nullptr);
    (classes.entries[e].is_deny ? out.deny : out.allow)
        .push_back(to_string({one->kind, one->name}));
  }
  std::sort(out.allow.begin(), out.allow.end());
  std::sort(out.deny.begin(), out.deny.end());
  return out;
}

namespace detail {

std::optional<std::int64_t> take_integer(Statement& statement) {
  std::optional<std::int64_t> out;
  if (statement.step()) out = statement.integer(0);
  statement.reset();
  return out;
}

std::optional<PrincipalId> find_principal(Database& db, const PrincipalName& name) {
  const auto id =
      take_integer(db.statement("SELECT id FROM principal WHERE kind = ? AND folded = ?")
                       .bind(1, static_cast<std::int64_t>(name.kind))
                       .bind(2, fold_name(name.name)));
  return id ? std::optional(PrincipalId{*id}) : std::nullopt;
}

void refuse_unknown(Database& db, const PrincipalName& name, ErrorCode code) {
  std::vector<std::string> known;
  Statement rows(db, "SELECT name FROM principal WHERE kind = ? ORDER BY name LIMIT 10000");
  rows.bind(1, static_cast<std::int64_t>(name.kind));
  while (rows.step()) known.push_back(to_string({name.kind, std::string(rows.text(0))}));
  throw HintedError(code, "there is no " + to_string(name), suggestion(to_string(name), known));
}

std::int64_t rank_of_label(const std::vector<std::string>& labels, std::string_view label) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found != labels.end()) return found - labels.begin();
  std::string known;
  for (const std::string& one : labels) known += (known.empty() ? "" : ", ") + one;
  throw Error(ErrorCode::invalid_argument, "there is no label '" + std::string(label) + "' among " +
                                               known + suggestion(label, labels));
}

}  // namespace detail
}  // namespace carrel::access
