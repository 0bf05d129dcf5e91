// Claims about what administrators, auditors and people themselves do over HTTP, and who may not.
#include "server/route.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class Administration : public ServerTest {
 protected:
  Administration() { make_user("dora", "administrator", "internal"); }
};

TEST_F(Administration, SomebodyNewCanSignInAndIsShutOutAtOnce) {
  const Client dora = as("dora");
  EXPECT_EQ(dora.post("/api/v1/people", {{"name", "eve"}, {"password", "short"}}).status, 400);
  ASSERT_EQ(dora.post("/api/v1/people", {{"name", "eve"},
                                         {"password", kPassword},
                                         {"clearance", "public"},
                                         {"roles", {"reader"}}})
                .status,
            201);
  const Client eve = as("eve");
  EXPECT_EQ(eve.get("/api/v1/me").status, 200);
  ASSERT_EQ(dora.put("/api/v1/people/eve", {{"is_disabled", true}}).status, 204);
  EXPECT_EQ(eve.get("/api/v1/me").status, 401);
}

TEST_F(Administration, GroupsAndRolesAreInForceForTheNextRequest) {
  const Client dora = as("dora");
  ASSERT_EQ(dora.post("/api/v1/groups", {{"name", "finance"}}).status, 204);
  const nlohmann::json in = {{"member", "user:ben"}, {"of", "group:finance"}, {"is_member", true}};
  ASSERT_EQ(dora.put("/api/v1/memberships", in).status, 204);
  const Client ben = as("ben");
  EXPECT_EQ(ben.get("/api/v1/me").json()["groups"], nlohmann::json({"finance"}));
  nlohmann::json out = in;
  out["is_member"] = false;
  ASSERT_EQ(dora.put("/api/v1/memberships", out).status, 204);
  EXPECT_EQ(ben.get("/api/v1/me").json()["groups"].size(), 0u);
  EXPECT_EQ(dora.get("/api/v1/groups").json()["groups"][0]["name"], "finance");
}

TEST_F(Administration, NobodyRaisesThemselves) {
  const Client dora = as("dora");
  EXPECT_EQ(dora.put("/api/v1/people/dora", {{"clearance", "restricted"}}).status, 409);
  EXPECT_EQ(dora.put("/api/v1/people/DORA", {{"clearance", "restricted"}}).status, 409);
  ASSERT_EQ(dora.post("/api/v1/groups", {{"name", "board"}}).status, 204);
  const auto join = [&](const std::string& member, const std::string& of) {
    return dora.put("/api/v1/memberships", {{"member", member}, {"of", of}, {"is_member", true}})
        .status;
  };
  EXPECT_EQ(join("user:dora", "group:board"), 409);
  EXPECT_EQ(join("dora", "group:board"), 409);
  parts_.library.access->create_group("office");
  parts_.library.access->add_member("user:dora", "group:office");
  EXPECT_EQ(join("group:office", "group:board"), 409);
  EXPECT_EQ(join("group:OFFICE", "group:board"), 409);
}

// A row of the table that needs an action refuses all who lack it, whatever the object.
TEST_F(Administration, EachRoleReachesItsRoutesOnly) {
  for (const char* user : {"ana", "ben", "cora", "olaf", "dora"}) {
    const Client client = as(user);
    const auto found = parts_.library.access->find_user(user);
    for (const Route& route : routes()) {
      if (!route.is_api() || !route.action || route.body == Body::upload) continue;
      if (found->actions.contains(*route.action)) continue;
      std::string target(route.pattern);
      for (std::size_t at; (at = target.find('{')) != std::string::npos;)
        target.replace(at, target.find('}') - at + 1, "1");
      const Reply reply = client.send({std::string(route.method),
                                       target,
                                       route.body == Body::json ? "{}" : "",
                                       {{"Content-Type", "application/json"}}});
      EXPECT_EQ(reply.status, 403) << user << " " << route.method << " " << route.pattern;
    }
  }
}

TEST_F(Administration, AuditorsSeeAndVerifyTheRecordButNoDocument) {
  const Client ana = as("ana");
  const std::int64_t document = upload(ana, "name=leave.md", kLeavePolicy);
  ana.post("/api/v1/ask", {{"question", "How many days of leave?"}});
  const Client olaf = as("olaf");
  const Reply plain = olaf.get("/api/v1/audit?action=ask&limit=10");
  ASSERT_EQ(plain.status, 200) << plain.body;
  EXPECT_GE(plain.json()["records"].size(), 3u);
  EXPECT_EQ(plain.body.find("How many days"), std::string::npos);
  EXPECT_NE(olaf.get("/api/v1/audit?action=ask&words=1").body.find("How many days"),
            std::string::npos);
  EXPECT_EQ(plain.body.find("27 days"), std::string::npos);
  EXPECT_EQ(olaf.get("/api/v1/documents/" + std::to_string(document)).status, 403);
  const nlohmann::json head = olaf.get("/api/v1/audit/head").json();
  const nlohmann::json verdict = olaf.post("/api/v1/audit/verification", {{"head", head}}).json();
  EXPECT_EQ(verdict["ok"], true);
  EXPECT_EQ(verdict["against_exported_head"], true);
  EXPECT_FALSE(audit_of("audit.read").empty()) << "looking is recorded too";
}

