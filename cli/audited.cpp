#include "cli/audited.h"

#include "core/error.h"

namespace carrel::cli {

void audited(const Context& context, App& app, const std::string& action,
             const nlohmann::json& details, const std::function<void()>& change) {
  audited(context, app, action, details, [&](nlohmann::json&) { change(); });
}

void audited(const Context& context, App& app, const std::string& action, nlohmann::json details,
             const std::function<void(nlohmann::json&)>& change) {
  access::AuditRecord record{.actor = "system",
                             .os_user = context.call.os_user,
                             .via = "cli",
                             .action = action,
                             .phase = "intent",
                             .details = details.dump()};
  record.intent = app.audit.append(record);
  const auto end = [&](std::string_view outcome) {
    details["outcome"] = outcome;
    record.phase = "outcome";
    record.details = details.dump();
    app.audit.append(record);
  };
  try {
    change(details);
  } catch (const Error& error) {
    end(name_of(error.code()));
    throw;
  } catch (const std::exception&) {
    end("failed");
    throw;
  }
  end("done");
}

}  // namespace carrel::cli
