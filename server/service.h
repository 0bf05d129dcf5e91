// server/service.h
//
// What serving needs, as references that the command line fills: everything is borrowed and must
// outlive the server. `embedder` may be null: then nothing is embedded in the background.
#pragma once

#include <filesystem>

#include "access/access_control.h"
#include "access/audit_log.h"
#include "access/credentials.h"
#include "core/clock.h"
#include "core/random.h"
#include "generate/engine.h"
#include "index/library.h"
#include "ingest/embedder.h"
#include "ingest/ingestor.h"
#include "ingest/parser.h"
#include "retrieve/retriever.h"

namespace carrel::server {

struct Service {
  std::filesystem::path data_directory;  // the spool of uploads lies in it
  const Clock& clock;
  SecretSource& secrets;
  access::AccessControl& access;
  access::Credentials& credentials;
  access::AuditLog& audit;
  index::Library& library;
  const retrieve::Retriever& retriever;
  const generate::Engine& engine;
  ingest::ParserPool& parsers;
  ingest::Ingestor& ingestor;
  ingest::Embedder* embedder = nullptr;
};

}  // namespace carrel::server
