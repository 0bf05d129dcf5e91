// cli/serving.h
//
// The server's Service, filled from an opened App.
#pragma once

#include "cli/app.h"
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

}  // namespace carrel::cli
