// People, groups and what they may do, for administrators. Changing one's own rights takes another
// administrator: administering must not be a way to read.
#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

namespace {

using nlohmann::json;

json person_json(const access::UserInfo& user) {
  json actions = json::array();
  for (const access::Action action : user.actions.list()) actions.push_back(name_of(action));
  return {{"name", user.name},
          {"display_name", user.display_name},
          {"clearance", user.clearance},
          {"groups", user.groups},
          {"roles", user.roles},
          {"actions", std::move(actions)},
          {"is_disabled", user.is_disabled}};
}

// Names are compared folded, as access compares them; accents are dropped too, which only refuses
// more.
void refuse_self(const Context& c, const std::string& principal) {
  const access::UserInfo& self = c.caller->identity.user;
  const access::PrincipalName named =
      principal.find(':') == std::string::npos
          ? access::PrincipalName{access::PrincipalKind::user, principal}
          : access::parse_principal(principal);
  const std::string folded = Analyzer::fold(named.name);
  const auto is_named = [&](const std::string& name) { return Analyzer::fold(name) == folded; };
  const bool holds_self = (named.kind == access::PrincipalKind::user && is_named(self.name)) ||
                          (named.kind == access::PrincipalKind::group &&
                           std::any_of(self.groups.begin(), self.groups.end(), is_named)) ||
                          (named.kind == access::PrincipalKind::role &&
                           std::any_of(self.roles.begin(), self.roles.end(), is_named)) ||
                          named.kind == access::PrincipalKind::everyone;
  if (holds_self)
    throw Error(ErrorCode::conflict,
                "Nobody changes their own rights; ask another administrator to do it.");
}

void record(const Context& c, std::string_view action, const json& details) {
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via, action,
              details);
}

}  // namespace

void list_people(Context& c) {
  const access::AccessControl& access = c.parts.service.access;
  json list = json::array();
  for (const access::UserInfo& user : access.users()) list.push_back(person_json(user));
  c.answer_json(dump({{"people", std::move(list)},
                      {"labels", access.labels()},
                      {"roles", {"reader", "editor", "curator", "administrator", "auditor"}}}));
}

void create_person(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"name", "display_name", "clearance", "roles", "password"});
  const std::string name = required_string(body, "name");
  const std::string password = required_string(body, "password");
  const std::string clearance = string_member(body, "clearance", "");
  const std::vector<std::string> roles = strings_member(body, "roles");
  Service& service = c.parts.service;
  const Gate::Pass pass =
      c.parts.known_sign_ins.enter(c.caller->identity.user.name, c.request.gone);
  service.credentials.check_password(password);
  service.access.create_user(name, string_member(body, "display_name", name), clearance, roles);
  service.credentials.set_password(name, password);
  record(c, "person.create", {{"user", name}, {"clearance", clearance}, {"roles", roles}});
  c.answer_json(dump(person_json(*service.access.find_user(name))), 201);
}

void change_person(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"clearance", "is_disabled", "password"});
  const std::string name = c.path_text("user");
  refuse_self(c, name);
  Service& service = c.parts.service;
  json changed = {{"user", name}};
  if (const std::string clearance = string_member(body, "clearance", ""); !clearance.empty()) {
    service.access.set_clearance(name, clearance);
    changed["clearance"] = clearance;
  }
  if (body.contains("is_disabled")) {
    const bool is_disabled = flag_member(body, "is_disabled");
    service.access.set_disabled(name, is_disabled);
    changed["is_disabled"] = is_disabled;
  }
  if (const std::string password = string_member(body, "password", ""); !password.empty()) {
    const Gate::Pass pass =
        c.parts.known_sign_ins.enter(c.caller->identity.user.name, c.request.gone);
    service.credentials.set_password(name, password);
    changed["password"] = true;
  }
  record(c, "person.change", changed);
  c.response.status = 204;
}

void list_groups(Context& c) {
  json list = json::array();
  for (const access::GroupInfo& group : c.parts.service.access.groups())
    list.push_back({{"name", group.name}, {"members", group.members}});
  c.answer_json(dump({{"groups", std::move(list)}}));
}

void create_group(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"name"});
  const std::string name = required_string(body, "name");
  c.parts.service.access.create_group(name);
  record(c, "group.create", {{"group", name}});
  c.response.status = 204;
}

void set_membership(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"member", "of", "is_member"});
  const std::string member = required_string(body, "member");
  const std::string of = required_string(body, "of");
  const bool is_member = flag_member(body, "is_member");
  refuse_self(c, member);
  access::AccessControl& access = c.parts.service.access;
  if (is_member)
    access.add_member(member, of);
  else
    access.remove_member(member, of);
  record(c, "membership.change", {{"member", member}, {"of", of}, {"is_member", is_member}});
  c.response.status = 204;
}

}  // namespace carrel::server::handlers
