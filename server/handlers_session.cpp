// Signing in and out, and who one is.
#include "core/error.h"
#include "core/utf8.h"
#include "server/address.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/metrics.h"
#include "server/problem.h"
#include "server/rate_limit.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

namespace {

// Refused or failed; what was typed as a name may be a password, so it is kept where it can be
// erased.
void record_failure(Context& c, const Error& error, const std::string& user) {
  Metrics& metrics = c.parts.metrics;
  if (error.code() == ErrorCode::deadline) {
    metrics.sign_ins_slowed.add();
    if (!c.parts.slowed.try_take("", std::chrono::steady_clock::now())) return;
  } else {
    metrics.sign_ins_wrong.add();
  }
  audit_event(c.parts.service.audit, "anonymous", "", "web", "sign_in",
              {{"outcome", name_of(error.code())}}, truncate_utf8(user, 128));
}

access::SignIn try_sign_in(Context& c, const std::string& user, const std::string& password) {
  access::Credentials& credentials = c.parts.service.credentials;
  const bool is_secure = c.parts.options.is_secure();
  const std::string address = address_group(c.request.peer);
  // Whoever has to back off is told so before waiting in any queue.
  const access::SignInAttempt attempt =
      credentials.begin_sign_in(user, {address, cookie_of(c.request, Cookie::device, is_secure)});
  Gate::Pass pass;
  try {
    pass.take(attempt.has_history ? c.parts.known_sign_ins.enter(attempt.account, c.request.gone)
                                  : c.parts.sign_ins.enter(address, c.request.gone));
  } catch (...) {
    credentials.withdraw_sign_in(attempt);
    c.parts.metrics.sign_ins_busy.add();
    throw;
  }
  return credentials.finish_sign_in(attempt, user, password, c.session_token);
}

}  // namespace

void sign_in(Context& c) {
  const nlohmann::json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"user", "password"});
  const std::string user = required_string(body, "user");
  const std::string password = required_string(body, "password");
  if (user.find('\0') != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "A name holds no NUL character.");
  Service& service = c.parts.service;
  access::SignIn made;
  try {
    made = try_sign_in(c, user, password);
  } catch (const Error& error) {
    record_failure(c, error, user);
    if (error.code() == ErrorCode::denied) throw Problem(401, "sign_in_failed", error.what());
    if (error.code() == ErrorCode::deadline)
      throw Problem(429, "too_many_attempts", error.what(), 5);
    throw;
  }
  const std::string& token = made.token;
  std::optional<access::Identity> identity = service.credentials.find_session(token);
  if (!identity) throw Error(ErrorCode::conflict, "The session ended at once; sign in again.");
  const Caller caller{std::move(*identity), ""};
  try {
    audit_event(service.audit, caller.principal(), "", "web", "sign_in", {{"outcome", "done"}});
  } catch (const Error&) {
    service.credentials.sign_out(token);
    throw;
  }
  c.parts.metrics.sign_ins_done.add();
  const bool is_secure = c.parts.options.is_secure();
  c.response.set("Set-Cookie", make_cookie(Cookie::session, token, is_secure));
  c.response.set("Set-Cookie", make_cookie(Cookie::device, made.device, is_secure));
  c.answer_json("{\"user\":" + c.parts.api.me_json(caller) + "}");
}

void sign_out(Context& c) {
  if (!c.session_token.empty()) c.parts.service.credentials.sign_out(c.session_token);
  audit_event(c.parts.service.audit, c.caller->principal(), "", c.caller->identity.via, "sign_out",
              nlohmann::json::object());
  c.response.set("Set-Cookie", end_session_cookie(c.parts.options.is_secure()));
  c.response.status = 204;
}

void me(Context& c) { c.answer_json(c.parts.api.me_json(*c.caller)); }

}  // namespace carrel::server::handlers
