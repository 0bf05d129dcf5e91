// Claim: a head that two readers could understand in two ways is refused.
#include "server/http_head.h"

#include <gtest/gtest.h>

namespace carrel::server {
namespace {

int status_of(std::string_view head) {
  const auto parsed = parse_head(head);
  if (const auto* refusal = std::get_if<HttpRefusal>(&parsed)) return refusal->status;
  return 200;
}

std::string get_with(const std::string& lines) {
  return "GET /a HTTP/1.1\r\nHost: localhost\r\n" + lines + "\r\n";
}

std::string post_with(const std::string& lines) {
  return "POST /a HTTP/1.1\r\nHost: localhost\r\n" + lines + "\r\n";
}

TEST(HttpHead, ReadsAPlainRequest) {
  const auto parsed =
      parse_head("GET /a/b?x=1 HTTP/1.1\r\nHost: localhost:80\r\nAccept:  */* \r\n\r\n");
  const auto& head = std::get<HttpHead>(parsed);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.path, "/a/b");
  EXPECT_EQ(head.query, "x=1");
  EXPECT_EQ(head.header("accept"), "*/*");
  EXPECT_EQ(head.minor_version, 1);
}

TEST(HttpHead, RefusesWhatSmugglingNeeds) {
  EXPECT_EQ(status_of(post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Transfer-Encoding: chunked\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Transfer-encoding : chunked\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Content-Length: 5\r\nContent-Length: 5\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Content-Length: 5, 5\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Content-Length: +5\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Content-Length: 0x5\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Content-Length: 99999999999999999999999\r\n")), 400);
  EXPECT_EQ(status_of(post_with("Content-Length:\r\n")), 400);
  EXPECT_EQ(status_of(post_with("X: a\r\n folded\r\nContent-Length: 0\r\n")), 400);
  EXPECT_EQ(status_of("POST /a HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n\r\n\r\n"), 400);
  EXPECT_EQ(status_of(get_with("Content-Length: 5\r\n")), 400);
  EXPECT_EQ(status_of(post_with("")), 411);
  EXPECT_EQ(status_of(post_with("Content-Encoding: gzip\r\nContent-Length: 5\r\n")), 415);
}

TEST(HttpHead, RefusesOtherTargetsThanPaths) {
  EXPECT_EQ(status_of("GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("CONNECT evil:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 501);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
}

TEST(HttpHead, NeedsExactlyOneHost) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of(get_with("Host: other\r\n")), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), 400);
  EXPECT_EQ(host_name_of("[::1]:8080"), "[::1]");
  EXPECT_EQ(host_name_of("LocalHost:1"), "localhost");
  EXPECT_EQ(host_name_of("a:99999999"), std::nullopt);
}

TEST(HttpHead, RefusesRangesAndTooManyHeaders) {
  EXPECT_EQ(status_of(get_with("Range: bytes=0-,0-,0-\r\n")), 416);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
  EXPECT_EQ(status_of(get_with(many)), 431);
}

TEST(HttpHead, DecodesQueriesAndRefusesMalformedOnes) {
  const auto query = parse_query("name=a%20b+c&allow=x&allow=%C3%A9&empty");
  ASSERT_TRUE(query);
  const Fields expected = {{"name", "a b c"}, {"allow", "x"}, {"allow", "é"}, {"empty", ""}};
  EXPECT_EQ(*query, expected);
  for (const char* wrong : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff"})
    EXPECT_EQ(parse_query(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace carrel::server
