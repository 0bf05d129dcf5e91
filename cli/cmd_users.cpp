// user: people, how they sign in and what they may reach.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/audited.h"
#include "cli/command.h"
#include "cli/company.h"
#include "cli/counted.h"
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
  std::string password;
  audited(context, app, "user.add", {{"user", arguments.name}}, [&] {
    app.access.create_user(arguments.name,
                           arguments.display_name.empty() ? arguments.name : arguments.display_name,
                           clearance, roles);
    for (const std::string& group : arguments.groups) {
      if (!has_group(app, group)) app.access.create_group(group);
      app.access.add_member("user:" + arguments.name, "group:" + group);
    }
    password = set_password(context, app, arguments.name, arguments.password_stdin);
  });
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
  if (context.json)
    context.call.out << json{{"users", list}}.dump() << '\n';
  else if (list.empty())
    context.call.out << "nobody yet; make a user with: carrel user add NAME\n";
  return Exit::done;
}

Exit import_people(Context& context, const std::string& file) {
  App& app = context.app();
  CompanyReport report;
  audited(context, app, "user.import", json::object(),
          [&] { report = import_company(app.access, app.credentials, context.resolve(file)); });
  if (context.json)
    context.call.out << json{{"users", report.users}, {"groups", report.groups}}.dump() << '\n';
  else
    context.call.out << "made " << counted(report.users, "user") << " and "
                     << counted(report.groups, "group") << '\n';
  return Exit::done;
}

Exit change_password(Context& context, const UserArguments& arguments) {
  App& app = context.app();
  std::string password;
  audited(context, app, "user.passwd", {{"user", arguments.name}},
          [&] { password = set_password(context, app, arguments.name, arguments.password_stdin); });
  if (context.json) {
    json out = {{"user", arguments.name}, {"done", "user.passwd"}};
    if (!arguments.password_stdin) out["password"] = password;
    context.call.out << out.dump() << '\n';
  } else {
    context.call.out << arguments.name << " has a new password"
                     << (arguments.password_stdin ? "" : ": " + password) << '\n';
  }
  return Exit::done;
}

// `said`: what is true afterwards, as in "ana can no longer sign in".
Exit change_user(Context& context, const std::string& action, const std::string& user,
                 const std::string& said, const std::function<void(App&)>& change) {
  App& app = context.app();
  audited(context, app, action, {{"user", user}}, [&] { change(app); });
  if (context.json)
    context.call.out << json{{"user", user}, {"done", action}}.dump() << '\n';
  else
    context.call.out << user << said << '\n';
  return Exit::done;
}

void add_add(CLI::App& user, Context& context) {
  auto arguments = std::make_shared<UserArguments>();
  auto* add = user.add_subcommand("add", "make a user");
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
}

void add_passwd(CLI::App& user, Context& context) {
  auto arguments = std::make_shared<UserArguments>();
  auto* passwd = user.add_subcommand("passwd", "set a password; ends the user's sessions");
  passwd->add_option("NAME", arguments->name)->required();
  passwd->add_flag("--password-stdin", arguments->password_stdin, "read it from standard input");
  passwd->footer("Example:\n  carrel user passwd ana --data lib --password-stdin < secret");
  passwd->callback([&context, arguments] {
    context.action = [&context, arguments] { return change_password(context, *arguments); };
  });
}

void add_changes(CLI::App& user, Context& context) {
  auto arguments = std::make_shared<UserArguments>();
  for (const bool disable : {true, false}) {
    const char* name = disable ? "disable" : "enable";
    auto* command =
        user.add_subcommand(name, disable ? "shut out, at the next request" : "let in again");
    command->add_option("NAME", arguments->name)->required();
    command->footer(std::string("Example:\n  carrel user ") + name + " ana --data lib");
    command->callback([&context, arguments, disable] {
      context.action = [&context, arguments, disable] {
        return change_user(context, disable ? "user.disable" : "user.enable", arguments->name,
                           disable ? " can no longer sign in" : " can sign in again",
                           [&](App& app) { app.access.set_disabled(arguments->name, disable); });
      };
    });
  }
  auto* clearance = user.add_subcommand("clearance", "set the highest label a user may read");
  clearance->add_option("NAME", arguments->name)->required();
  clearance->add_option("LABEL", arguments->clearance)->required();
  clearance->footer("Example:\n  carrel user clearance ana confidential --data lib");
  clearance->callback([&context, arguments] {
    context.action = [&context, arguments] {
      return change_user(
          context, "user.clearance", arguments->name, " is cleared for " + arguments->clearance,
          [&](App& app) { app.access.set_clearance(arguments->name, arguments->clearance); });
    };
  });
}

}  // namespace

void add_user_commands(CLI::App& root, Context& context) {
  auto* user = root.add_subcommand("user", "people: add, list, import, passwd, disable, ...");
  user->require_subcommand(1);
  user->fallthrough();
  add_add(*user, context);
  auto* list = user->add_subcommand("list", "all users");
  list->footer("Example:\n  carrel user list --data lib");
  list->callback([&context] { context.action = [&context] { return list_users(context); }; });
  auto file = std::make_shared<std::string>();
  auto* import = user->add_subcommand("import", "make the people of a company.toml");
  import->add_option("FILE", *file, "groups and users as TOML")->required();
  import->footer("Example:\n  carrel user import --data lib examples/northlight/company.toml");
  import->callback([&context, file] {
    context.action = [&context, file] { return import_people(context, *file);
};
}  // namespace carrel::cli
);
add_passwd(*user, context);
add_changes(*user, context);
}

}  // namespace carrel::cli
