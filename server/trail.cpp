#include "server/trail.h"

#include "core/error.h"
#include "core/log.h"
#include "server/json_text.h"

namespace carrel::server {

namespace {

// Whatever the reason, the sentence to the client is the same; the operator reads the rest.
AuditId append_or_refuse(access::AuditLog& log, const access::AuditRecord& record,
                         std::string_view words) {
  try {
    return log.append(record, words);
  } catch (const std::exception& error) {
    log::error("server.audit_failed", {{"action", record.action}, {"reason", error.what()}});
    throw Error(ErrorCode::unavailable,
                "This cannot be recorded at present, so it is not done; tell your administrator.");
  }
}

}  // namespace

AuditTrail::AuditTrail(access::AuditLog& log, const Caller& caller, std::string_view action,
                       const nlohmann::json& details, std::string_view words)
    : log_(log) {
  record_.actor = caller.principal();
  record_.os_user = caller.os_user;
  record_.via = caller.identity.via;
  record_.action = action;
  record_.phase = "intent";
  record_.details = dump(details);
  record_.intent = append_or_refuse(log_, record_, words);
}

void AuditTrail::disclose(const nlohmann::json& details) { append("disclosure", details, {}); }

void AuditTrail::end(std::string_view outcome, const nlohmann::json& details) {
  if (has_ended_) return;
  nlohmann::json all = details.is_null() ? nlohmann::json::object() : details;
  all["outcome"] = outcome;
  has_ended_ = true;
  append("outcome", all, {});
}

void AuditTrail::append(std::string_view phase, const nlohmann::json& details,
                        std::string_view words) {
  record_.phase = phase;
  record_.details = dump(details);
  append_or_refuse(log_, record_, words);
}

void audit_event(access::AuditLog& log, std::string_view actor, std::string_view os_user,
                 std::string_view via, std::string_view action, const nlohmann::json& details,
                 std::string_view words) {
  access::AuditRecord record;
  record.actor = actor;
  record.os_user = os_user;
  record.via = via;
  record.action = action;
  record.phase = "event";
  record.details = dump(details);
  append_or_refuse(log, record, words);
}

}  // namespace carrel::server
