// Claims: no client can make the server take a body for a request, grow its memory, or keep others
// from being answered.
#include <gtest/gtest.h>

#include "server/http_server.h"
#include "tests/server/client.h"

namespace carrel::server {
namespace {

// The real HTTP server around a handler that shows what reached it.
class HttpAttack : public ::testing::Test {
 protected:
  HttpAttack() {
    options_.listen = "127.0.0.1:0";
    options_.workers = 8;
    options_.connections_max = 300;
    options_.json_bytes_max = 1024;
    http_ = std::make_unique<HttpServer>(
        options_, secrets_, [](const HttpHead&) { return 1024; },
        [this](HttpRequest& request) {
          ++handled_;
          HttpResponse response;
          response.content_type = "text/plain";
          response.body = request.head.path == "/secret" ? "SMUGGLED" : std::string(100'000, 'x');
          return response;
        });
    http_->start();
  }
  ~HttpAttack() override { http_->stop(); }

  std::string send(const std::string& bytes) {
    RawConnection connection(http_->port());
    connection.send(bytes);
    return connection.receive_all();
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++n;
    return n;
  }

  const std::string inner_ = "GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ServerOptions options_;
  SystemSecretSource secrets_;
  std::atomic<int> handled_{0};
  std::unique_ptr<HttpServer> http_;
};

TEST_F(HttpAttack, AnOrdinaryRequestIsAnswered) {
  EXPECT_EQ(parse_reply(send(inner_)).body, "SMUGGLED");
  const Reply reply = parse_reply(send("GET /doc HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.size(), 100'000u);
  EXPECT_EQ(reply.header("connection"), "close");
}

TEST_F(HttpAttack, AChunkedBodyPastTheLimitIsRefusedUnread) {
  const std::string reply =
      send("POST /up HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nF4240\r\n" +
           std::string(1'000'000, 'A') + "\r\n0\r\n\r\n");
  EXPECT_EQ(parse_reply(reply).status, 400);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpAttack, ABodyOverTheLimitIsRefusedUnread) {
  const std::string reply =
      send("POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n" +
           std::string(2000, 'A'));
  EXPECT_EQ(parse_reply(reply).status, 413);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpAttack, LengthBesideChunksSmugglesNothing) {
  const std::string reply = send(
      "POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n" +
      inner_);
  EXPECT_EQ(count(reply, "HTTP/1.1 "), 1u);
  EXPECT_EQ(count(reply, "SMUGGLED"), 0u);
}

TEST_F(HttpAttack, TwoLengthsSmuggleNothing) {
  const std::string length = "Content-Length: " + std::to_string(inner_.size()) + "\r\n";
  const std::string reply =
      send("POST /up HTTP/1.1\r\nHost: localhost\r\n" + length + length + "\r\n" + inner_);
  EXPECT_EQ(count(reply, "HTTP/1.1 "), 1u);
  EXPECT_EQ(count(reply, "SMUGGLED"), 0u);
}

TEST_F(HttpAttack, ALateBodyOfARefusedRequestIsNotANextRequest) {
  RawConnection connection(http_->port());
  const std::string length = "Content-Length: " + std::to_string(inner_.size()) + "\r\n";
  connection.send("POST /up HTTP/1.1\r\nHost: localhost\r\n" + length + length + "\r\n");
  std::string reply = connection.receive_some();  // the refusal is here before the body is sent
  connection.send(inner_);
  reply += connection.receive_all();
  EXPECT_EQ(count(reply, "HTTP/1.1 "), 1u);
  EXPECT_EQ(count(reply, "SMUGGLED"), 0u);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpAttack, APipelinedRequestIsDiscarded) {
  const std::string reply = send("GET /doc HTTP/1.1\r\nHost: localhost\r\n\r\n" + inner_);
  EXPECT_EQ(count(reply, "HTTP/1.1 "), 1u);
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpAttack, AHeaderLineOf30MegabytesCostsNoMemory) {
  const std::size_t before = resident_bytes();
  RawConnection connection(http_->port());
  connection.send("GET /doc HTTP/1.1\r\nHost: localhost\r\nX: ");
  const std::string megabyte(1'000'000, 'B');
  for (int i = 0; i < 30 && connection.send(megabyte); ++i) {
  }
  EXPECT_LT(resident_bytes(), before + (8u << 20));
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpAttack, AHundredThousandHeaderLinesCostNoMemory) {
  const std::size_t before = resident_bytes();
  RawConnection connection(http_->port());
  connection.send("GET /doc HTTP/1.1\r\nHost: localhost\r\n");
  std::string lines;
  for (int i = 0; i < 1000; ++i)
    lines += "X-" + std::to_string(i) + ": " + std::string(50, 'v') + "\r\n";
  for (int i = 0; i < 100 && connection.send(lines); ++i) {
  }
  EXPECT_LT(resident_bytes(), before + (8u << 20));
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpAttack, FourHundredRangesAreRefused) {
  std::string ranges = "0-";
  for (int i = 1; i < 400; ++i) ranges += ",0-";
  const std::string reply =
      send("GET /doc HTTP/1.1\r\nHost: localhost\r\nRange: bytes=" + ranges + "\r\n\r\n");
  EXPECT_EQ(parse_reply(reply).status, 416);
  EXPECT_LT(reply.size(), 4096u);
}

// More dripping and idle connections than there are workers: none of them holds one. The healthy
// request is answered while every one of them is still open.
TEST_F(HttpAttack, DrippingAndIdleConnectionsHoldNobodyUp) {
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 200; ++i) slow.push_back(std::make_unique<RawConnection>(http_->port()));
  for (int i = 0; i < 40; ++i) slow[static_cast<std::size_t>(i)]->send("GET /secret HT");
  for (int i = 40; i < 60; ++i)
    slow[static_cast<std::size_t>(i)]->send(
        "POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_EQ(parse_reply(send(inner_)).body, "SMUGGLED");
  EXPECT_EQ(handled_, 1);
  slow[0]->send("TP/1.1\r\nHost: localhost\r\n\r\n");  // still open: it can yet finish
  EXPECT_EQ(parse_reply(slow[0]->receive_all()).body, "SMUGGLED");
}

TEST_F(HttpAttack, MoreConnectionsThanAllowedMakeRoomForNewOnes) {
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 400; ++i) idle.push_back(std::make_unique<RawConnection>(http_->port()));
  EXPECT_EQ(parse_reply(send(inner_)).body, "SMUGGLED");
}

TEST_F(HttpAttack, NoDescriptorIsLeaked) {
  send(inner_);
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    send(inner_);
    send("BAD\r\n\r\n");
    RawConnection(http_->port()).send("GET / HT");
  }
  // Whoever left without a whole request is noticed by the loop, in its own time.
  for (int i = 0; i < 500 && open_descriptors() > before; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_LE(open_descriptors(), before);
}

}  // namespace
}  // namespace carrel::server
