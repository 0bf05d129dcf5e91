// Claims about signing in, keys, cookies and requests that other sites cause.
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class Accounts : public ServerTest {};

TEST_F(Accounts, TheCookieIsOutOfReachOfScriptsAndOtherSites) {
  const Reply reply = nobody().post("/api/v1/session", {{"user", "ana"}, {"password", kPassword}});
  ASSERT_EQ(reply.status, 200);
  const std::string cookie = reply.header("set-cookie").value_or("");
  EXPECT_TRUE(cookie.starts_with("carrel_session="));
  EXPECT_TRUE(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict")) << cookie;
  EXPECT_EQ(reply.json()["user"]["name"], "ana");
}

TEST_F(Accounts, MeSaysWhoOneIsAndWhatOneMayDo) {
  const nlohmann::json me = as("ana").get("/api/v1/me").json();
  EXPECT_EQ(me["name"], "ana");
  EXPECT_EQ(me["clearance"], "internal");
  EXPECT_EQ(me["labels"], nlohmann::json({"public", "internal"}));
  EXPECT_EQ(me["actions"], nlohmann::json({"search", "ask", "read_original", "upload"}));
  EXPECT_EQ(me["roles"], nlohmann::json({"editor"}));
}

TEST_F(Accounts, WrongNameAndWrongPasswordAreToldAlike) {
  Reply unknown = nobody().post("/api/v1/session", {{"user", "zoe"}, {"password", kPassword}});
  Reply wrong = nobody().post("/api/v1/session", {{"user", "ana"}, {"password", "not this one"}});
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.json()["detail"], wrong.json()["detail"]);
  EXPECT_EQ(unknown.json()["code"], wrong.json()["code"]);
  EXPECT_FALSE(unknown.header("set-cookie"));
}

TEST_F(Accounts, SigningOutEndsTheSession) {
  const Client ana = as("ana");
  EXPECT_EQ(ana.del("/api/v1/session").status, 204);
  EXPECT_EQ(ana.get("/api/v1/me").status, 401);
}

TEST_F(Accounts, SigningInAgainEndsTheSessionBefore) {
  Client ana = as("ana");
  const Client before = ana;
  ASSERT_TRUE(ana.sign_in("ana", kPassword));
  EXPECT_NE(ana.cookie, before.cookie);
  EXPECT_EQ(before.get("/api/v1/me").status, 401);
  EXPECT_EQ(ana.get("/api/v1/me").status, 200);
}

TEST_F(Accounts, DisablingSomebodyEndsTheirSessionAtOnce) {
  const Client ana = as("ana");
  parts_.library.access->set_disabled("ana", true);
  EXPECT_EQ(ana.get("/api/v1/me").status, 401);
}

TEST_F(Accounts, ActionsAreNeededBesideASession) {
  // An auditor may neither search nor ask nor upload; a reader may not upload.
  const Client olaf = as("olaf");
  EXPECT_EQ(olaf.post("/api/v1/search", {{"query", "leave"}}).status, 403);
  EXPECT_EQ(olaf.post("/api/v1/ask", {{"question", "leave?"}}).status, 403);
  EXPECT_EQ(olaf.get("/api/v1/documents/1/original").status, 403);
  EXPECT_EQ(as("ben").upload("name=a.txt", "hello there").status, 403);
  EXPECT_EQ(as("ben").post("/api/v1/search", {{"query", "leave"}}).status, 200);
}

TEST_F(Accounts, AKeyDoesNoMoreThanItsScopesAndNeedsNoHeader) {
  Client key(port());
  key.sends_own_header = false;
  key.use_key(parts_.credentials.create_key("ana", "test", {"search"}, std::nullopt));
  EXPECT_EQ(key.post("/api/v1/search", {{"query", "leave"}}).status, 200);
  EXPECT_EQ(key.post("/api/v1/ask", {{"question", "leave?"}}).status, 403);
  EXPECT_EQ(key.get("/api/v1/me").json()["actions"], nlohmann::json({"search"}));
  EXPECT_EQ(key.get("/api/v1/jobs").status, 403);
  Client wrong(port());
  wrong.use_key("carrel_0000000000000000");
  wrong.cookie = as("ana").cookie;
  EXPECT_EQ(wrong.get("/api/v1/me").status, 401) << "a bad key is not made good by a cookie";
}

TEST_F(Accounts, AnotherSiteCannotActWithTheCookie) {
  Client ana = as("ana");
  ana.sends_own_header = false;
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", "leave"}}).status, 403);
  EXPECT_EQ(ana.del("/api/v1/documents/1").status, 403);
  ana.sends_own_header = true;
  const auto with_origin = [&](const std::string& origin) {
    return ana
        .send({"POST",
               "/api/v1/search",
               R"({"query":"leave"})",
               {{"Content-Type", "application/json"}, {"Origin", origin}}})
        .status;
  };
  EXPECT_EQ(with_origin("https://evil.example"), 403);
  EXPECT_EQ(with_origin("null"), 403);
  EXPECT_EQ(with_origin("http://127.0.0.1.evil.example"), 403);
  EXPECT_EQ(with_origin("http://127.0.0.1"), 200);
}

TEST_F(Accounts, AFormOfAnotherSiteCannotSignAnybodyIn) {
  const Reply form = nobody().send({"POST",
                                    "/api/v1/session",
                                    R"({"user":"ana","password":"correct horse battery"})",
                                    {{"Content-Type", "text/plain"}}});
  EXPECT_EQ(form.status, 415);
}

TEST_F(Accounts, BadBodiesAreToldWhatIsWrong) {
  const Client ana = as("ana");
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", ""}}).status, 400);
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", 7}}).status, 400);
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", "a"}, {"tpo", 3}}).status, 400);
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", "a"}, {"top", 1000}}).status, 400);
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", std::string(3000, 'a')}}).status, 400);
  const std::string bomb =
      "{\"query\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}";
  EXPECT_EQ(
      ana.send({"POST", "/api/v1/search", bomb, {{"Content-Type", "application/json"}}}).status,
      400);
  EXPECT_EQ(ana.send({"POST",
                      "/api/v1/search",
                      "{\"query\":\"\xff\"}",
                      {{"Content-Type", "application/json"}}})
                .status,
            400);
  EXPECT_EQ(ana.post("/api/v1/search", {{"query", std::string(100'000, 'a')}}).status, 413);
}

TEST_F(Accounts, SignInsAreRecordedAndFailedNamesCanBeErased) {
  nobody().post("/api/v1/session", {{"user", "my-password"}, {"password", "typed the wrong way"}});
  as("ana");
  const auto records = audit_of("sign_in");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].record.actor, "anonymous");
  EXPECT_EQ(records[0].record.details.find("my-password"), std::string::npos);
  EXPECT_EQ(records[0].words, "my-password");
  EXPECT_EQ(records[1].record.actor, "user:ana");
}

}  // namespace
}  // namespace carrel::server
