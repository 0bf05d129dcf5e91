// Claim: role by role, route by route, object by object, nobody gets what the contract does not
// give them. Every route of the table is asked; what is expected of it is written here by hand, and
// a route that is not listed fails, so that a new one cannot go unjudged.
#include <cctype>
#include <map>
#include <set>

#include "server/route.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

using access::Action;

// What stands in a route's {place}.
enum class Object : std::uint8_t { none, document, job, conversation };

struct Rule {
  std::optional<Action> action;  // needed; none: whoever is signed in
  Object object = Object::none;
};

// Below the API. Everything else must be open: pages and assets, the same for everybody.
const std::map<std::string, Rule>& rules() {
  static const std::map<std::string, Rule> all = {
      {"DELETE /api/v1/session", {}},
      {"GET /api/v1/me", {}},
      {"GET /api/v1/openapi.json", {}},
      {"GET /api/v1/collections", {Action::search}},
      {"POST /api/v1/search", {Action::search}},
      {"POST /api/v1/ask", {Action::ask}},
      {"GET /api/v1/documents", {Action::search}},
      {"POST /api/v1/documents", {Action::upload}},
      {"GET /api/v1/documents/{document_id}", {Action::search, Object::document}},
      {"DELETE /api/v1/documents/{document_id}", {std::nullopt, Object::document}},
      {"PUT /api/v1/documents/{document_id}/access", {std::nullopt, Object::document}},
      {"GET /api/v1/documents/{document_id}/versions", {Action::search, Object::document}},
      {"GET /api/v1/documents/{document_id}/chunks", {Action::search, Object::document}},
      {"GET /api/v1/documents/{document_id}/text", {Action::search, Object::document}},
      {"GET /api/v1/documents/{document_id}/pages/{page}/image",
       {Action::search, Object::document}},
      {"GET /api/v1/documents/{document_id}/original", {Action::read_original, Object::document}},
      {"GET /api/v1/jobs", {Action::upload}},
      {"GET /api/v1/jobs/{job_id}", {Action::upload, Object::job}},
      {"DELETE /api/v1/jobs/{job_id}", {Action::upload, Object::job}},
      {"GET /api/v1/me/sessions", {}},
      {"DELETE /api/v1/me/sessions/{session_name}", {}},
      {"GET /api/v1/me/keys", {}},
      {"POST /api/v1/me/keys", {}},
      {"DELETE /api/v1/me/keys/{key_id}", {}},
      {"PUT /api/v1/me/password", {}},
      {"GET /api/v1/me/activity", {}},
      {"GET /api/v1/conversations", {Action::ask}},
      {"DELETE /api/v1/conversations", {Action::ask}},
      {"GET /api/v1/conversations/{conversation_id}", {Action::ask, Object::conversation}},
      {"PUT /api/v1/conversations/{conversation_id}", {Action::ask}},
      {"DELETE /api/v1/conversations/{conversation_id}", {Action::ask, Object::conversation}},
      {"GET /api/v1/suggestions", {Action::ask}},
      {"POST /api/v1/feedback", {Action::ask}},
      {"GET /api/v1/people", {Action::administer}},
      {"POST /api/v1/people", {Action::administer}},
      {"PUT /api/v1/people/{user}", {Action::administer}},
      {"GET /api/v1/groups", {Action::administer}},
      {"POST /api/v1/groups", {Action::administer}},
      {"PUT /api/v1/memberships", {Action::administer}},
      {"GET /api/v1/feedback", {Action::administer}},
      {"GET /api/v1/feedback/export", {Action::administer}},
      {"GET /api/v1/settings", {Action::administer}},
      {"GET /api/v1/audit", {Action::audit}},
      {"GET /api/v1/audit/head", {Action::audit}},
      {"POST /api/v1/audit/verification", {Action::audit}},
  };
  return all;
}

// As DESIGN.md section 4 gives actions to the built-in roles.
const std::map<std::string, std::set<Action>>& people() {
  using enum Action;
  static const std::map<std::string, std::set<Action>> all = {
      {"ben", {search, ask, read_original}},                              // reader
      {"edda", {search, ask, read_original, upload}},                     // editor
      {"cora", {search, ask, read_original, upload, manage_collection}},  // curator
      {"adam", {administer}},                                             // administrator
      {"olaf", {audit}}};                                                 // auditor
  return all;
}

constexpr const char* kCanary = "Xqzwvkolumbrian";

