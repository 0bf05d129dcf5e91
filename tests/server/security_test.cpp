// Claims about what surrounds every request: whose browser sent it, what one person may ask at
// once, who gets in while others flood the door, and what is told to whom.
#include <regex>

#include "core/error.h"
#include "core/sqlite.h"
#include "server/options.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

ServerOptions with(const std::function<void(ServerOptions&)>& change) {
  ServerOptions options;
  change(options);
  return options;
}

class Security : public ServerTest {};

class BehindProxy : public ServerTest {
 protected:
  BehindProxy()
      : ServerTest(with([](ServerOptions& o) {
          o.behind_proxy = true;
          o.trusted_proxies = {"127.0.0.1"};
        })) {}
};

// --- cookies, and whose page it was

TEST_F(Security, CookiesInTheClearKeepToThisSiteAndFromScripts) {
  const Reply reply = nobody().post("/api/v1/session", {{"user", "ana"}, {"password", kPassword}});
  for (const auto& [name, value] : reply.headers)
    if (name == "set-cookie") {
      EXPECT_NE(value.find("; HttpOnly; SameSite=Strict"), std::string::npos) << value;
      EXPECT_EQ(value.find("Secure"), std::string::npos) << value;
    }
}

TEST_F(BehindProxy, CookiesBearTheHostPrefixAndNoOtherIsRead) {
  const Reply reply = nobody().post("/api/v1/session", {{"user", "ana"}, {"password", kPassword}});
  ASSERT_EQ(reply.status, 200);
  std::string session;
  for (const auto& [name, value] : reply.headers)
    if (name == "set-cookie") {
      EXPECT_TRUE(value.starts_with("__Host-carrel_")) << value;
      EXPECT_NE(value.find("; Path=/; HttpOnly; SameSite=Strict; Secure"), std::string::npos);
      EXPECT_EQ(value.find("Domain"), std::string::npos);
      if (value.starts_with("__Host-carrel_session")) session = value.substr(0, value.find(';'));
    }
  Client client = nobody();
  client.cookie = session;
  EXPECT_EQ(client.get("/api/v1/me").status, 200);
  client.cookie = session.substr(7);  // without the prefix a neighbour could have planted it
  EXPECT_EQ(client.get("/api/v1/me").status, 401);
}