TEST_F(Administration, PagesOfTheRecordJoinWithoutGapOrRepetition) {
  const Client olaf = as("olaf");
  for (int i = 0; i < 7; ++i) olaf.get("/api/v1/audit?limit=1");
  std::int64_t last = 0;
  std::string next;
  std::size_t pages = 0;
  for (; pages < 50; ++pages) {
    const nlohmann::json page = olaf.get("/api/v1/audit?action=audit.read&limit=3" + next).json();
    for (const auto& record : page["records"]) {
      const std::int64_t id = record["id"];
      if (last != 0) {
        EXPECT_LT(id, last);
      }
      last = id;
    }
    if (page["next"].is_null()) break;
    next = "&before=" + page["next"].dump();
  }
  EXPECT_LT(pages, 50u);
}

class Account : public ServerTest {};

TEST_F(Account, SessionsAreListedAndEndedOneByOne) {
  const Client here = as("ana");
  const Client there = as("ana");
  const nlohmann::json sessions = here.get("/api/v1/me/sessions").json()["sessions"];
  ASSERT_EQ(sessions.size(), 2u);
  std::string other;
  for (const auto& session : sessions)
    if (!session["is_current"].get<bool>()) other = session["id"];
  ASSERT_FALSE(other.empty());
  EXPECT_EQ(as("ben").del("/api/v1/me/sessions/" + other).status, 404) << "not ben's";
  EXPECT_EQ(here.del("/api/v1/me/sessions/" + other).status, 204);
  EXPECT_EQ(there.get("/api/v1/me").status, 401);
  EXPECT_EQ(here.get("/api/v1/me").status, 200);
}

TEST_F(Account, AKeyWorksUntilRevokedAndMakesNoOther) {
  const Client ana = as("ana");
  EXPECT_EQ(ana.post("/api/v1/me/keys", {{"name", "x"}, {"scopes", {"administer"}}}).status, 403);
  const Reply made = ana.post("/api/v1/me/keys", {{"name", "script"}, {"scopes", {"search"}}});
  ASSERT_EQ(made.status, 201) << made.body;
  Client script(port());
  script.use_key(made.json()["key"]);
  EXPECT_EQ(script.get("/api/v1/collections").status, 200);
  EXPECT_EQ(script.post("/api/v1/ask", {{"question", "leave?"}}).status, 403);
  EXPECT_EQ(script.post("/api/v1/me/keys", {{"name", "y"}, {"scopes", {"search"}}}).status, 403);
  EXPECT_EQ(script.get("/api/v1/me/sessions").status, 403);
  const nlohmann::json keys = ana.get("/api/v1/me/keys").json()["keys"];
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(ana.del("/api/v1/me/keys/" + keys[0]["key_id"].dump()).status, 204);
  EXPECT_EQ(script.get("/api/v1/collections").status, 401);
}

TEST_F(Account, ANewPasswordNeedsTheOldOneAndEndsAllSessions) {
  const Client ana = as("ana");
  const auto change = [&](const std::string& old_password) {
    return ana
        .put("/api/v1/me/password",
             {{"old_password", old_password}, {"new_password", "another long password"}})
        .status;
  };
  EXPECT_EQ(change("not the password"), 403);
  EXPECT_EQ(change(kPassword), 204);
  EXPECT_EQ(ana.get("/api/v1/me").status, 401);
  Client again(port());
  EXPECT_FALSE(again.sign_in("ana", kPassword));
  EXPECT_TRUE(again.sign_in("ana", "another long password"));
}

TEST_F(Account, ActivityIsOnesOwn) {
  const Client ana = as("ana");
  ana.post("/api/v1/search", {{"query", "leave of absence"}});
  as("ben").post("/api/v1/search", {{"query", "a secret of ben"}});
  const std::string seen = ana.get("/api/v1/me/activity").body;
  EXPECT_NE(seen.find("leave of absence"), std::string::npos);
  EXPECT_EQ(seen.find("a secret of ben"), std::string::npos);
}

}  // namespace
}  // namespace carrel::server