std::string fold(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

class Matrix : public ServerTest {
 protected:
  Matrix() {
    make_user("edda", "editor", "restricted");
    make_user("adam", "administrator", "restricted");
    const std::string word = kCanary;
    const Client ana = as("ana");
    const std::string text = "# " + word + " leave\n\nStaff of " + word +
                             " receive 27 days of annual leave.\n\nIt was written for " + word +
                             " alone.\n";
    parts_.library.library->writer().set_collection_default(word, {{"user:ana"}, {}, "internal"});
    const Reply accepted =
        ana.upload("name=" + word + ".md&collection=" + word + "&label=internal", text);
    job_ = accepted.json()["job_id"];
    wait_for_job(ana, job_);
    const nlohmann::json listed = ana.get("/api/v1/documents").json();
    hidden_ = listed.at("documents").at(0).at("document_id");
    // Questions that ana asked are hers as well.
    ana.post("/api/v1/search", {{"query", "leave of " + word}});
    ana.post("/api/v1/ask", {{"question", "How many days has " + word + "?"}});
  }

  static std::string filled(std::string pattern, const std::string& id) {
    for (std::size_t at = 0; (at = pattern.find('{', at)) != pattern.npos;) {
      const std::size_t end = pattern.find('}', at);
      const bool is_object = pattern.compare(at, end - at, "{page") != 0;
      pattern.replace(at, end - at + 1, is_object ? id : "1");
    }
    return pattern;
  }

  static Reply ask(const Client& client, const Route& route, const std::string& id) {
    std::string body = "{}";
    if (route.pattern.ends_with("/search")) body = R"({"query":"annual leave"})";
    if (route.pattern.ends_with("/ask")) body = R"({"question":"How many days of annual leave?"})";
    if (route.pattern.ends_with("/access")) body = R"({"allow":[],"deny":[],"label":"internal"})";
    return client.send({std::string(route.method),
                        filled(std::string(route.pattern), id),
                        route.method == "GET" ? "" : body,
                        {{"Content-Type", "application/json"}}});
  }

  // Everything that came, but for the request's own number.
  static std::string bytes_of(const Reply& reply) {
    const std::string number = reply.header("x-request-id").value_or("-");
    std::string out = std::to_string(reply.status) + "\n";
    for (const auto& [name, value] : reply.headers) out += name + ": " + value + "\n";
    out += reply.body;
    for (std::size_t at = 0; (at = out.find(number, at)) != out.npos;)
      out.replace(at, number.size(), "#");
    return out;
  }

  void judge(const std::string& who, const Route& route) {
    const std::string name = std::string(route.method) + " " + std::string(route.pattern);
    SCOPED_TRACE(who + ": " + name);
    const Client client = as(who);
    const auto rule = rules().find(name);
    if (rule == rules().end()) {
      if (route.is_api() && name != "POST /api/v1/session")
        ADD_FAILURE() << "say in this file who may do this, and on what";
      EXPECT_EQ(route.auth, Auth::open);
      EXPECT_EQ(fold(bytes_of(ask(client, route, std::to_string(hidden_)))).find(fold(kCanary)),
                std::string::npos);
      return;
    }
    const Object object = rule->second.object;
    const std::int64_t theirs = object == Object::job ? job_ : hidden_;
    const Reply of_hidden = ask(client, route, std::to_string(theirs));
    EXPECT_EQ(fold(bytes_of(of_hidden)).find(fold(kCanary)), std::string::npos)
        << "the canary is in what was received: " << of_hidden.body;
    const bool may = !rule->second.action || people().at(who).contains(*rule->second.action);
    if (!may) {
      EXPECT_EQ(of_hidden.status, 403);
      return;
    }
    EXPECT_NE(of_hidden.status, 401);
    EXPECT_NE(of_hidden.status, 500);
    if (object == Object::none) {
      EXPECT_NE(of_hidden.status, 403);
      return;
    }
    EXPECT_EQ(of_hidden.status, 404);
    const Reply of_absent = ask(client, route, std::to_string(theirs + 1000));
    EXPECT_EQ(bytes_of(of_hidden), bytes_of(of_absent));
  }

  std::int64_t hidden_ = 0;
  std::int64_t job_ = 0;
};

TEST_F(Matrix, NobodyGetsMoreThanTheContractGives) {
  ASSERT_GT(hidden_, 0);
  for (const auto& [who, actions] : people())
    for (const Route& route : routes()) judge(who, route);
}

// The judge must be able to convict: to its owner the same routes do tell the canary.
TEST_F(Matrix, TheOwnerIsToldWhatOthersAreNot) {
  const Client ana = as("ana");
  std::set<std::string> telling;
  for (const Route& route : routes())
    if (route.method == "GET" &&
        fold(bytes_of(ask(ana, route, std::to_string(hidden_)))).find(fold(kCanary)) !=
            std::string::npos)
      telling.insert(std::string(route.pattern));
  for (const char* expected :
       {"/api/v1/documents", "/api/v1/documents/{document_id}",
        "/api/v1/documents/{document_id}/chunks", "/api/v1/documents/{document_id}/text",
        "/api/v1/documents/{document_id}/original", "/api/v1/collections", "/api/v1/jobs"})
    EXPECT_TRUE(telling.contains(expected)) << expected;
}

}  // namespace
}  // namespace carrel::server
