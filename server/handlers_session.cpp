// Signing in and out, and who one is.
#include "core/error.h"
#include "core/utf8.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/problem.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

void sign_in(Context& c) {
  const nlohmann::json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"user", "password"});
  const std::string user = required_string(body, "user");
  const std::string password = required_string(body, "password");
  if (user.find('\0') != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "A name holds no NUL character.");
  Service& service = c.parts.service;
  const Gate::Pass pass = c.parts.sign_ins.enter("", c.request.gone);
  std::string token;
  try {
    token = service.credentials.sign_in(user, password, c.session_token);
  } catch (const Error& error) {
    // What was typed as a name may be a password, so it is kept where it can be erased.
    audit_event(service.audit, "anonymous", "", "web", "sign_in",
                {{"outcome", name_of(error.code())}}, truncate_utf8(user, 128));
    if (error.code() == ErrorCode::denied) throw Problem(401, "sign_in_failed", error.what());
    if (error.code() == ErrorCode::deadline)
      throw Problem(429, "too_many_attempts", error.what(), 5);
    throw;
  }
  std::optional<access::Identity> identity = service.credentials.find_session(token);
  if (!identity) throw Error(ErrorCode::conflict, "The session ended at once; sign in again.");
  const Caller caller{std::move(*identity), ""};
  try {
    audit_event(service.audit, caller.principal(), "", "web", "sign_in", {{"outcome", "done"}});
  } catch (const Error&) {
    service.credentials.sign_out(token);
    throw;
  }
  c.response.set("Set-Cookie", make_session_cookie(token, c.parts.options.behind_proxy));
  c.answer_json("{\"user\":" + c.parts.api.me_json(caller) + "}");
}

void sign_out(Context& c) {
  if (!c.session_token.empty()) c.parts.service.credentials.sign_out(c.session_token);
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via, "sign_out",
              nlohmann::json::object());
  c.response.set("Set-Cookie", end_session_cookie(c.parts.options.behind_proxy));
  c.response.status = 204;
}

void me(Context& c) { c.answer_json(c.parts.api.me_json(*c.caller)); }

}  // namespace carrel::server::handlers
