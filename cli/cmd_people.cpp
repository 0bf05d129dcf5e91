// user, group, key: who there is and how they prove it.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/company.h"
#include "core/utf8.h"

namespace carrel::cli {
namespace {

using nlohmann::json;

struct UserArguments {
  std::string name;
  std::string display_name;
  std::string clearance;
  std::vector<std::string> roles;
  std::vector<std::string> groups;
  bool password_stdin = false;
};

void record(const Context& context, App& app, const std::string& action, const json& details) {
  app.audit.append({.actor = "system",
                    .os_user = context.call.os_user,
                    .via = "cli",
                    .action = action,
                    .phase = "event",
                    .details = details.dump()});
}

bool has_group(const App& app, const std::string& name) {
  for (const auto& group : app.access.groups())
    if (group.name == name) return true;
  return false;
}

// The password from standard input, or a random one that is shown once.
std::string set_password(const Context& context, App& app, const std::string& user,
                         bool from_input) {
  std::string password =
      from_input ? std::string(trim(context.call.input)) : make_token(app.secrets, 12);
  app.credentials.set_password(user, password);
  return password;
}

json user_json(const access::UserInfo& user) {
  json actions = json::array();
  for (const auto action : user.actions.list()) actions.push_back(access::name_of(action));
  return {{"name", user.name},           {"display_name", user.display_name},
          {"clearance", user.clearance}, {"groups", user.groups},
          {"roles", user.roles},         {"actions", actions},
          {"disabled", user.is_disabled}};
}

Exit add_user(Context& context, const UserArguments& arguments) {
  App& app = context.app();
  const std::string clearance =
      arguments.clearance.empty() ? app.options.access.default_clearance : arguments.clearance;
  const auto roles = arguments.roles.empty() ? std::vector<std::string>{"reader"} : arguments.roles;
  record(context, app, "user.add", {{"user", arguments.name}});
  app.access.create_user(arguments.name,
                         arguments.display_name.empty() ? arguments.name : arguments.display_name,
                         clearance, roles);
  for (const std::string& group : arguments.groups) {
    if (!has_group(app, group)) app.access.create_group(group);
    app.access.add_member("user:" + arguments.name, "group:" + group);
  }
  const std::string password = set_password(context, app, arguments.name, arguments.password_stdin);
  if (context.json) {
    json out = user_json(*app.access.find_user(arguments.name));
    if (!arguments.password_stdin) out["password"] = password;
    context.call.out << out.dump() << '\n';
  } else {
    context.call.out << "made user " << arguments.name;
    if (!arguments.password_stdin) context.call.out << " with password " << password;
    context.call.out << '\n';
  }
  return Exit::done;
}

Exit list_users(Context& context) {
  App& app = context.app();
  json list = json::array();
  for (const auto& user : app.access.users()) {
    list.push_back(user_json(user));
    if (context.json) continue;
    context.call.out << user.name << "  (" << user.display_name << ")  clearance "
                     << user.clearance;
    if (!user.roles.empty()) context.call.out << "  roles " << CLI::detail::join(user.roles, ", ");
    if (!user.groups.empty())
      context.call.out << "  groups " << CLI::detail::join(user.groups, ", ");
    context.call.out << (user.is_disabled ? "  DISABLED\n" : "\n");
  }
  if (context.json) context.call.out << json{{"users", list}}.dump() << '\n';
  return Exit::done;
}

template <class Change>
Exit change_user(Context& context, const std::string& action, const std::string& user,
                 const Change& change) {
  App& app = context.app();
  record(context, app, action, {{"user", user}});
  change(app);
  if (context.json)
    context.call.out << json{{"user", user}, {"done", action}}.dump() << '\n';
  else
    context.call.out << action << ": " << user << '\n';
  return Exit::done;
}

void add_user_command(CLI::App& root, Context& context) {
  auto* user = root.add_subcommand("user", "people: add, list, import, passwd, disable, ...");
  user->require_subcommand(1);
  user->fallthrough();
  auto arguments = std::make_shared<UserArguments>();

  auto* add = user->add_subcommand("add", "make a user");
  add->add_option("NAME", arguments->name, "sign-in name")->required();
  add->add_option("--display-name", arguments->display_name, "as people write it");
  add->add_option("--clearance", arguments->clearance, "highest label that may be read");
  add->add_option("--role", arguments->roles, "reader, editor, curator, administrator, auditor")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add->add_option("--group", arguments->groups, "made if it does not exist")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add->add_flag("--password-stdin", arguments->password_stdin,
                "read the password from standard input (else a random one is printed)");
  add->footer(
      "Example:\n  echo 'a long pass phrase' | carrel user add ana --data lib "
      "--group finance --clearance internal --password-stdin");
  add->callback([&context, arguments] {
    context.action = [&context, arguments] { return add_user(context, *arguments); };
  });

  user->add_subcommand("list", "all users")->callback([&context] {
    context.action = [&context] { return list_users(context); };
  });

  auto* import = user->add_subcommand("import", "make the people of a company.toml");
  import->add_option("FILE", arguments->name, "groups and users as TOML")->required();
  import->callback([&context, arguments] {
    context.action = [&context, arguments] {
      App& app = context.app();
  record(context, app, "user.import", json::object());
  const CompanyReport report =
      import_company(app.access, app.credentials, context.resolve(arguments->name));
  if (context.json)
    context.call.out << json{{"users", report.users}, {"groups", report.groups}}.dump() << '\n';
  else
    context.call.out << report.users << " users, " << report.groups << " groups\n";
  return Exit::done;
};
}  // namespace
);

auto* passwd = user->add_subcommand("passwd", "set a password; ends the user's sessions");
passwd->add_option("NAME", arguments->name)->required();
passwd->add_flag("--password-stdin", arguments->password_stdin, "read it from standard input");
passwd->callback([&context, arguments] {
  context.action = [&context, arguments] {
    App& app = context.app();
    record(context, app, "user.passwd", {{"user", arguments->name}});
    const auto password = set_password(context, app, arguments->name, arguments->password_stdin);
    if (!arguments->password_stdin) context.call.out << password << '\n';
    return Exit::done;
  };
});

for (const bool disable : {true, false}) {
  auto* command = user->add_subcommand(disable ? "disable" : "enable",
                                       disable ? "shut out, at the next request" : "let in again");
  command->add_option("NAME", arguments->name)->required();
  command->callback([&context, arguments, disable] {
    context.action = [&context, arguments, disable] {
      return change_user(context, disable ? "user.disable" : "user.enable", arguments->name,
                         [&](App& app) { app.access.set_disabled(arguments->name, disable); });
    };
  });
}

auto* clearance = user->add_subcommand("clearance", "set the highest label a user may read");
clearance->add_option("NAME", arguments->name)->required();
clearance->add_option("LABEL", arguments->clearance)->required();
clearance->callback([&context, arguments] {
  context.action = [&context, arguments] {
    return change_user(context, "user.clearance", arguments->name, [&](App& app) {
      app.access.set_clearance(arguments->name, arguments->clearance);
    });
  };
});
}  // namespace carrel::cli

Exit change_member(Context& context, const std::string& group, const std::string& member,
                   bool add) {
  App& app = context.app();
  // Roles take members like groups do; a bare name means a group.
  const std::string whole = group.find(':') == std::string::npos ? "group:" + group : group;
  record(context, app, add ? "group.add_member" : "group.remove_member",
         {{"group", whole}, {"member", member}});
  if (add)
    app.access.add_member(member, whole);
  else
    app.access.remove_member(member, whole);
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
  add->callback([&context, name] {
    context.action = [&context, name] {
      App& app = context.app();
      record(context, app, "group.add", {{"group", *name}});
      app.access.create_group(*name);
      if (context.json)
        context.call.out << json{{"group", *name}}.dump() << '\n';
      else
        context.call.out << "made group " << *name << '\n';
      return Exit::done;
    };
  });
  group->add_subcommand("list", "all groups and their direct members")->callback([&context] {
    context.action = [&context] {
      App& app = context.app();
      json list = json::array();
      for (const auto& one : app.access.groups()) {
        list.push_back({{"name", one.name}, {"members", one.members}});
        if (!context.json)
          context.call.out << one.name << ": " << CLI::detail::join(one.members, ", ") << '\n';
      }
      if (context.json) context.call.out << json{{"groups", list}}.dump() << '\n';
      return Exit::done;
    };
  });
  for (const bool adding : {true, false}) {
    auto* command =
        group->add_subcommand(adding ? "add-member" : "remove-member",
                              adding ? "put a user or group into a group or role" : "take one out");
    command->add_option("GROUP", *name, "a group's name, or role:NAME")->required();
    command->add_option("MEMBER", *member, "user:NAME or group:NAME")->required();
    command->callback([&context, name, member, adding] {
      context.action = [&context, name, member, adding] {
        return change_member(context, *name, *member, adding);
      };
    });
  }
}

json key_json(const access::ApiKeyInfo& key) {
  json out = {
      {"id", key.id},         {"name", key.name},          {"prefix", key.prefix},
      {"scopes", key.scopes}, {"revoked", key.is_revoked}, {"created", to_rfc3339(key.created)}};
  out["expires"] = key.expires ? json(to_rfc3339(*key.expires)) : json();
  out["last_used"] = key.last_used ? json(to_rfc3339(*key.last_used)) : json();
  return out;
}

void add_key_command(CLI::App& root, Context& context) {
  struct KeyArguments {
    std::string user;
    std::string name = "key";
    std::vector<std::string> scopes = {"search", "ask"};
    int days = 90;
    std::int64_t id = 0;
  };
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
  create->callback([&context, arguments] {
    context.action = [&context, arguments] {
      App& app = context.app();
      record(context, app, "key.create", {{"user", arguments->user}});
      std::optional<UnixMillis> expires;
      if (arguments->days > 0) expires = app.clock.now() + std::chrono::hours(24) * arguments->days;
      const std::string made =
          app.credentials.create_key(arguments->user, arguments->name, arguments->scopes, expires);
      if (context.json)
        context.call.out << json{{"key", made}}.dump() << '\n';
      else
        context.call.out << made << '\n';
      return Exit::done;
    };
  });
  auto* list = key->add_subcommand("list", "a user's keys");
  list->add_option("USER", arguments->user)->required();
  list->callback([&context, arguments] {
    context.action = [&context, arguments] {
      json all = json::array();
      for (const auto& one : context.app().credentials.keys(arguments->user)) {
        all.push_back(key_json(one));
        if (!context.json)
          context.call.out << one.id << "  " << one.prefix << "  " << one.name << "  "
                           << CLI::detail::join(one.scopes, ",")
                           << (one.is_revoked ? "  revoked" : "") << '\n';
      }
      if (context.json) context.call.out << json{{"keys", all}}.dump() << '\n';
      return Exit::done;
    };
  });
  auto* revoke = key->add_subcommand("revoke", "end a key at once");
  revoke->add_option("USER", arguments->user)->required();
  revoke->add_option("ID", arguments->id)->required();
  revoke->callback([&context, arguments] {
    context.action = [&context, arguments] {
      App& app = context.app();
      record(context, app, "key.revoke", {{"user", arguments->user}, {"key", arguments->id}});
      app.credentials.revoke_key(arguments->user, arguments->id);
      return Exit::done;
    };
  });
}

}  // namespace

void add_people_commands(CLI::App& root, Context& context) {
  add_user_command(root, context);
  add_group_command(root, context);
  add_key_command(root, context);
}

}  // namespace carrel::cli
