// Claims: nothing is read before the intent is on record, nothing shown before it is recorded as
// shown, and where no record can be written there is no answer.
#include "core/sqlite.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class AuditOrder : public ServerTest {
 protected:
  std::vector<std::string> phases_of(const std::string& action) {
    std::vector<std::string> out;
    for (const auto& stored : audit_of(action)) out.push_back(stored.record.phase);
    return out;
  }
};

TEST_F(AuditOrder, ASearchIsIntentThenDisclosureWithoutWords) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  ana.post("/api/v1/search", {{"query", "unused leave"}});
  EXPECT_EQ(phases_of("search"), (std::vector<std::string>{"intent", "disclosure"}));
  const auto records = audit_of("search");
  EXPECT_EQ(records[0].record.actor, "user:ana");
  EXPECT_EQ(records[0].words, "unused leave");
  EXPECT_EQ(records[0].record.details.find("unused"), std::string::npos);
  EXPECT_EQ(records[1].record.intent, records[0].id);
  const nlohmann::json shown = nlohmann::json::parse(records[1].record.details);
  EXPECT_EQ(shown["documents"], nlohmann::json({id}));
  EXPECT_GT(shown["epoch"], 0);
}

TEST_F(AuditOrder, AnAnswerIsIntentDisclosureOutcome) {
  const Client ana = as("ana");
  upload(ana, "name=leave.md", kLeavePolicy);
  const Reply reply =
      ana.post("/api/v1/ask", {{"question", "How many days of annual leave do staff receive?"}},
               "text/event-stream");
  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(phases_of("ask"), (std::vector<std::string>{"intent", "disclosure", "outcome"}));
  const auto records = audit_of("ask");
  EXPECT_EQ(nlohmann::json::parse(records[1].record.details)["route"], "extractive");
  const nlohmann::json end = nlohmann::json::parse(records[2].record.details);
  EXPECT_EQ(end["outcome"], "answered");
  EXPECT_EQ(end["answer_hmac_sha256"].get<std::string>().size(), 64u);
}

TEST_F(AuditOrder, LookingAtADocumentUploadingAndDeletingAreOnRecord) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  const std::string path = "/api/v1/documents/" + std::to_string(id);
  ana.get(path);
  ana.get(path + "/original");
  ana.del(path);
  EXPECT_EQ(phases_of("document.read"), (std::vector<std::string>{"intent", "disclosure"}));
  EXPECT_EQ(phases_of("document.original"), (std::vector<std::string>{"intent", "disclosure"}));
  EXPECT_EQ(phases_of("document.delete"), (std::vector<std::string>{"intent", "outcome"}));
  EXPECT_EQ(phases_of("upload"), (std::vector<std::string>{"event"}));
  EXPECT_EQ(phases_of("job.end"), (std::vector<std::string>{"event"}));
}

// Somebody else holds the log's file, as a full or read-only disk would.
TEST_F(AuditOrder, WithoutAWritableLogNothingIsShownAndNothingChanges) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  const std::string path = "/api/v1/documents/" + std::to_string(id);
  Database other(parts_.library.directory / "audit" / "audit.db");
  {
    const Transaction held(other);
    for (const Reply& reply :
         {ana.post("/api/v1/search", {{"query", "annual leave"}}),
          ana.post("/api/v1/ask", {{"question", "annual leave?"}}, "text/event-stream"),
          ana.get(path + "/original"), ana.del(path)}) {
      EXPECT_EQ(reply.status, 503);
      EXPECT_TRUE(reply.header("retry-after"));
      EXPECT_EQ(reply.body.find("27 days"), std::string::npos);
    }
  }
  EXPECT_EQ(ana.get(path).status, 200) << "deleting was refused, so it is still there";
}

}  // namespace
}  // namespace carrel::server
