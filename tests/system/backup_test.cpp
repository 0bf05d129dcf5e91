// Claim: a backup holds everything that was accepted, also what still waits to be read.
#include <gtest/gtest.h>

#include "cli/serving.h"
#include "server/api.h"
#include "server/job_runner.h"
#include "tests/system/fault_world.h"

namespace carrel {
namespace {

using testing::FaultWorld;

// Accepted by a runner that does not run: as where the process ends before its turn.
void accept_upload(cli::App& app, const std::string& name, const std::string& text) {
  server::Service service = cli::service_of(app);
  server::JobRunner jobs(service, app.options.server);
  testing::accept_upload(jobs, name, text);
}

TEST(Backup, HoldsUploadsThatWaitToBeRead) {
  FaultWorld world;
  const auto lib = world.fresh();
  const auto beside = lib.parent_path();
  {
    const auto app = cli::App::open(lib);
    accept_upload(*app, "waiting.txt", "The lantern waits on the quay.\n");
    testing::command(*app, beside, {"backup", (beside / "copy").string()});
    testing::command(*app, beside, {"restore", (beside / "copy").string()}, beside / "again");
  }
  const auto content = FaultWorld::reopen(beside / "again");
  const auto found = content.find("document upload:user:ana/waiting.txt");
  ASSERT_NE(found, content.end());
  EXPECT_NE(found->second.find("The lantern waits on the quay."), std::string::npos);
}

}  // namespace
}  // namespace carrel
