// Claim: whoever may not read a document cannot tell it from one that does not exist.
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class Leaks : public ServerTest {
 protected:
  // All of an answer but the two places that carry the request's own number.
  static std::string bytes_of(Reply reply) {
    std::string out = std::to_string(reply.status) + "\n";
    for (const auto& [name, value] : reply.headers)
      if (name != "x-request-id" && name != "content-length") out += name + ": " + value + "\n";
    nlohmann::json body = nlohmann::json::parse(reply.body);
    body.erase("request_id");
    return out + body.dump();
  }
};

TEST_F(Leaks, HiddenAndAbsentAreByteEqualOnEveryDocumentRoute) {
  const std::int64_t hidden = upload(as("ana"), "name=leave.md", kLeavePolicy);
  const std::int64_t absent = hidden + 1000;
  const Client ben = as("ben");
  const std::string acl = R"({"allow":["user:ben"],"deny":[],"label":"internal"})";
  const std::vector<std::pair<std::string, std::string>> routes = {
      {"GET", ""},
      {"GET", "/chunks"},
      {"GET", "/chunks?page=1"},
      {"GET", "/text"},
      {"GET", "/text?chunk=1"},
      {"GET", "/pages/1/image"},
      {"GET", "/original"},
      {"GET", "/pages/1/image?chunk=1"},
      {"DELETE", ""},
      {"PUT", "/access"}};
  for (const auto& [method, tail] : routes) {
    SCOPED_TRACE(method + " " + tail);
    const auto ask = [&](std::int64_t id) {
      return ben.send({method,
                       "/api/v1/documents/" + std::to_string(id) + tail,
                       method == "PUT" ? acl : "",
                       {{"Content-Type", "application/json"}}});
    };
    const Reply of_hidden = ask(hidden);
    EXPECT_EQ(of_hidden.status, 404);
    EXPECT_EQ(bytes_of(of_hidden), bytes_of(ask(absent)));
  }
  EXPECT_EQ(bytes_of(ben.get("/api/v1/documents/x")),
            bytes_of(ben.get("/api/v1/documents/" + std::to_string(hidden))));
}

// The judge must be able to convict: somebody who may read it gets other bytes.
TEST_F(Leaks, TheSameRoutesAnswerTheOwner) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  for (const std::string tail : {"", "/chunks", "/text", "/original"})
    EXPECT_EQ(ana.get("/api/v1/documents/" + std::to_string(id) + tail).status, 200) << tail;
}

TEST_F(Leaks, ListsCountsAndSearchesShowNothingOfTheHidden) {
  const Client ben = as("ben");
  const auto seen = [&] {
    nlohmann::json found = ben.post("/api/v1/search", {{"query", "annual leave"}}).json();
    found.erase("took_ms");
    return found.dump() + ben.get("/api/v1/documents").body + ben.get("/api/v1/collections").body;
  };
  const std::string before = seen();
  upload(as("cora"), "name=leave.md&collection=secret-project", kLeavePolicy);
  EXPECT_EQ(seen(), before);
}

TEST_F(Leaks, APageInTheCacheIsNotForOthers) {
  std::ifstream in(testing::source_dir() / "examples/northlight/policies/travel-expenses-2025.pdf",
                   std::ios::binary);
  const std::string pdf{std::istreambuf_iterator<char>(in), {}};
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=travel.pdf", pdf);
  const std::string page = "/api/v1/documents/" + std::to_string(id) + "/pages/1/image";
  ASSERT_EQ(ana.get(page).status, 200);
  EXPECT_EQ(as("ben").get(page).status, 404);
}

TEST_F(Leaks, AnothersJobIsAbsent) {
  const Client ana = as("ana");
  const std::int64_t id = ana.upload("name=leave.md", kLeavePolicy).json()["job_id"];
  wait_for_job(ana, id);
  const Client cora = as("cora");  // even who manages collections: a file's name may tell a secret
  const std::string path = "/api/v1/jobs/";
  EXPECT_EQ(bytes_of(cora.get(path + std::to_string(id))), bytes_of(cora.get(path + "424242")));
  EXPECT_EQ(cora.del(path + std::to_string(id)).status, 404);
  EXPECT_EQ(cora.get("/api/v1/jobs").json()["jobs"].size(), 0u);
  EXPECT_EQ(ana.get(path + std::to_string(id)).status, 200);
}

}  // namespace
}  // namespace carrel::server
