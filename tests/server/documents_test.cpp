// Claims about documents over HTTP: uploaded, found, shown, drawn, changed and deleted.
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class Documents : public ServerTest {};

std::string read_example(const std::string& name) {
  std::ifstream in(testing::source_dir() / "examples" / "northlight" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Documents, FromUploadToAnswerToDeletion) {
  parts_.library.library->writer().set_collection_default("hr", {{"role:editor"}, {}, "internal"});
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md&collection=hr&label=internal", kLeavePolicy);
  ASSERT_GT(id, 0);
  const std::string path = "/api/v1/documents/" + std::to_string(id);

  const nlohmann::json document = ana.get(path).json();
  EXPECT_EQ(document["title"], "Leave policy");
  EXPECT_EQ(document["collection"], "hr");
  EXPECT_EQ(document["label"], "internal");
  EXPECT_EQ(document["owner"], "user:ana");
  EXPECT_EQ(document["may_manage"], true);
  EXPECT_EQ(document["access"]["allow"], nlohmann::json({"user:ana"}));
  EXPECT_EQ(document["has_pages"], false);

  const nlohmann::json found = ana.post("/api/v1/search", {{"query", "annual leave days"}}).json();
  ASSERT_GE(found["hits"].size(), 1u);
  EXPECT_EQ(found["hits"][0]["document_id"], id);
  EXPECT_EQ(found["hits"][0]["rank"], 1);
  EXPECT_EQ(found["hits"][0]["score"], 1.0);
  EXPECT_EQ(found["hits"][0]["page"], nullptr);

  const Reply original = ana.get(path + "/original");
  EXPECT_EQ(original.body, kLeavePolicy);
  EXPECT_EQ(original.header("content-type"), "application/octet-stream");
  EXPECT_EQ(original.header("content-disposition"),
            "attachment; filename=\"leave.md\"; filename*=UTF-8''leave.md");

  EXPECT_EQ(ana.del(path).status, 204);
  EXPECT_EQ(ana.get(path).status, 404);
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", "annual leave days"}}).json()["hits"].size(), 0u);
}

TEST_F(Documents, AFileNameReadsAsItIsWritten) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=plan%E2%80%AEfdp%E2%80%AC.txt", "One line.");
  const nlohmann::json document = ana.get("/api/v1/documents/" + std::to_string(id)).json();
  EXPECT_EQ(document["uri"], "upload:user:ana/planfdp.txt");
  EXPECT_EQ(document["title"], "Planfdp");
}

TEST_F(Documents, ALongDocumentIsToldInPages) {
  const Client ana = as("ana");
  std::string text;
  for (int i = 0; i < 1200; ++i)
    text += "# Rule " + std::to_string(i) + "\n\nLamp " + std::to_string(i) +
            " is switched off by whoever leaves the room last.\n\n";
  const std::int64_t id = upload(ana, "name=rules.md", text);
  const std::string path = "/api/v1/documents/" + std::to_string(id) + "/chunks";
  const nlohmann::json first = ana.get(path).json();
  ASSERT_EQ(first["chunks"].size(), 1000u);
  EXPECT_EQ(first["next"], 1000);
  const nlohmann::json rest = ana.get(path + "?from=1000").json();
  ASSERT_GE(rest["chunks"].size(), 1u);
  EXPECT_EQ(rest["chunks"][0]["ordinal"], 1000);
  EXPECT_EQ(rest["next"], nullptr);
  const nlohmann::json& last = rest["chunks"].back();
  const std::string chunk = std::to_string(last["chunk_id"].get<std::int64_t>());
  const nlohmann::json around = ana.get(path + "?chunk=" + chunk).json();
  EXPECT_EQ(around["chunks"].back(), last);
  EXPECT_EQ(around["chunks"][0]["ordinal"], last["ordinal"].get<int>() - 100);
  EXPECT_EQ(ana.get(path + "?from=-1").status, 400);
  EXPECT_EQ(ana.get(path + "?chunk=424242").status, 404);
}

TEST_F(Documents, ChunksAndTextShowWhereAPassageStands) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  const std::string path = "/api/v1/documents/" + std::to_string(id);
  const nlohmann::json chunks = ana.get(path + "/chunks").json()["chunks"];
  ASSERT_GE(chunks.size(), 1u);
  const std::string chunk = std::to_string(chunks[0]["chunk_id"].get<std::int64_t>());
  const nlohmann::json text = ana.get(path + "/text?chunk=" + chunk).json();
  ASSERT_EQ(text["highlights"].size(), 1u);
  const std::size_t begin = text["highlights"][0][0];
  const std::size_t end = text["highlights"][0][1];
  // The text is ASCII, so code points are bytes.
  EXPECT_NE(text["text"].get<std::string>().substr(begin, end - begin).find("27 days"),
            std::string::npos);
  EXPECT_EQ(ana.get(path + "/text?chunk=999999").status, 404);
}

