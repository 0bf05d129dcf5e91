// cli/app.h
//
// A data folder, opened with everything that works on it, put together in one place: configuration,
// store, access, audit, library, parsers, retriever and answer engine.
//
// Opening takes the folder's lock: one process owns a data folder. Members are made in order and
// unmade in reverse. Threads: as each member says.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "access/access_control.h"
#include "access/audit_log.h"
#include "access/credentials.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/file.h"
#include "core/log.h"
#include "core/random.h"
#include "core/store.h"
#include "generate/engine.h"
#include "index/library.h"
#include "ingest/embedder.h"
#include "ingest/ingestor.h"
#include "ingest/parser.h"
#include "retrieve/retriever.h"
#include "server/options.h"
#include "server/service.h"

namespace carrel::cli {

struct AppOptions {
  log::Options log;
  access::AccessOptions access;
  access::CredentialOptions credentials;
  access::AuditOptions audit;
  index::LibraryOptions library;
  ingest::ParseOptions parse;
  ingest::IngestOptions ingest;
  ingest::EmbedOptions embed;
  generate::ExtractiveOptions extractive;
  server::ServerOptions server;
};

// Reads DIR/config.toml and the environment. Errors: invalid_argument (names the key).
AppOptions load_options(const std::filesystem::path& directory);

class App {
 public:
  // None: another process owns the folder. Errors: not_found (no library there; says how to make
  // one), and all that opening the parts can say.
  static std::unique_ptr<App> open(const std::filesystem::path& directory);

  // Makes an empty library. Errors: conflict (there is one already).
  static void init(const std::filesystem::path& directory,
                   const std::optional<std::string>& default_allow);
  static bool is_library(const std::filesystem::path& directory);

  const std::filesystem::path directory;
  const AppOptions options;

 private:
  LockFile lock_;  // before all that writes

 public:
  SystemClock clock;
  SystemSecretSource secrets;
  Store store;
  access::AccessControl access;
  access::Credentials credentials;
  access::AuditLog audit;
  index::Library library;
  ingest::ParserPool parsers;
  ingest::Ingestor ingestor;
  ingest::Embedder embedder;
  retrieve::Retriever retriever;
  std::unique_ptr<generate::Engine> engine;

 private:
  App(const std::filesystem::path& dir, AppOptions loaded, LockFile lock);
};

}  // namespace carrel::cli