TEST_F(Security, ARequestOfAnotherSiteChangesNothing) {
  Client ana = as("ana");
  const std::string own = "http://127.0.0.1";
  const auto sign_out = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return ana.send({"DELETE", "/api/v1/session", "", std::move(headers)}).status;
  };
  EXPECT_EQ(sign_out({{"Origin", "https://127.0.0.1"}}), 403) << "another scheme is another site";
  EXPECT_EQ(sign_out({{"Origin", "http://127.0.0.1:1"}}), 403);
  EXPECT_EQ(sign_out({{"Origin", "null"}}), 403);
  EXPECT_EQ(sign_out({{"Origin", "http://127.0.0.1.evil.example"}}), 403);
  EXPECT_EQ(sign_out({{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(sign_out({{"Sec-Fetch-Site", "same-site"}}), 403);
  ana.sends_own_header = false;
  EXPECT_EQ(sign_out({{"Origin", own}}), 403) << "a form cannot set our header";
  ana.sends_own_header = true;
  EXPECT_EQ(ana.get("/api/v1/me").status, 200) << "and so the session still lives";
  EXPECT_EQ(sign_out({{"Origin", own}, {"Sec-Fetch-Site", "same-origin"}}), 204);
}

TEST_F(BehindProxy, TheOriginMustBeHttps) {
  const Client client = nobody();
  const auto sign_in = [&](const std::string& origin) {
    return client
        .send({"POST",
               "/api/v1/session",
               nlohmann::json{{"user", "ana"}, {"password", kPassword}}.dump(),
               {{"Content-Type", "application/json"}, {"Origin", origin}}})
        .status;
  };
  EXPECT_EQ(sign_in("http://127.0.0.1"), 403);
  EXPECT_EQ(sign_in("https://127.0.0.1"), 200);
}

TEST_F(Security, EveryAnswerCarriesTheHeadersThatGuardABrowser) {
  const Client client = nobody();
  for (const std::string path : {"/", "/app.js", "/api/v1/me", "/nothing", "/healthz"}) {
    const Reply reply = client.get(path);
    EXPECT_NE(reply.header("content-security-policy").value_or("").find("default-src 'none'"),
              std::string::npos)
        << path;
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(reply.header("x-frame-options"), "DENY") << path;
    EXPECT_EQ(reply.header("referrer-policy"), "no-referrer") << path;
    EXPECT_FALSE(reply.header("strict-transport-security")) << path;  // in the clear
  }
}

// --- where it may listen

TEST(Listening, BeyondThisMachineOnlyWithTlsOrAStatementThatAProxyDoesIt) {
  ServerOptions options;
  options.listen = "0.0.0.0:8080";
  try {
    parse_listen(options);
    FAIL() << "it would have listened in the clear";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    for (const char* way : {"--tls-cert", "--behind-proxy", "127.0.0.1"})
      EXPECT_NE(std::string(error.what()).find(way), std::string::npos) << way;
  }
  options.listen = "[::]:8080";
  EXPECT_THROW(parse_listen(options), Error);
  options.behind_proxy = true;
  EXPECT_FALSE(parse_listen(options).is_loopback);
  options.behind_proxy = false;
  options.tls_certificate = "a.crt";
  EXPECT_THROW(parse_listen(options), Error) << "a certificate without its key";
  options.tls_key = "a.key";
  EXPECT_FALSE(parse_listen(options).is_loopback);
}

// --- how much

class OnePerson : public ServerTest {
 protected:
  OnePerson()
      : ServerTest(with([](ServerOptions& o) {
          o.requests_per_second_max = 5;
          o.requests_per_user_max = 3;
        })) {}
};

TEST_F(OnePerson, WhoAsksFasterThanIsServedIsToldWhenToComeBackAndOthersAreNot) {
  const Client ana = as("ana");
  const Client ben = as("ben");
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const Reply reply = ana.get("/api/v1/me");
    if (reply.status != 429) continue;
    ++refused;
    EXPECT_EQ(reply.header("retry-after"), "1");
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(ben.get("/api/v1/me").status, 200);
}

// --- the door

// More attempts at names that nobody has than are ever checked; somebody who has signed in from
// here before gets in at once.
TEST_F(Security, AFloodOfSignInsKeepsNobodyOutWhoHasBeenHere) {
  as("ana");
  std::atomic<bool> is_over{false};
  std::vector<std::thread> flood;
  for (int t = 0; t < 40; ++t)
    flood.emplace_back([&, t] {
      for (int i = 0; !is_over; ++i)
        nobody().post("/api/v1/session",
                      {{"user", "guess" + std::to_string(t * 10'000 + i)}, {"password", "wrong"}});
    });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(nobody().sign_in("ana", kPassword)) << i;
  is_over = true;
  for (std::thread& thread : flood) thread.join();
}

TEST_F(Security, AStrangerCannotLockSomebodyOutOfTheirBrowser) {
  Client ana = as("ana");
  for (int i = 0; i < 12; ++i)
    nobody().post("/api/v1/session", {{"user", "ana"}, {"password", "wrong password"}});
  const Reply slowed = nobody().post("/api/v1/session", {{"user", "ana"}, {"password", kPassword}});
  EXPECT_EQ(slowed.status, 429);
  EXPECT_TRUE(slowed.header("retry-after"));
  Client browser = nobody();
  browser.cookie = ana.device_cookie;
  EXPECT_TRUE(browser.sign_in("ana", kPassword));
}

TEST_F(BehindProxy, BackingOffIsForTheAddressThatTheProxyNames) {
  const auto sign_in = [&](const std::string& address, const std::string& password) {
    return nobody()
        .send({"POST",
               "/api/v1/session",
               nlohmann::json{{"user", "ana"}, {"password", password}}.dump(),
               {{"Content-Type", "application/json"}, {"X-Forwarded-For", address}}})
        .status;
  };
  for (int i = 0; i < 12; ++i) sign_in("203.0.113.1", "wrong password");
  EXPECT_EQ(sign_in("203.0.113.1", kPassword), 429);
  EXPECT_EQ(sign_in("8.8.8.8, 203.0.113.1", kPassword), 429) << "what it claims itself";
  EXPECT_EQ(sign_in("203.0.113.2", kPassword), 200);
}

TEST_F(Security, AFloodOfRefusedAttemptsDoesNotFillTheAuditLog) {
  for (int i = 0; i < 60; ++i)
    nobody().post("/api/v1/session", {{"user", "ana"}, {"password", "wrong password"}});
  EXPECT_LT(audit_of("sign_in").size(), 30u);
  EXPECT_GE(audit_of("sign_in").size(), 5u);
}

// --- what is told to whom

TEST_F(Security, ReadyMeansThatTheAuditLogCanBeWritten) {
  EXPECT_EQ(nobody().get("/readyz").status, 200);
  const std::uint64_t before = parts_.audit.size();
  Database other(parts_.library.directory / "audit" / "audit.db");
  {
    const Transaction held(other);
    int status = 200;
    for (int i = 0; i < 50 && status == 200; ++i) {
      status = nobody().get("/readyz").status;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(status, 503);
    EXPECT_EQ(nobody().get("/healthz").status, 200) << "alive it is";
  }
  EXPECT_EQ(nobody().get("/readyz").status, 200);
  EXPECT_EQ(parts_.audit.size(), before) << "asking leaves no record";
}

TEST_F(Security, MetricsCountWithoutNamingAnybody) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  const Client ben = as("ben");
  for (int i = 0; i < 25; ++i) ben.get("/api/v1/documents/" + std::to_string(id));
  const Reply reply = nobody().get("/metrics");
  ASSERT_EQ(reply.status, 200);
  for (const char* line :
       {"# TYPE carrel_http_request_seconds histogram", "carrel_sign_ins_total{outcome=\"done\"} 2",
        "carrel_http_requests_total{route=\"/api/v1/documents/{document_id}\",method=\"GET\","
        "status=\"4xx\"} 25",
        "carrel_deny_bursts_total 1\n", "carrel_denials_total 25"})
    EXPECT_NE(reply.body.find(line), std::string::npos) << line << "\n" << reply.body;
  for (const char* name : {"ana", "ben", "leave"})
    EXPECT_EQ(reply.body.find(name), std::string::npos) << name;
  // Each line is a comment or a sample (Prometheus exposition format 0.0.4).
  const std::regex sample("[a-z_]+(\\{([a-z]+=\"[^\"]*\",?)+\\})? [0-9.e+-]+|# (HELP|TYPE) .*");
  std::istringstream lines(reply.body);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(std::regex_match(line, sample)) << line;
}

TEST_F(BehindProxy, MetricsAreForThoseWhoAdminister) {
  parts_.library.access->create_user("root", "", "internal", {"administrator"});
  EXPECT_EQ(nobody().get("/metrics").status, 401);
  Client client = nobody();
  client.use_key(parts_.credentials.create_key("root", "monitor", {"administer"}, {}));
  EXPECT_EQ(client.get("/metrics").status, 200);
  client.use_key(parts_.credentials.create_key("ana", "other", {"search"}, {}));
  EXPECT_EQ(client.get("/metrics").status, 403);
}

TEST_F(Security, TimingsAreToldToAdministratorsAlone) {
  upload(as("ana"), "name=leave.md", kLeavePolicy);
  make_user("root", "administrator", "internal");
  parts_.library.access->add_member("user:root", "role:reader");
  for (const bool is_told : {false, true}) {
    const Client client = as(is_told ? "root" : "ana");
    const auto found = client.post("/api/v1/search", {{"query", "annual leave"}}).json();
    const auto answer = client.post("/api/v1/ask", {{"question", "How much leave?"}}).json();
    EXPECT_EQ(found.contains("took_ms"), is_told);
    EXPECT_EQ(answer.contains("timings_ms"), is_told);
  }
}

TEST_F(Security, AnUnknownNameIsNotAnsweredWithThoseThatExist) {
  make_user("veronica", "reader", "internal");
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=leave.md", kLeavePolicy);
  const Reply set = ana.put(
      "/api/v1/documents/" + std::to_string(id) + "/access",
      {{"allow", {"user:veronika"}}, {"deny", nlohmann::json::array()}, {"label", "internal"}});
  EXPECT_EQ(set.status, 400);
  EXPECT_EQ(set.body.find("veronica"), std::string::npos) << set.body;
  const Reply accepted = ana.upload("name=b.md&allow=user:veronika", kLeavePolicy);
  const std::string job =
      accepted.status == 202 ? wait_for_job(ana, accepted.json()["job_id"]).dump() : accepted.body;
  EXPECT_EQ(job.find("veronica"), std::string::npos) << job;
}

// --- where somebody may add

TEST_F(Security, AnEditorAddsOnlyWhereTheyCanRead) {
  index::Writer& writer = parts_.library.library->writer();
  writer.set_collection_default("board", {{"user:cora"}, {}, "internal"});
  writer.set_collection_default("handbook", {{"everyone"}, {}, "internal"});
  writer.set_collection_default("vault", {{"everyone"}, {}, "restricted"});
  writer.set_collection_default("quarrel", {{"everyone"}, {"user:ana"}, "internal"});
  const auto status = [&](const std::string& user, const std::string& collection) {
    return as(user).upload("name=leave.md&collection=" + collection, kLeavePolicy).status;
  };
  EXPECT_EQ(status("ana", "handbook"), 202);
  EXPECT_EQ(status("ana", "default"), 202);
  for (const char* closed : {"board", "vault", "quarrel", "not-there"})
    EXPECT_EQ(status("ana", closed), 403) << closed;
  EXPECT_EQ(as("ana").upload("name=a.md&collection=board", "x").json()["detail"],
            as("ana").upload("name=a.md&collection=not-there", "x").json()["detail"]);
  EXPECT_EQ(status("cora", "brand-new"), 202) << "a curator makes collections";
}

TEST_F(Security, ACollectionIsNeitherAPathNorMarkup) {
  const Client cora = as("cora");
  for (const char* bad : {"..%2Fx", "%3Cscript%3E", "a%0Ab", "%1B%5B31m", "a%5Cb", "..", "%20x",
                          "a%2F%2Fb", "%E2%80%AEx", "%C2%9Bx"}) {
    const Reply reply = cora.upload(std::string("name=leave.md&collection=") + bad, kLeavePolicy);
    EXPECT_EQ(reply.status, 400) << bad << " " << reply.body;
  }
  EXPECT_EQ(cora.upload("name=leave.md&collection=hr%2Ft%C3%A9l", kLeavePolicy).status, 202);
}

// --- originals

TEST_F(Security, AnOriginalOfManyPiecesArrivesWhole) {
  const Client ana = as("ana");
  std::string text;
  while (text.size() < 1'500'000) text += "Paragraph " + std::to_string(text.size()) + "\n\n";
  text.resize(1'500'000, ' ');
  const Reply accepted = ana.upload("name=large.txt", text);
  ASSERT_EQ(accepted.status, 202);
  const auto job = wait_for_job(ana, accepted.json()["job_id"]);
  ASSERT_EQ(job["state"], "done") << job.dump();
  const std::int64_t id = ana.get("/api/v1/documents").json()["documents"][0]["document_id"];
  const Reply reply = ana.get("/api/v1/documents/" + std::to_string(id) + "/original");
  EXPECT_EQ(reply.header("content-length"), std::to_string(text.size()));
  EXPECT_TRUE(reply.body == text);
}

}  // namespace
}  // namespace carrel::server
