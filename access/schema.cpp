// The access tables and what stands in them from the first day.
#include <array>
#include <set>

#include "access/detail/names.h"
#include "access/detail/state.h"
#include "core/utf8.h"

namespace carrel::access::detail {
namespace {

constexpr std::array kMigrations = {Migration{1, R"sql(
  CREATE TABLE access_meta(
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE label(
    rank INTEGER PRIMARY KEY,            -- 0 is the lowest
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE principal(
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,               -- 0 everyone, 1 user, 2 group, 3 role
    name TEXT NOT NULL,                  -- as given
    folded TEXT NOT NULL,                -- as compared
    display_name TEXT NOT NULL DEFAULT '',
    clearance INTEGER REFERENCES label(rank),
    is_disabled INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    UNIQUE(kind, folded)
  ) STRICT;
  CREATE TABLE membership(
    member INTEGER NOT NULL REFERENCES principal(id),
    container INTEGER NOT NULL REFERENCES principal(id),
    PRIMARY KEY(member, container)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX membership_by_container ON membership(container, member);
  CREATE TABLE role_action(
    role INTEGER NOT NULL REFERENCES principal(id),
    action TEXT NOT NULL,
    PRIMARY KEY(role, action)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE acl_class(
    id INTEGER PRIMARY KEY,
    label INTEGER NOT NULL REFERENCES label(rank),
    fingerprint BLOB NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE acl_entry(
    acl_class INTEGER NOT NULL REFERENCES acl_class(id),
    principal INTEGER NOT NULL REFERENCES principal(id),
    is_deny INTEGER NOT NULL,
    PRIMARY KEY(acl_class, is_deny, principal)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO access_meta(name, value) VALUES('epoch', 1), ('people_epoch', 1);
)sql"}};

struct BuiltInRole {
  std::string_view name;
  std::vector<Action> actions;
};

std::vector<BuiltInRole> built_in_roles() {
  using enum Action;
  return {{"reader", {search, ask, read_original}},
          {"editor", {search, ask, read_original, upload}},
          {"curator", {search, ask, read_original, upload, manage_collection}},
          {"administrator", {administer}},
          {"auditor", {audit}}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void check_options(const AccessOptions& options) {
  const std::set<std::string> distinct(options.labels.begin(), options.labels.end());
  if (options.labels.empty() || distinct.size() != options.labels.size() || distinct.contains(""))
    throw Error(ErrorCode::invalid_argument,
                "access.labels must list at least one label, each once and none empty");
  for (const std::string& label : options.labels)
    if (!is_valid_utf8(label) || label.size() > kNameBytesMax)
      throw Error(ErrorCode::invalid_argument, "a label must be UTF-8 of at most 128 bytes");
  rank_of_label(options.labels, options.default_label);
  rank_of_label(options.labels, options.default_clearance);
  if (options.nesting_max < 1 || options.nesting_max > 1000)
    throw Error(ErrorCode::invalid_argument, "access.nesting_max must lie between 1 and 1000");
}

void write_labels(Database& writer, const std::vector<std::string>& labels) {
  std::vector<std::string> stored;
  Statement rows(writer, "SELECT name FROM label ORDER BY rank");
  while (rows.step()) stored.emplace_back(rows.text(0));
  if (stored.empty()) {
    Statement insert(writer, "INSERT INTO label(rank, name) VALUES(?, ?)");
    for (std::size_t i = 0; i < labels.size(); ++i)
      insert.bind(1, static_cast<std::int64_t>(i)).bind(2, labels[i]).run();
  } else if (stored != labels) {
    throw Error(ErrorCode::conflict, "this library was made with the labels " + joined(stored) +
                                         ", but the configuration lists " + joined(labels) +
                                         "; set access.labels to the library's");
  }
}

PrincipalId insert_missing(Database& writer, const PrincipalName& name, UnixMillis now,
                           bool& is_new) {
  is_new = false;
  if (const auto found = find_principal(writer, name)) return *found;
  is_new = true;
  Statement(writer, "INSERT INTO principal(kind, name, folded, created) VALUES(?, ?, ?, ?)")
      .bind(1, static_cast<std::int64_t>(name.kind))
      .bind(2, name.name)
      .bind(3, fold_name(name.name))
      .bind(4, now.value)
      .run();
  return {writer.last_insert_id()};
}

}  // namespace

void prepare_tables(Database& writer, const AccessOptions& options, UnixMillis now) {
  check_options(options);
  migrate(writer, "access", kMigrations);
  Transaction transaction(writer);
  write_labels(writer, options.labels);
  bool is_new = false;
  insert_missing(writer, {PrincipalKind::everyone, ""}, now, is_new);
  bool changes = is_new;
  for (const BuiltInRole& role : built_in_roles()) {
    const PrincipalId id =
        insert_missing(writer, {PrincipalKind::role, std::string(role.name)}, now, is_new);
    if (!is_new) continue;
    changes = true;
    Statement insert(writer, "INSERT INTO role_action(role, action) VALUES(?, ?)");
    for (const Action action : role.actions)
      insert.bind(1, id.value).bind(2, name_of(action)).run();
  }
  if (changes)
    writer.execute("UPDATE access_meta SET value = (SELECT max(value) FROM access_meta) + 1");
  transaction.commit();
}

}  // namespace carrel::access::detail
