// tests/server/world.h
//
// A real library behind a real server on a free port, with people who can sign in.
#pragma once

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "access/audit_log.h"
#include "access/credentials.h"
#include "generate/engine.h"
#include "ingest/embedder.h"
#include "ingest/ingestor.h"
#include "server/server.h"
#include "tests/server/client.h"
#include "tests/support/library_fixture.h"

namespace carrel::server {

inline constexpr const char* kPassword = "correct horse battery";

inline ingest::ParserPool& shared_parsers() {
  static ingest::ParserPool pool{ingest::ParseOptions{}};
  return pool;
}

// Members in the order in which they need each other.
struct Parts4Test {
  testing::LibraryFixture library;
  SystemSecretSource secrets;
  access::Credentials credentials;
  access::AuditLog audit;
  retrieve::Retriever retriever;
  std::unique_ptr<generate::Engine> engine;
  ingest::Ingestor ingestor;
  ingest::Embedder embedder;
  MapAssets assets;
  Service service;

  Parts4Test()
      : credentials(*library.store, *library.access, library.clock, secrets,
                    {.password_cost = {.operations = 1, .memory_bytes = 8 << 10}}),
        audit(library.directory / "audit", {}, library.clock, secrets),
        retriever(library.library->reader(), *library.access),
        engine(generate::make_extractive_engine({})),
        ingestor(*library.library, shared_parsers(), library.clock, {}),
        embedder(*library.library, {}),
        service{.data_directory = library.directory.path(),
                .clock = library.clock,
                .secrets = secrets,
                .access = *library.access,
                .credentials = credentials,
                .audit = audit,
                .library = *library.library,
                .retriever = retriever,
                .engine = *engine,
                .parsers = shared_parsers(),
                .ingestor = ingestor,
                .embedder = &embedder} {
    assets.add("index.html", "<!doctype html><title>Carrel</title>", "text/html; charset=utf-8");
    assets.add("app.js", "export {};", "text/javascript", "packed");
  }
};

class ServerTest : public ::testing::Test {
 protected:
  explicit ServerTest(ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    make_user("ana", "editor", "internal");
    make_user("ben", "reader", "internal");
    make_user("cora", "curator", "restricted");
    make_user("olaf", "auditor", "internal");
    server_ = std::make_unique<Server>(parts_.service, options, parts_.assets);
    server_->start();
  }
  ~ServerTest() override { server_->stop(); }

  void make_user(const std::string& name, const std::string& role, const std::string& clearance) {
    parts_.library.access->create_user(name, name, clearance, {role});
    parts_.credentials.set_password(name, kPassword);
  }
  std::uint16_t port() const { return server_->port(); }
  Client nobody() const { return Client(port()); }
  Client as(const std::string& user) {
    Client client(port());
    EXPECT_TRUE(client.sign_in(user, kPassword));
    return client;
  }

  // Uploads and waits until it is read; the document's id.
  std::int64_t upload(const Client& client, const std::string& query, const std::string& bytes) {
    const Reply accepted = client.upload(query, bytes);
    EXPECT_EQ(accepted.status, 202) << accepted.body;
    if (accepted.status != 202) return 0;
    const nlohmann::json job = wait_for_job(client, accepted.json()["job_id"]);
    EXPECT_EQ(job["state"], "done") << job.dump();
    std::int64_t newest = 0;
    const nlohmann::json list = client.get("/api/v1/documents?limit=200").json();
    for (const auto& d : list["documents"])
      newest = std::max(newest, d["document_id"].get<std::int64_t>());
    return newest;
  }
  static nlohmann::json wait_for_job(const Client& client, std::int64_t id) {
    for (;;) {
      nlohmann::json job = client.get("/api/v1/jobs/" + std::to_string(id)).json();
      if (job["state"] != "queued" && job["state"] != "running") return job;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  std::vector<access::StoredAuditRecord> audit_of(const std::string& action) {
    return parts_.audit.list({.action = action, .limit = 1000});
  }

  Parts4Test parts_;
  std::unique_ptr<Server> server_;
};

inline const std::string kLeavePolicy =
    "# Leave policy\n\nFull-time staff receive 27 days of annual leave each calendar year.\n\n"
    "Requests for leave are sent to the line manager at least two weeks ahead.\n\n"
    "Unused leave of up to five days may be carried over until the end of March.\n";

}  // namespace carrel::server
