// server/trail.h
//
// The audit records of one request, in the order that never changes: intent before reading,
// disclosure before showing, outcome at the end. Details hold ids, counts and hashes, never words.
//
// When a record cannot be written, a member throws unavailable and the request ends there.
// One thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit_log.h"
#include "core/ids.h"
#include "server/api.h"

namespace carrel::server {

class AuditTrail {
 public:
  // Records the intent; `words` is what may be erased later (a question's text).
  AuditTrail(access::AuditLog& log, const Caller& caller, std::string_view action,
             const nlohmann::json& details, std::string_view words = {});

  void disclose(const nlohmann::json& details);
  void end(std::string_view outcome, const nlohmann::json& details);
  bool has_ended() const { return has_ended_; }

 private:
  void append(std::string_view phase, const nlohmann::json& details, std::string_view words);

  access::AuditLog& log_;
  access::AuditRecord record_;
  bool has_ended_ = false;
};

// One step: signing in, a change that was made.
void audit_event(access::AuditLog& log, std::string_view actor, std::string_view os_user,
                 std::string_view via, std::string_view action, const nlohmann::json& details,
                 std::string_view words = {});

}  // namespace carrel::server
