// Claims about search and answers over HTTP.
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class Questions : public ServerTest {
 protected:
  std::vector<std::pair<std::string, nlohmann::json>> stream(const Client& client,
                                                             const std::string& question) {
    const Reply reply = client.post("/api/v1/ask", {{"question", question}}, "text/event-stream");
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.header("content-type"), "text/event-stream");
    return events_of(reply.body);
  }
};

TEST_F(Questions, AnAnswerStreamsSourcesThenSentencesThenDone) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  const auto events = stream(ana, "How many days of annual leave do full-time staff receive?");
  ASSERT_GE(events.size(), 3u);
  EXPECT_EQ(events.front().first, "sources");
  EXPECT_EQ(events.front().second["sources"][0]["n"], 1);
  EXPECT_EQ(events.front().second["sources"][0]["document_id"], id);
  for (std::size_t i = 1; i + 1 < events.size(); ++i) EXPECT_EQ(events[i].first, "sentence");
  EXPECT_EQ(events.back().first, "done");
  const nlohmann::json& done = events.back().second;
  EXPECT_EQ(done["abstained"], false);
  EXPECT_EQ(done["engine"], "extractive");
  EXPECT_NE(done["answer"].get<std::string>().find("27 days"), std::string::npos);
  ASSERT_GE(done["citations"].size(), 1u);
  EXPECT_EQ(done["citations"][0]["document_id"], id);
}

TEST_F(Questions, WithoutStreamingTheSameAnswerIsOneObject) {
  const Client ana = as("ana");
  upload(ana, "name=leave.md", kLeavePolicy);
  const std::string question = "How many days of annual leave do full-time staff receive?";
  const nlohmann::json whole = ana.post("/api/v1/ask", {{"question", question}}).json();
  nlohmann::json streamed = stream(ana, question).back().second;
  EXPECT_EQ(whole["answer"], streamed["answer"]);
  EXPECT_EQ(whole["citations"], streamed["citations"]);
  EXPECT_TRUE(whole["usage"]["prompt_tokens"].is_number_integer());
}

// The one difference that may remain is how long it took.
TEST_F(Questions, WhatIsHiddenAndWhatIsAbsentAbstainAlike) {
  const Client ben = as("ben");
  const std::string question = "How many days of annual leave do full-time staff receive?";
  const auto answer = [&] {
    nlohmann::json reply = ben.post("/api/v1/ask", {{"question", question}}).json();
    reply.erase("timings_ms");
    return reply.dump();
  };
  const std::string absent = answer();
  upload(as("ana"), "name=leave.md", kLeavePolicy);
  EXPECT_EQ(answer(), absent);
  EXPECT_EQ(nlohmann::json::parse(absent)["abstained"], true);
}

TEST_F(Questions, AQuestionThatCannotBeReadIsAProblemAndNotAStream) {
  const Reply reply = as("ana").post("/api/v1/ask", {{"question", " "}}, "text/event-stream");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.header("content-type"), "application/problem+json");
}

TEST_F(Questions, AClientThatLeavesIsAnOutcome) {
  const Client ana = as("ana");
  upload(ana, "name=leave.md", kLeavePolicy);
  const std::string body = R"({"question":"How many days of annual leave do staff receive?"})";
  for (int i = 0; i < 10; ++i) {
    RawConnection connection(port());
    connection.send(
        "POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Carrel-Request: 1\r\nCookie: " +
        ana.cookie + "\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n" +
        "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    connection.close();
  }
  // Whenever each of them was noticed to be gone: what was begun was also ended.
  server_->stop();
  std::size_t intents = 0;
  std::size_t outcomes = 0;
  for (const auto& stored : audit_of("ask")) {
    intents += stored.record.phase == "intent" ? 1 : 0;
    outcomes += stored.record.phase == "outcome" ? 1 : 0;
  }
  EXPECT_EQ(outcomes, intents);
}

TEST_F(Questions, FiltersNarrowAndWrongOnesAreExplained) {
  parts_.library.library->writer().set_collection_default("hr", {{"role:editor"}, {}, "internal"});
  const Client ana = as("ana");
  upload(ana, "name=leave.md&collection=hr", kLeavePolicy);
  const auto hits = [&](const std::string& filter) {
    return ana.post("/api/v1/search", {{"query", "leave"}, {"filter", filter}})
        .json()["hits"]
        .size();
  };
  EXPECT_GE(hits("collection:hr"), 1u);
  EXPECT_EQ(hits("collection:finance"), 0u);
  const Reply wrong = ana.post("/api/v1/search", {{"query", "leave"}, {"filter", "colection:hr"}});
  EXPECT_EQ(wrong.status, 400);
}

TEST_F(Questions, HighlightsCountCodePoints) {
  const Client ana = as("ana");
  upload(
      ana, "name=cafe.md",
      "# Kantine\n\nDie Kantine heißt Café Größe und öffnet täglich; das Frühstück kostet 4 €.\n");
  const nlohmann::json hit = ana.post("/api/v1/search", {{"query", "Frühstück"}}).json()["hits"][0];
  ASSERT_GE(hit["highlights"].size(), 1u);
  const std::string text = hit["text"];
  const std::size_t begin = hit["highlights"][0][0];
  const std::size_t end = hit["highlights"][0][1];
  EXPECT_EQ(end - begin, 9u);  // F-r-ü-h-s-t-ü-c-k: nine characters, eleven bytes
  const std::size_t byte = text.find("Frühstück");
  std::size_t points = 0;
  for (std::size_t i = 0; i < byte; ++i)
    points += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 ? 1 : 0;
  EXPECT_EQ(begin, points);
}

}  // namespace
}  // namespace carrel::server
