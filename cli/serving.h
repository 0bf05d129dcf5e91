// cli/serving.h
//
// The server's Service, filled from an opened App, and the user that --as names as its caller.
#pragma once

#include "cli/app.h"
#include "cli/command.h"
#include "server/api.h"
#include "server/service.h"

namespace carrel::cli {

inline server::Service service_of(App& app) {
  return {.data_directory = app.directory,
          .clock = app.clock,
          .secrets = app.secrets,
          .access = app.access,
          .credentials = app.credentials,
          .audit = app.audit,
          .library = app.library,
          .retriever = app.retriever,
          .engine = *app.engine,
          .parsers = app.parsers,
          .ingestor = app.ingestor,
          .embedder = &app.embedder};
}

// Errors: not_found; denied (the user's roles do not include `action`).
inline server::Caller caller_of(const Context& context, const App& app, const std::string& user,
                                access::Action action = access::Action::search) {
  const auto found = app.access.find_user(user);
  if (!found)
    throw Error(ErrorCode::not_found,
                "no user named '" + user + "' (or disabled); see: carrel user list");
  if (!found->actions.contains(action))
    throw Error(ErrorCode::denied, "the roles of '" + user + "' do not include the action '" +
                                       std::string(access::name_of(action)) + "'");
  return {{*found, found->actions, "cli"}, context.call.os_user};
}

}  // namespace carrel::cli
