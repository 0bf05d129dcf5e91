// Claims: no client can make the server take a body for a request, grow its memory, or keep others
// from being answered.
#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "core/error.h"
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
    options_.requests_per_connection_max = 20;
    restart();
  }
  ~HttpAttack() override {
    may_go_ = true;
    http_->stop();
  }

  void restart() {
    if (http_ != nullptr) http_->stop();
    http_ = std::make_unique<HttpServer>(
        options_, secrets_,
        HttpHooks{.body_bytes_max =
                      [](const HttpHead& head) {
                        return head.path == "/read" || head.path == "/unread" ? 1U << 20 : 1024U;
                      },
                  .is_instant = [](const HttpHead& head) { return head.path == "/instant"; },
                  .handle =
                      [this](HttpRequest& request) {
                        ++handled_;
                        return answer(request);
                      }});
    http_->start();
  }

  // Five threads instead of a hundred.
  void few_workers() {
    options_.workers = 4;
    options_.compute_max = 1;
    options_.drawings_max = options_.compute_waiting_max = options_.streams_max = 0;
    options_.uploads_max = options_.sign_ins_max = options_.sign_ins_waiting_max = 0;
  }

  HttpResponse answer(HttpRequest& request) {
    const std::string& path = request.head.path;
    HttpResponse response;
    response.content_type = "text/plain";
    if (path == "/secret") response.body = "SMUGGLED";
    if (path == "/doc") response.body = std::string(100'000, 'x');
    if (path == "/huge") response.body = std::string(8'000'000, 'h');
    if (path.starts_with("/pull")) {
      response.pulled_bytes = 5'000'000;
      response.pull = [left = std::size_t{5'000'000},
                       breaks = path == "/pull-broken"](std::span<char> out) mutable {
        if (breaks && left < 1'000'000) throw Error(ErrorCode::corrupt, "torn");
        const std::size_t n = std::min(out.size(), left);
        std::fill_n(out.begin(), n, 'p');
        left -= n;
        return n;
      };
    }
    if (path == "/read") {
      try {
        std::array<char, 4096> bytes;
        while (request.body->read(bytes) > 0) {
        }
        read_outcome_ = "whole";
      } catch (const Error& error) {
        read_outcome_ = name_of(error.code());
      }
    }
    while (path == "/wait" && !may_go_) std::this_thread::yield();
    return response;
  }

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

  const std::string inner_ = "GET /secret HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  ServerOptions options_;
  SystemSecretSource secrets_;
  std::atomic<int> handled_{0};
  std::atomic<bool> may_go_{false};
  std::string read_outcome_;
  std::unique_ptr<HttpServer> http_;
};

