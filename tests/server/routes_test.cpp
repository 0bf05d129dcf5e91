// Claims about the route table: it is what the server does, and what OpenAPI says.
#include <set>

#include "core/error.h"
#include "server/openapi.h"
#include "server/route.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

std::string example_of(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      out += pattern[i];
      continue;
    }
    out += '1';
    i = pattern.find('}', i);
  }
  return out;
}

class RouteTable : public ServerTest {};

TEST_F(RouteTable, EveryRouteNeedsASessionUnlessTheTableSaysItIsOpen) {
  std::size_t closed = 0;
  for (const Route& route : routes()) {
    const Reply reply = nobody().send({std::string(route.method),
                                       example_of(route.pattern),
                                       "{}",
                                       {{"Content-Type", "application/json"}}});
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    if (route.auth == Auth::open) {
      EXPECT_NE(reply.status, 401);
      continue;
    }
    ++closed;
    EXPECT_EQ(reply.status, 401);
    EXPECT_EQ(reply.json()["code"], "not_signed_in");
  }
  EXPECT_GE(closed, 17u);
}

// Written by hand from the contract, not from the table: opening another route must be a decision.
TEST_F(RouteTable, OnlySignInIsOpenBelowTheApi) {
  std::vector<std::string> open;
  for (const Route& route : routes())
    if (route.is_api() && route.auth == Auth::open)
      open.push_back(std::string(route.method) + " " + std::string(route.pattern));
  EXPECT_EQ(open, std::vector<std::string>{"POST /api/v1/session"});
}

TEST_F(RouteTable, OpenApiListsExactlyTheApiRoutes) {
  std::set<std::string> expected;
  for (const Route& route : routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    if (route.is_api()) expected.insert(method + " " + std::string(route.pattern));
  }
  const Reply reply = as("ana").get("/api/v1/openapi.json");
  ASSERT_EQ(reply.status, 200);
  const nlohmann::json document = reply.json();
  std::set<std::string> listed;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items()) listed.insert(method + " " + path);
  EXPECT_EQ(listed, expected);
}

TEST_F(RouteTable, EverySchemaThatIsNamedExists) {
  const nlohmann::json document = nlohmann::json::parse(openapi_json());
  std::size_t references = 0;
  const std::function<void(const nlohmann::json&)> visit = [&](const nlohmann::json& node) {
    if (node.is_object() && node.contains("$ref")) {
      ++references;
      const std::string target = node["$ref"].get<std::string>().substr(1);
      EXPECT_TRUE(document.contains(nlohmann::json::json_pointer(target))) << target;
    }
    for (const auto& child : node)
      if (child.is_structured()) visit(child);
  };
  visit(document);
  EXPECT_GT(references, 30u);
}

TEST_F(RouteTable, EveryAnswerCarriesTheSecurityHeaders) {
  for (const std::string target : {"/", "/healthz", "/api/v1/me", "/nowhere", "/app.js"}) {
    SCOPED_TRACE(target);
    const Reply reply = nobody().get(target);
    EXPECT_EQ(reply.header("content-security-policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
              "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
              "frame-ancestors 'none'");
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(reply.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(reply.header("cross-origin-opener-policy"), "same-origin");
    EXPECT_EQ(reply.header("cross-origin-resource-policy"), "same-origin");
  }
  EXPECT_EQ(nobody().get("/api/v1/me").header("cache-control"), "no-store");
}

TEST_F(RouteTable, ProblemsSayWhatWhyAndWhich) {
  const Reply reply = nobody().get("/nowhere");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.header("content-type"), "application/problem+json");
  const nlohmann::json problem = reply.json();
  EXPECT_EQ(problem["status"], 404);
  EXPECT_EQ(problem["code"], "not_found");
  EXPECT_EQ(problem["request_id"], reply.header("x-request-id"));
  EXPECT_FALSE(problem["title"].get<std::string>().empty());
  EXPECT_FALSE(problem["detail"].get<std::string>().empty());
  const Reply wrong_method = nobody().send({"PUT", "/api/v1/session", "{}"});
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.header("allow"), "POST, DELETE");
}

TEST_F(RouteTable, AForeignHostNameIsRefused) {
  RawConnection connection(port());
  connection.send("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  const Reply reply = connection.receive_reply();
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.json()["code"], "bad_host");
}

TEST_F(RouteTable, PagesOfTheUiAreOneFileAndAreRevalidated) {
  const Reply first = nobody().get("/documents/17");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "<!doctype html><title>Carrel</title>");
  EXPECT_EQ(first.header("content-type"), "text/html; charset=utf-8");
  const Reply again =
      nobody().send({"GET", "/ask", "", {{"If-None-Match", first.header("etag").value_or("")}}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(RouteTable, TheScriptIsSentPackedToWhoeverTakesIt) {
  const auto fetch = [&](const std::string& accepted) {
    return nobody().send({"GET", "/app.js", "", {{"Accept-Encoding", accepted}}});
  };
  for (const std::string accepted : {"gzip", "br, gzip;q=0.5", "deflate ,gzip ; q=1"}) {
    EXPECT_EQ(fetch(accepted).body, "packed") << accepted;
    EXPECT_EQ(fetch(accepted).header("content-encoding"), "gzip") << accepted;
  }
  for (const std::string accepted : {"", "br", "gzip;q=0", "gzip; q=0.000", "xgzip", "identity"}) {
    EXPECT_EQ(fetch(accepted).body, "export {};") << accepted;
    EXPECT_FALSE(fetch(accepted).header("content-encoding")) << accepted;
  }
  EXPECT_EQ(fetch("").header("vary"), "Accept-Encoding");
  EXPECT_NE(fetch("").header("etag"), fetch("gzip").header("etag"));
}

TEST(ListenAddress, BeyondThisMachineNeedsAProxy) {
  ServerOptions options;
  options.listen = "0.0.0.0:8080";
  EXPECT_THROW(parse_listen(options), carrel::Error);
  options.behind_proxy = true;
  EXPECT_EQ(parse_listen(options).port, 8080);
  options.behind_proxy = false;
  for (const char* local : {"127.0.0.1:0", "[::1]:8080", "localhost:9"}) {
    options.listen = local;
    EXPECT_TRUE(parse_listen(options).is_loopback) << local;
  }
  for (const char* wrong :
       {"", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:8x"}) {
    options.listen = wrong;
    EXPECT_THROW(parse_listen(options), carrel::Error) << wrong;
  }
}

}  // namespace
}  // namespace carrel::server
