// What somebody can see and do about their own account: sessions, keys, password, activity.
//
// Only for somebody at the web UI: a key can neither make another nor outlive its revocation.
#include "core/error.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/problem.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

namespace {

using nlohmann::json;

constexpr std::size_t kActivityMax = 100;

void require_session(const Context& c) {
  if (c.caller->identity.via != "web")
    throw Error(ErrorCode::denied, "Sign in with your password for this; a key is not enough.");
}

const std::string& own_name(const Context& c) { return c.caller->identity.user.name; }

json time_json(const std::optional<UnixMillis>& time) {
  return time ? json(to_rfc3339(*time)) : json(nullptr);
}

void record(const Context& c, std::string_view action, const json& details) {
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via, action,
              details);
}

}  // namespace

void list_sessions(Context& c) {
  require_session(c);
  json list = json::array();
  for (const auto& s : c.parts.service.credentials.sessions(own_name(c), c.session_token))
    list.push_back({{"id", s.id},
                    {"created_at", to_rfc3339(s.created)},
                    {"last_seen_at", to_rfc3339(s.last_seen)},
                    {"is_current", s.is_current}});
  c.answer_json(dump({{"sessions", std::move(list)}}));
}

void end_session(Context& c) {
  require_session(c);
  c.parts.service.credentials.end_session(own_name(c), c.path_text("session_name"));
  record(c, "session.end", json::object());
  c.response.status = 204;
}

void list_keys(Context& c) {
  require_session(c);
  json list = json::array();
  for (const auto& k : c.parts.service.credentials.keys(own_name(c)))
    if (!k.is_revoked)
      list.push_back({{"key_id", k.id},
                      {"name", k.name},
                      {"prefix", k.prefix},
                      {"scopes", k.scopes},
                      {"created_at", to_rfc3339(k.created)},
                      {"expires_at", time_json(k.expires)},
                      {"last_used_at", time_json(k.last_used)}});
  c.answer_json(dump({{"keys", std::move(list)}}));
}

void create_key(Context& c) {
  require_session(c);
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"name", "scopes", "days"});
  const std::vector<std::string> scopes = strings_member(body, "scopes");
  for (const std::string& scope : scopes) {
    const auto action = access::action_named(scope);
    if (action && !c.caller->identity.actions.contains(*action))
      throw Error(ErrorCode::denied, "You may not do '" + scope + "' yourself, so no key can.");
  }
  const std::int64_t days = integer_member(body, "days", 90, 1, 3650);
  Service& service = c.parts.service;
  const std::string key =
      service.credentials.create_key(own_name(c), required_string(body, "name"), scopes,
                                     service.clock.now() + std::chrono::hours(24 * days));
  record(c, "key.create", {{"scopes", scopes}, {"days", days}});
  c.answer_json(dump({{"key", key}}), 201);
}

void revoke_key(Context& c) {
  require_session(c);
  const std::int64_t id = c.path_id("key_id");
  c.parts.service.credentials.revoke_key(own_name(c), id);
  record(c, "key.revoke", {{"key", id}});
  c.response.status = 204;
}

void change_password(Context& c) {
  require_session(c);
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"old_password", "new_password"});
  const std::string before = required_string(body, "old_password");
  const std::string after = required_string(body, "new_password");
  const Gate::Pass pass = c.parts.known_sign_ins.enter(own_name(c), c.request.gone);
  try {
    c.parts.service.credentials.change_password(own_name(c), before, after);
  } catch (const Error& error) {
    record(c, "password.change", {{"outcome", name_of(error.code())}});
    if (error.code() == ErrorCode::deadline)
      throw Problem(429, "too_many_attempts", error.what(), 5);
    throw;
  }
  record(c, "password.change", {{"outcome", "done"}});
  c.response.status = 204;
}

// What the record holds of oneself: what was done and one's own words, not what was shown.
void own_activity(Context& c) {
  require_session(c);
  access::AuditLog::Query query;
  query.actor = c.caller->principal();
  query.limit = 4 * kActivityMax;
  query.newest_first = true;
  json list = json::array();
  for (const access::StoredAuditRecord& stored : c.parts.service.audit.list(query)) {
    if (list.size() >= kActivityMax) break;
    if (stored.record.phase != "intent" && stored.record.phase != "event") continue;
    list.push_back({{"time", to_rfc3339(stored.time)},
                    {"action", stored.record.action},
                    {"via", stored.record.via},
                    {"words", stored.words ? json(*stored.words) : json(nullptr)}});
  }
  c.answer_json(dump({{"activity", std::move(list)}}));
}

}  // namespace carrel::server::handlers