TEST_F(HttpAttack, AnOrdinaryRequestIsAnswered) {
  EXPECT_EQ(parse_reply(send(inner_)).body, "SMUGGLED");
  const Reply reply =
      parse_reply(send("GET /doc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
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

TEST_F(HttpAttack, OneConnectionServesManyRequestsUpToABound) {
  RawConnection connection(http_->port());
  const std::string request = "GET /instant HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (std::size_t i = 1; i <= options_.requests_per_connection_max; ++i) {
    ASSERT_TRUE(connection.send(request));
    const Reply reply = connection.receive_reply();
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("connection"),
              i < options_.requests_per_connection_max ? "keep-alive" : "close");
  }
  EXPECT_EQ(connection.receive_some(), "");
}

// Sent one after the other: the second is refused, and what stands behind it in the same bytes is
// not looked at.
TEST_F(HttpAttack, ARefusedRequestEndsAKeptConnection) {
  for (const std::string bad :
       {"POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\nhello",
        "POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nhello",
        "GET /doc HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
        "GET /doc HTTP/1.1\nHost: localhost\n\n", "GET  /doc HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /doc HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /doc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"}) {
    SCOPED_TRACE(bad);
    handled_ = 0;
    RawConnection connection(http_->port());
    connection.send("GET /instant HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_EQ(connection.receive_reply().status, 200);
    connection.send(bad + inner_);
    const std::string rest = connection.receive_all();
    EXPECT_EQ(parse_reply(rest).status / 100, 4);
    EXPECT_EQ(count(rest, "HTTP/1.1 "), 1u);
    EXPECT_EQ(count(rest, "SMUGGLED"), 0u);
    EXPECT_EQ(handled_, 1);
  }
}

TEST_F(HttpAttack, ABodyThatWasNotReadEndsTheConnection) {
  RawConnection connection(http_->port());
  connection.send("POST /doc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n");
  connection.send(std::string(900, 'b'));
  EXPECT_EQ(connection.receive_reply().header("connection"),
            "keep-alive");  // small: it was awaited
  connection.send("POST /unread HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nhalf");
  EXPECT_EQ(connection.receive_reply().header("connection"), "close");
}

// More slow readers than there are workers, each with an answer that no socket buffer holds.
TEST_F(HttpAttack, SlowReadersHoldNoWorker) {
  few_workers();
  restart();
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (std::size_t i = 0; i < options_.threads() + 8; ++i) {
    slow.push_back(std::make_unique<RawConnection>(http_->port()));
    slow.back()->send("GET /huge HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  // Each has its answer in memory and none has read it: only now are the workers free again.
  while (handled_ < static_cast<int>(slow.size())) std::this_thread::yield();
  EXPECT_EQ(parse_reply(send(inner_)).body, "SMUGGLED");
  EXPECT_EQ(parse_reply(slow.back()->receive_all()).body.size(), 8'000'000u);
}

TEST_F(HttpAttack, WhoReadsTooSlowlyIsCutOff) {
  options_.stall_time_max = std::chrono::milliseconds(200);
  options_.bytes_per_second_min = 1 << 30;
  restart();
  RawConnection slow(http_->port());
  slow.send("GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (http_->open_connections() == 0) std::this_thread::yield();
  while (http_->open_connections() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_LT(slow.receive_all().size(), 8'000'000u);
}

// A drip that never stalls, and yet would hold its place for hours.
TEST_F(HttpAttack, ABodyBelowTheLeastRateIsGivenUp) {
  options_.stall_time_max = std::chrono::milliseconds(400);
  options_.bytes_per_second_min = 100'000;
  restart();
  RawConnection drip(http_->port());
  drip.send("POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 100 && read_outcome_.empty(); ++i) {
    drip.send("b");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(read_outcome_, "deadline");
}

TEST_F(HttpAttack, PulledAnswersArriveWholeAndAFailingOneIsCutShort) {
  const Reply whole =
      parse_reply(send("GET /pull HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(whole.body.size(), 5'000'000u);
  EXPECT_EQ(std::count(whole.body.begin(), whole.body.end(), 'p'), 5'000'000);
  const Reply cut = parse_reply(
      send("GET /pull-broken HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(cut.header("content-length"), "5000000");
  EXPECT_LT(cut.body.size(), 5'000'000u);
}

TEST_F(HttpAttack, AHeadRequestGetsNoBody) {
  RawConnection connection(http_->port());
  connection.send("HEAD /doc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const Reply reply = parse_reply(connection.receive_all());
  EXPECT_EQ(reply.header("content-length"), "100000");
  EXPECT_EQ(reply.body, "");
}

TEST_F(HttpAttack, IdleConnectionsAreClosedInTheirTime) {
  options_.idle_time_max = std::chrono::milliseconds(300);
  restart();
  RawConnection connection(http_->port());
  connection.send("GET /instant HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(connection.receive_reply().status, 200);
  EXPECT_EQ(connection.receive_all(), "");
}

TEST_F(HttpAttack, AFullQueueIsTold) {
  few_workers();
  options_.queue_max = 1;
  restart();
  std::vector<std::unique_ptr<RawConnection>> busy;
  const std::size_t all = options_.threads() + options_.queue_max;
  for (std::size_t i = 0; i < all; ++i) {
    busy.push_back(std::make_unique<RawConnection>(http_->port()));
    busy.back()->send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (handled_ < static_cast<int>(std::min(i + 1, options_.threads())))
      std::this_thread::yield();
  }
  Reply reply;
  for (int i = 0; i < 100 && reply.status != 503; ++i)  // the last may still be on its way in
    reply = parse_reply(send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.header("retry-after"), "2");
  // What is answered from memory needs no worker.
  RawConnection health(http_->port());
  health.send("GET /instant HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(health.receive_reply().status, 200);
  may_go_ = true;
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
  slow[0]->send(
      "TP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");  // still open: it can yet finish
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
