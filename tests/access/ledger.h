// tests/access/ledger.h
//
// An audit log in a folder of its own, and the hands of somebody who edits it from outside.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "access/audit_log.h"
#include "core/clock.h"
#include "core/sqlite.h"
#include "tests/support/testing.h"

namespace carrel::access {

inline AuditRecord make_record(const std::string& actor, const std::string& action, int n = 0) {
  return {.actor = actor,
          .os_user = "carrel",
          .via = "api",
          .action = action,
          .phase = "event",
          .details = "{\"n\":" + std::to_string(n) + "}"};
}

struct Ledger {
  Ledger() { open(); }
  void open() { log = std::make_unique<AuditLog>(directory(), AuditOptions{}, clock, secrets); }
  void close() { log.reset(); }
  std::filesystem::path directory() const { return dir / "audit"; }
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      clock.advance(std::chrono::milliseconds(7));
      log->append(make_record(i % 2 == 0 ? "user:ana" : "user:bo", "ask", i),
                  i % 3 == 0 ? "words of record " + std::to_string(log->size() + 1) : "");
    }
  }
  // Edits the closed log as its owner never would, and opens it again.
  void tamper(const std::string& sql) {
    close();
    {
      Database db(directory() / "audit.db");
      db.execute("PRAGMA foreign_keys = OFF");
      db.execute(sql);
    }
    open();
  }

  testing::TempDir dir;
  ManualClock clock;
  SystemSecretSource secrets;
  std::unique_ptr<AuditLog> log;
};

}  // namespace carrel::access
