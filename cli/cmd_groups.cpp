// group, key: who belongs together, and how programs prove whose they are.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/audited.h"
#include "cli/command.h"

namespace carrel::cli {
namespace {

using nlohmann::json;

Exit add_group(Context& context, const std::string& name) {
  App& app = context.app();
  audited(context, app, "group.add", {{"group", name}}, [&] { app.access.create_group(name); });
  if (context.json)
    context.call.out << json{{"group", name}}.dump() << '\n';
  else
    context.call.out << "made group " << name << '\n';
  return Exit::done;
}

Exit list_groups(Context& context) {
  App& app = context.app();
  json list = json::array();
  for (const auto& one : app.access.groups()) {
    list.push_back({{"name", one.name}, {"members", one.members}});
    if (!context.json)
      context.call.out << one.name << ": "
                       << (one.members.empty() ? "no members"
                                               : CLI::detail::join(one.members, ", "))
                       << '\n';
  }
  if (context.json)
    context.call.out << json{{"groups", list}}.dump() << '\n';
  else if (list.empty())
    context.call.out << "no groups yet; make one with: carrel group add NAME\n";
  return Exit::done;
}

Exit change_member(Context& context, const std::string& group, const std::string& member,
                   bool add) {
  App& app = context.app();
  // Roles take members like groups do; a bare name means a group.
  const std::string whole = group.find(':') == std::string::npos ? "group:" + group : group;
  audited(context, app, add ? "group.add_member" : "group.remove_member",
          {{"group", whole}, {"member", member}}, [&] {
            if (add)
              app.access.add_member(member, whole);
            else
              app.access.remove_member(member, whole);
          });
  if (context.json)
    context.call.out << json{{"group", whole}, {"member", member}, {"is_member", add}}.dump()
                     << '\n';
  else
    context.call.out << member << (add ? " is now in " : " is no longer in ") << whole << '\n';
  return Exit::done;
}

void add_group_command(CLI::App& root, Context& context) {
  auto* group = root.add_subcommand("group", "groups: add, list, add-member, remove-member");
  group->require_subcommand(1);
  group->fallthrough();
  auto name = std::make_shared<std::string>();
  auto member = std::make_shared<std::string>();
  auto* add = group->add_subcommand("add", "make a group");
  add->add_option("NAME", *name)->required();
  add->footer("Example:\n  carrel group add finance --data lib");
  add->callback([&context, name] {
    context.action = [&context, name] { return add_group(context, *name); };
  });
  auto* list = group->add_subcommand("list", "all groups and their direct members");
  list->footer("Example:\n  carrel group list --data lib");
  list->callback([&context] { context.action = [&context] { return list_groups(context); }; });
  for (const bool adding : {true, false}) {
    const char* called = adding ? "add-member" : "remove-member";
    auto* command = group->add_subcommand(
        called, adding ? "put a user or group into a group or role" : "take one out");
    command->add_option("GROUP", *name, "a group's name, or role:NAME")->required();
    command->add_option("MEMBER", *member, "user:NAME or group:NAME")->required();
    command->footer(std::string("Example:\n  carrel group ") + called +
                    " finance user:ana --data lib");
    command->callback([&context, name, member, adding] {
      context.action = [&context, name, member, adding] {
        return change_member(context, *name, *member, adding);
      };
    });
  }
}

struct KeyArguments {
  std::string user;
  std::string name = "key";
  std::vector<std::string> scopes = {"search", "ask"};
  int days = 90;
  std::int64_t id = 0;
};

json key_json(const access::ApiKeyInfo& key) {
  json out = {
      {"id", key.id},         {"name", key.name},          {"prefix", key.prefix},
      {"scopes", key.scopes}, {"revoked", key.is_revoked}, {"created", to_rfc3339(key.created)}};
  out["expires"] = key.expires ? json(to_rfc3339(*key.expires)) : json();
  out["last_used"] = key.last_used ? json(to_rfc3339(*key.last_used)) : json();
  return out;
}

Exit create_key(Context& context, const KeyArguments& arguments) {
  App& app = context.app();
  std::optional<UnixMillis> expires;
  if (arguments.days > 0) expires = app.clock.now() + std::chrono::hours(24) * arguments.days;
  std::string made;
  audited(context, app, "key.create", {{"user", arguments.user}}, [&] {
    made = app.credentials.create_key(arguments.user, arguments.name, arguments.scopes, expires);
  });
  if (context.json)
    context.call.out << json{{"key", made}}.dump() << '\n';
  else
    context.call.out << made << '\n';
  return Exit::done;
}

Exit list_keys(Context& context, const std::string& user) {
  json all = json::array();
  for (const auto& one : context.app().credentials.keys(user)) {
    all.push_back(key_json(one));
    if (!context.json)
      context.call.out << one.id << "  " << one.prefix << "  " << one.name << "  "
                       << CLI::detail::join(one.scopes, ",") << (one.is_revoked ? "  revoked" : "")
                       << '\n';
  }
  if (context.json)
    context.call.out << json{{"keys", all}}.dump() << '\n';
  else if (all.empty())
    context.call.out << user << " has no keys\n";
  return Exit::done;
}

Exit revoke_key(Context& context, const std::string& user, std::int64_t id) {
  App& app = context.app();
  audited(context, app, "key.revoke", {{"user", user}, {"key", id}},
          [&] { app.credentials.revoke_key(user, id); });
  if (context.json)
    context.call.out << json{{"user", user}, {"key", id}, {"revoked", true}}.dump() << '\n';
  else
    context.call.out << "key " << id << " of " << user << " opens nothing any more\n";
  return Exit::done;
}

void add_key_command(CLI::App& root, Context& context) {
  auto* key = root.add_subcommand("key", "API keys: create, list, revoke");
  key->require_subcommand(1);
  key->fallthrough();
  auto arguments = std::make_shared<KeyArguments>();
  auto* create = key->add_subcommand("create", "make a key; it is shown once");
  create->add_option("USER", arguments->user)->required();
  create->add_option("--name", arguments->name, "what it is for");
  create->add_option("--scope", arguments->scopes, "actions it may do (default: search ask)")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  create->add_option("--days", arguments->days, "until it expires; 0: never")
      ->check(CLI::Range(0, 3650));
  create->footer(
      "Example:\n  carrel key create ana --name nightly --scope search --days 30 --data lib");
  create->callback([&context, arguments] {
    context.action = [&context, arguments] { return create_key(context, *arguments); };
  });
  auto* list = key->add_subcommand("list", "a user's keys");
  list->add_option("USER", arguments->user)->required();
  list->footer("Example:\n  carrel key list ana --data lib");
  list->callback([&context, arguments] {
    context.action = [&context, arguments] { return list_keys(context, arguments->user); };
  });
  auto* revoke = key->add_subcommand("revoke", "end a key at once");
  revoke->add_option("USER", arguments->user)->required();
  revoke->add_option("ID", arguments->id, "as 'key list' shows it")->required();
  revoke->footer("Example:\n  carrel key revoke ana 3 --data lib");
  revoke->callback([&context, arguments] {
    context.action = [&context, arguments] {
      return revoke_key(context, arguments->user, arguments->id);
    };
  });
}

}  // namespace

void add_people_commands(CLI::App& root, Context& context) {
  add_user_commands(root, context);
  add_group_command(root, context);
  add_key_command(root, context);
}

}  // namespace carrel::cli
