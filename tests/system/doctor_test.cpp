// Claim: the operator is told where the audit key lies, as long as that is beside the log.
#include "cli/doctor.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/app.h"
#include "tests/support/testing.h"

namespace carrel::cli {
namespace {

bool notes_the_audit_key(const std::filesystem::path& library) {
  std::ostringstream out;
  run_doctor(out, library, /*json=*/true);
  const auto report = nlohmann::json::parse(out.str());
  for (const auto& check : report["checks"])
    if (check["subject"] == "audit key") return true;
  return false;
}

TEST(Doctor, SaysThatTheAuditKeyLiesBesideTheLogUntilItLiesElsewhere) {
  const testing::TempDir folder;
  App::init(folder / "a", std::nullopt);
  EXPECT_TRUE(notes_the_audit_key(folder / "a"));
  std::filesystem::create_directories(folder / "b");
  std::ofstream(folder / "b" / "config.toml")
      << "[audit]\nkey_file = \"" << (folder / "keys" / "audit.key").string() << "\"\n";
  App::init(folder / "b", std::nullopt);
  EXPECT_FALSE(notes_the_audit_key(folder / "b"));
  EXPECT_TRUE(std::filesystem::exists(folder / "keys" / "audit.key"));
  EXPECT_FALSE(std::filesystem::exists(folder / "b" / "audit" / "audit.key"));
}

}  // namespace
}  // namespace carrel::cli