TEST_F(Documents, PagesOfAPdfAreDrawnAndOfOthersAreNot) {
  const Client ana = as("ana");
  const std::string pdf = read_example("policies/travel-expenses-2025.pdf");
  ASSERT_GT(pdf.size(), 1000u);
  const std::int64_t id = upload(ana, "name=travel.pdf", pdf);
  const std::string path = "/api/v1/documents/" + std::to_string(id);
  const nlohmann::json chunks = ana.get(path + "/chunks?page=1").json()["chunks"];
  ASSERT_GE(chunks.size(), 1u);
  const std::string chunk = std::to_string(chunks[0]["chunk_id"].get<std::int64_t>());
  const Reply plain = ana.get(path + "/pages/1/image");
  ASSERT_EQ(plain.status, 200) << plain.body;
  EXPECT_EQ(plain.header("content-type"), "image/png");
  EXPECT_EQ(plain.body.substr(0, 8), "\x89PNG\r\n\x1a\n");
  const Reply marked = ana.get(path + "/pages/1/image?chunk=" + chunk);
  EXPECT_EQ(marked.status, 200);
  EXPECT_NE(marked.body, plain.body);
  EXPECT_EQ(ana.get(path + "/pages/1/image").body, plain.body);  // this time from the cache
  EXPECT_EQ(ana.get(path + "/pages/999/image").status, 404);
  const std::int64_t note = upload(ana, "name=leave.md", kLeavePolicy);
  EXPECT_EQ(ana.get("/api/v1/documents/" + std::to_string(note) + "/pages/1/image").status, 404);
}

TEST_F(Documents, TheListComesInPages) {
  const Client ana = as("ana");
  for (const char* name : {"a.md", "b.md", "c.md"})
    upload(ana, "name=" + std::string(name), kLeavePolicy + name);
  const nlohmann::json first = ana.get("/api/v1/documents?limit=2").json();
  EXPECT_EQ(first["documents"].size(), 2u);
  ASSERT_TRUE(first["next"].is_string());
  const nlohmann::json second =
      ana.get("/api/v1/documents?limit=2&after=" + first["next"].get<std::string>()).json();
  EXPECT_EQ(second["documents"].size(), 1u);
  EXPECT_EQ(second["next"], nullptr);
  EXPECT_EQ(ana.get("/api/v1/documents?limit=0").status, 400);
  EXPECT_EQ(ana.get("/api/v1/documents?after=x").status, 400);
}

TEST_F(Documents, NobodySetsALabelAboveTheirClearance) {
  const Client ana = as("ana");
  EXPECT_EQ(ana.upload("name=a.md&label=restricted", kLeavePolicy).status, 403);
  EXPECT_EQ(ana.upload("name=a.md&label=secret", kLeavePolicy).status, 400);
  const std::int64_t id = upload(ana, "name=a.md", kLeavePolicy);
  const std::string path = "/api/v1/documents/" + std::to_string(id) + "/access";
  const nlohmann::json above = {
      {"allow", {"user:ana"}}, {"deny", nlohmann::json::array()}, {"label", "restricted"}};
  EXPECT_EQ(ana.put(path, above).status, 403);
}

TEST_F(Documents, SharingIsInForceForTheNextRequest) {
  const Client ana = as("ana");
  const Client ben = as("ben");
  const std::int64_t id = upload(ana, "name=a.md", kLeavePolicy);
  const std::string path = "/api/v1/documents/" + std::to_string(id);
  const auto acl = [](nlohmann::json allow) {
    return nlohmann::json{
        {"allow", std::move(allow)}, {"deny", nlohmann::json::array()}, {"label", "internal"}};
  };
  EXPECT_EQ(ben.get(path).status, 404);
  EXPECT_EQ(ana.put(path + "/access", acl({"user:ana", "user:ben"})).status, 200);
  EXPECT_EQ(ben.get(path).status, 200);
  EXPECT_FALSE(ben.get(path).json().contains("access"));
  EXPECT_EQ(ben.get(path).json()["may_manage"], false);
  EXPECT_EQ(ben.put(path + "/access", acl({"user:ben"})).status, 403);
  EXPECT_EQ(ben.del(path).status, 403);
  EXPECT_EQ(ana.put(path + "/access", acl({"user:ana"})).status, 200);
  EXPECT_EQ(ben.get(path).status, 404);
  EXPECT_EQ(ana.put(path + "/access", acl({"user:nobody-such"})).status, 400);
}

TEST_F(Documents, UploadsWithoutAUsableNameOrKindAreRefused) {
  const Client ana = as("ana");
  EXPECT_EQ(ana.upload("name=", "x").status, 400);
  EXPECT_EQ(ana.upload("name=..%2F..", "x").status, 400);
  EXPECT_EQ(ana.upload("name=a.exe", "x").status, 415);
  EXPECT_EQ(ana.upload("name=a.md", "").status, 400);
  EXPECT_EQ(ana.upload("name=a.md&allow=nonsense", "x").status, 400);
}

TEST_F(Documents, AFolderInTheNameIsLeftOut) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=..%2F..%2Fetc%2Fleave.md", kLeavePolicy);
  const std::string uri = ana.get("/api/v1/documents/" + std::to_string(id)).json()["uri"];
  EXPECT_EQ(uri.find(".."), std::string::npos);
  EXPECT_TRUE(uri.ends_with("/leave.md")) << uri;
}

}  // namespace
}  // namespace carrel::server
