// The audit record for auditors, and the settings for administrators.
#include "core/error.h"
#include "core/hash.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

namespace {

using nlohmann::json;

json record_json(const access::StoredAuditRecord& stored, bool with_words) {
  const json details = json::parse(stored.record.details, nullptr, false);
  json out = {{"id", stored.id.value},
              {"time", to_rfc3339(stored.time)},
              {"actor", stored.record.actor},
              {"os_user", stored.record.os_user},
              {"via", stored.record.via},
              {"action", stored.record.action},
              {"phase", stored.record.phase},
              {"intent", stored.record.intent.value},
              {"leaf", to_hex(stored.leaf)},
              {"details", details.is_discarded() ? json(nullptr) : details}};
  if (with_words) out["words"] = stored.words ? json(*stored.words) : json(nullptr);
  return out;
}

}  // namespace

// Looking at the record is itself recorded, the words of others' questions above all.
void list_audit(Context& c) {
  access::AuditLog::Query query;
  query.actor = c.query_value("actor").value_or("");
  query.action = c.query_value("action").value_or("");
  query.before = {c.query_integer("before", 0, 0, INT64_MAX)};
  query.limit = static_cast<std::size_t>(c.query_integer("limit", 50, 1, 200));
  query.newest_first = true;
  const bool with_words = c.query_value("words").value_or("") == "1";
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via,
              "audit.read", {{"before", query.before.value}, {"words", with_words}});
  json list = json::array();
  for (const access::StoredAuditRecord& stored : c.parts.service.audit.list(query))
    list.push_back(record_json(stored, with_words));
  const bool has_more = list.size() == query.limit && list.back()["id"] > 1;
  const json next = has_more ? list.back()["id"] : json(nullptr);
  c.answer_json(dump({{"records", std::move(list)}, {"next", next}}));
}

void audit_head(Context& c) { c.answer_json(access::to_json(c.parts.service.audit.head())); }

// Against a head that was exported earlier, where one is sent.
void verify_audit(Context& c) {
  const json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"head"});
  std::optional<access::AuditHead> trusted;
  if (const auto head = body.find("head"); head != body.end() && !head->is_null())
    trusted = access::head_from_json(dump(*head));
  access::AuditLog& audit = c.parts.service.audit;
  json findings = json::array();
  const std::uint64_t size = audit.size();
  for (const access::AuditFinding& f : audit.verify(trusted))
    findings.push_back({{"record", f.record}, {"what", f.what}});
  c.answer_json(dump({{"ok", findings.empty()},
                      {"records", size},
                      {"against_exported_head", trusted.has_value()},
                      {"findings", std::move(findings)}}));
}

// Whether others than the operator of the folder can change it is the configuration file's
// business: here it is shown, with the name under which it is set there.
void settings(Context& c) {
  const ServerOptions& o = c.parts.options;
  const Service& service = c.parts.service;
  json list = json::array();
  const auto add = [&](const char* key, const json& value) {
    list.push_back({{"key", key}, {"value", value}});
  };
  add("conversations.days_kept", service.library.conversations().options().days_kept);
  add("server.behind_proxy", o.behind_proxy);
  add("server.host_names", o.host_names);
  add("server.upload_bytes_max", o.upload_bytes_max);
  add("server.compute_max", o.compute_max);
  add("access.labels", service.access.labels());
  add("access.default_label", service.access.default_label());
  add("answer.engine", service.engine.name());
  c.answer_json(dump({{"settings", std::move(list)}}));
}

}  // namespace carrel::server::handlers
