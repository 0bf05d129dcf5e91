// Claims about conversations: they are kept for the one who asked, say no more than may be read at
// that moment, and go when what they rest on goes.
#include <sstream>

#include "core/sqlite.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

constexpr const char* kQuestion = "How many days of annual leave do full-time staff receive?";

class ConversationsTest : public ServerTest {
 protected:
  nlohmann::json ask(const Client& client, const std::string& question,
                     const nlohmann::json& conversation, bool as_written = false) {
    const Reply reply = client.post(
        "/api/v1/ask",
        {{"question", question}, {"conversation_id", conversation}, {"as_written", as_written}});
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.json();
  }
  static std::string path(const nlohmann::json& answer) {
    return "/api/v1/conversations/" + answer["conversation_id"].dump();
  }
  // ana's document, which ben may read until it is taken from him.
  std::int64_t shared_policy() {
    return upload(as("ana"), "name=leave.md&allow=user:ben", kLeavePolicy);
  }
  void take_from_ben(std::int64_t document) {
    const Reply reply = as("ana").put(
        "/api/v1/documents/" + std::to_string(document) + "/access",
        {{"allow", {"user:ana"}}, {"deny", nlohmann::json::array()}, {"label", "internal"}});
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
};

TEST_F(ConversationsTest, AFollowUpLeansOnTheQuestionBeforeAndSaysSo) {
  const Client ana = as("ana");
  upload(ana, "name=leave.md", kLeavePolicy);
  const nlohmann::json first = ask(ana, kQuestion, "new");
  EXPECT_EQ(first["searched_for"], kQuestion);
  const nlohmann::json second = ask(ana, "And part-time staff?", first["conversation_id"]);
  EXPECT_EQ(second["searched_for"], "How many days of annual leave do part-time staff receive?");
  EXPECT_EQ(second["conversation_id"], first["conversation_id"]);
  const nlohmann::json as_written =
      ask(ana, "And part-time staff?", first["conversation_id"], true);
  EXPECT_EQ(as_written["searched_for"], "And part-time staff?");
}

TEST_F(ConversationsTest, WhatWasAskedIsListedOpenedRenamedAndDeleted) {
  const Client ana = as("ana");
  upload(ana, "name=leave.md", kLeavePolicy);
  const nlohmann::json answer = ask(ana, kQuestion, "new");
  EXPECT_EQ(ana.get("/api/v1/conversations").json()["conversations"][0]["title"], kQuestion);
  const nlohmann::json kept = ana.get(path(answer)).json()["messages"][0];
  EXPECT_EQ(kept["question"], kQuestion);
  EXPECT_EQ(kept["is_whole"], true);
  EXPECT_NE(kept["sentences"][0]["text"].get<std::string>().find("27 days"), std::string::npos);
  EXPECT_EQ(kept["citations"][0]["title"], answer["citations"][0]["title"]);
  EXPECT_EQ(ana.put(path(answer), {{"title", "Leave"}}).status, 200);
  EXPECT_EQ(ana.get(path(answer)).json()["title"], "Leave");
  EXPECT_EQ(ana.del(path(answer)).status, 204);
  EXPECT_EQ(ana.get(path(answer)).status, 404);
  EXPECT_EQ(ana.get("/api/v1/conversations").json()["conversations"].size(), 0u);
}

TEST_F(ConversationsTest, AQuestionWithoutOneIsNotKept) {
  const Client ana = as("ana");
  const Reply reply = ana.post("/api/v1/ask", {{"question", kQuestion}});
  EXPECT_FALSE(reply.json().contains("conversation_id"));
  EXPECT_EQ(ana.get("/api/v1/conversations").json()["conversations"].size(), 0u);
}

TEST_F(ConversationsTest, AnothersIsAbsentOnEveryRoute) {
  const Client ana = as("ana");
  const nlohmann::json answer = ask(ana, kQuestion, "new");
  const Client cora = as("cora");
  const std::string absent = "/api/v1/conversations/424242";
  const auto bytes = [](Reply reply) {
    nlohmann::json body = reply.json();
    body.erase("request_id");
    return std::to_string(reply.status) + body.dump();
  };
  EXPECT_EQ(cora.get(path(answer)).status, 404);
  EXPECT_EQ(bytes(cora.get(path(answer))), bytes(cora.get(absent)));
  EXPECT_EQ(bytes(cora.del(path(answer))), bytes(cora.del(absent)));
  EXPECT_EQ(bytes(cora.put(path(answer), {{"title", "x"}})),
            bytes(cora.put(absent, {{"title", "x"}})));
  EXPECT_EQ(cora.post("/api/v1/ask",
                      {{"question", "And why?"}, {"conversation_id", answer["conversation_id"]}})
                .status,
            404);
  EXPECT_EQ(cora.post("/api/v1/feedback", {{"message_id", answer["message_id"]}, {"verdict", "up"}})
                .status,
            404);
  EXPECT_EQ(ana.get(path(answer)).status, 200);
}

TEST_F(ConversationsTest, AWithdrawnRightTakesSentencesAndTitlesOutOfTheHistory) {
  const std::int64_t document = shared_policy();
  const Client ben = as("ben");
  const nlohmann::json answer = ask(ben, kQuestion, "new");
  ASSERT_NE(ben.get(path(answer)).body.find("27 days"), std::string::npos);
  take_from_ben(document);
  const Reply reopened = ben.get(path(answer));
  EXPECT_EQ(reopened.status, 200);
  EXPECT_EQ(reopened.body.find("27 days"), std::string::npos);
  EXPECT_EQ(reopened.body.find("Leave policy"), std::string::npos);
  const nlohmann::json message = reopened.json()["messages"][0];
  EXPECT_EQ(message["is_whole"], false);
  EXPECT_EQ(message["sentences"].size(), 0u);
  EXPECT_EQ(message["citations"].size(), 0u);
  EXPECT_EQ(message["question"], kQuestion) << "one's own words stay";
}

TEST_F(ConversationsTest, WithdrawnAndDeletedCannotBeToldApart) {
  const std::int64_t withdrawn = shared_policy();
  const Client ben = as("ben");
  const nlohmann::json first = ask(ben, kQuestion, "new");
  take_from_ben(withdrawn);
  const nlohmann::json of_withdrawn = ben.get(path(first)).json()["messages"][0];
  ASSERT_EQ(as("ana").del("/api/v1/documents/" + std::to_string(withdrawn)).status, 204);
  EXPECT_EQ(ben.get(path(first)).json()["messages"][0], of_withdrawn);
}

TEST_F(ConversationsTest, ADeletedDocumentTakesItsSentencesOutOfTheDatabase) {
  const std::string canary = "zanzibarquux";
  const Client ana = as("ana");
  const std::int64_t document =
      upload(ana, "name=leave.md",
             "# Leave\n\nFull-time staff receive 27 " + canary + " days of annual leave.\n");
  ask(ana, kQuestion, "new");
  const auto sentences = [&] {
    const auto db = parts_.library.store->read();
    Statement count(*db, "SELECT count(*) FROM message_sentence");
    count.step();
    return count.integer(0);
  };
  ASSERT_GE(sentences(), 1);
  ASSERT_EQ(ana.del("/api/v1/documents/" + std::to_string(document)).status, 204);
  EXPECT_EQ(sentences(), 0);
}

TEST_F(ConversationsTest, WhatIsOlderThanIsKeptIsGone) {
  const Client ana = as("ana");
  const nlohmann::json answer = ask(ana, kQuestion, "new");
  parts_.library.clock.advance(std::chrono::hours(24 * 181));
  const Client again = as("ana");
  EXPECT_EQ(again.get(path(answer)).status, 404);
  EXPECT_EQ(again.get("/api/v1/conversations").json()["conversations"].size(), 0u);
  ask(again, "Anything else?", "new");
  const auto db = parts_.library.store->read();
  Statement count(*db, "SELECT count(*) FROM conversation");
  count.step();
  EXPECT_EQ(count.integer(0), 1) << "deleted, not only hidden";
}

TEST_F(ConversationsTest, SuggestionsComeFromVisibleHeadingsOnly) {
  const std::string policy =
      "# Leave policy\n\n## Annual leave\n\nFull-time staff receive 27 days of annual leave.\n\n"
      "## Carrying leave over\n\nUp to five days may be carried over until March.\n\n"
      "## Sick notes\n\nA sick note is sent on the third day.\n";
  const Client ana = as("ana");
  const Client ben = as("ben");
  const auto empty = ben.get("/api/v1/suggestions").body;
  upload(ana, "name=leave.md", policy);
  EXPECT_EQ(ben.get("/api/v1/suggestions").body, empty);
  const nlohmann::json own = ana.get("/api/v1/suggestions").json()["suggestions"];
  ASSERT_GE(own.size(), 1u);
  const nlohmann::json next = ask(ana, kQuestion, nullptr)["suggestions"];
  ASSERT_GE(next.size(), 1u);
  EXPECT_EQ(next[0], "What does Leave policy say about Carrying leave over?");
}

TEST_F(ConversationsTest, HalfAQuestionIsNotSuggested) {
  const Client ana = as("ana");
  upload(ana, "name=desk.md",
         "# Service desk\n\n## How do I\n\n### ... reset my password?\n\nAt the portal.\n\n"
         "### Lost badges\n\nThe reception has new ones.\n");
  EXPECT_EQ(ana.get("/api/v1/suggestions").json()["suggestions"],
            nlohmann::json({"What does Service desk say about Lost badges?"}));
}

TEST_F(ConversationsTest, FeedbackReachesAdministratorsWithoutWhatTheyMayNotRead) {
  make_user("dora", "administrator", "internal");
  const Client ana = as("ana");
  upload(ana, "name=leave.md", kLeavePolicy);
  const nlohmann::json answer = ask(ana, kQuestion, "new");
  const nlohmann::json feedback = {{"message_id", answer["message_id"]},
                                   {"verdict", "down"},
                                   {"reason", "wrong"},
                                   {"comment", "It is 28."}};
  ASSERT_EQ(ana.post("/api/v1/feedback", feedback).status, 204);
  EXPECT_EQ(ana.get(path(answer)).json()["messages"][0]["verdict"], "down");
  EXPECT_EQ(ana.get("/api/v1/feedback").status, 403);
  const Client dora = as("dora");
  const Reply seen = dora.get("/api/v1/feedback");
  const nlohmann::json given = seen.json()["feedback"][0];
  EXPECT_EQ(given["question"], kQuestion);
  EXPECT_EQ(given["comment"], "It is 28.");
  EXPECT_EQ(given["answer_hmac_sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(given["citations"].size(), 0u) << "dora may not read ana's document";
  const Reply exported = dora.get("/api/v1/feedback/export");
  EXPECT_EQ(exported.header("content-type"), "application/x-ndjson");
  for (const std::string& body : {seen.body, exported.body}) {
    EXPECT_EQ(body.find("27 days"), std::string::npos);
    EXPECT_EQ(body.find("Leave policy"), std::string::npos);
  }
}

TEST_F(ConversationsTest, WhatWasAnsweredWellIsExportedAsAGoldenQuestion) {
  make_user("dora", "administrator", "internal");
  const Client ana = as("ana");
  upload(ana, "name=leave.md&allow=everyone", kLeavePolicy);
  const auto rate = [&](const std::string& question, const std::string& verdict) {
    const nlohmann::json answer = ask(ana, question, "new");
    EXPECT_EQ(
        ana.post("/api/v1/feedback", {{"message_id", answer["message_id"]}, {"verdict", verdict}})
            .status,
        204);
    return answer;
  };
  const nlohmann::json good = rate(kQuestion, "up");
  rate("How many days may be carried over?", "down");
  const nlohmann::json refused = rate("Zxqv wvutsr qponml?", "up");
  ASSERT_EQ(refused["abstained"], true);
  const std::string body = as("dora").get("/api/v1/feedback/export").body;
  std::vector<nlohmann::json> lines;
  std::istringstream in(body);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(lines.size(), 2u) << body;
  EXPECT_EQ(lines[0]["answerable"], false);
  EXPECT_EQ(lines[1]["text"], kQuestion);
  EXPECT_EQ(lines[1]["as"], "ana");
  EXPECT_EQ(lines[1]["documents"][0], good["citations"][0]["uri"]);
}

TEST_F(ConversationsTest, MuchFeedbackIsTooMuch) {
  const Client ana = as("ana");
  int refused = 0;
  for (int i = 0; i < 62; ++i) {
    const nlohmann::json answer = ask(ana, "What is number " + std::to_string(i) + "?", "new");
    const Reply reply =
        ana.post("/api/v1/feedback", {{"message_id", answer["message_id"]}, {"verdict", "up"}});
    refused += reply.status == 429 ? 1 : 0;
  }
  EXPECT_EQ(refused, 2);
}

TEST_F(ConversationsTest, FacetsCountWhatMayBeRead) {
  const Client ana = as("ana");
  const Client ben = as("ben");
  upload(ana, "name=a.md&allow=everyone", "# A\n\nAnnual leave is 27 days.\n");
  upload(ana, "name=b.md&allow=user:ana", "# B\n\nAnnual leave for directors is secret.\n");
  const auto collection = [](const Client& client) {
    return client.post("/api/v1/search", {{"query", "annual leave"}, {"facets", true}})
        .json()["facets"]["collection"];
  };
  EXPECT_EQ(collection(ben)[0]["documents"], 1);
  EXPECT_EQ(collection(ana)[0]["documents"], 2);
}

}  // namespace
}  // namespace carrel::server
