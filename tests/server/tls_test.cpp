// Claims: the listener speaks TLS 1.2 and later and nothing else, under the same bounds as in the
// clear; a new certificate comes into use without touching open connections, and one that cannot be
// used changes nothing.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "core/error.h"
#include "server/http_server.h"
#include "tests/server/tls_client.h"
#include "tests/support/testing.h"

namespace carrel::server {
namespace {

class TlsListener : public ::testing::Test {
 protected:
  TlsListener() : files_(make_certificate(folder_.path(), "server", "first")) {
    options_.listen = "127.0.0.1:0";
    options_.json_bytes_max = 1024;
    options_.head_time_max = std::chrono::milliseconds(1500);
    options_.tls_certificate = files_.certificate;
    options_.tls_key = files_.key;
    http_ = std::make_unique<HttpServer>(
        options_, secrets_,
        HttpHooks{.body_bytes_max = [](const HttpHead&) { return 1U << 20; },
                  .is_instant = [](const HttpHead& head) { return head.path == "/instant"; },
                  .handle = [this](HttpRequest& request) { return answer(request); }});
    http_->start();
  }
  ~TlsListener() override { http_->stop(); }

  HttpResponse answer(HttpRequest& request) {
    ++handled_;
    HttpResponse response;
    response.content_type = "text/plain";
    if (request.head.path == "/large") response.body = std::string(3'000'000, 'x');
    if (request.head.path == "/echo") {
      std::array<char, 4096> bytes;
      while (const std::size_t n = request.body->read(bytes)) response.body.append(bytes.data(), n);
    }
    if (request.head.path == "/stream")
      response.stream = [](BodySink& sink) {
        for (int i = 0; i < 3; ++i) sink.write("piece\n");
      };
    if (request.head.path == "/instant") response.body = "at once";
    return response;
  }
  static std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  testing::TempDir folder_;
  CertificateFiles files_;
  ServerOptions options_;
  SystemSecretSource secrets_;
  std::atomic<int> handled_{0};
  std::unique_ptr<HttpServer> http_;
};

TEST_F(TlsListener, ServesManyRequestsOnOneConnection) {
  TlsConnection connection(http_->port());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(connection.send(get(i % 2 == 0 ? "/instant" : "/large")));
    const Reply reply = connection.receive_reply();
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body.size(), i % 2 == 0 ? 7u : 3'000'000u);
    EXPECT_EQ(reply.header("connection"), "keep-alive");
  }
  EXPECT_EQ(handled_, 20);
}

TEST_F(TlsListener, CarriesLargeBodiesAndStreams) {
  TlsConnection connection(http_->port());
  const std::string body(300'000, 'b');
  connection.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" +
                  body);
  EXPECT_EQ(connection.receive_reply().body, body);
  connection.send("GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(parse_reply(connection.receive_all()).body, "piece\npiece\npiece\n");
}

TEST_F(TlsListener, SpeaksTls12And13ButNothingOlder) {
  EXPECT_NO_THROW(TlsConnection(http_->port(), TLS1_2_VERSION));
  EXPECT_NO_THROW(TlsConnection(http_->port(), TLS1_3_VERSION));
  EXPECT_THROW(TlsConnection(http_->port(), TLS1_1_VERSION), std::runtime_error);
  EXPECT_THROW(TlsConnection(http_->port(), TLS1_VERSION), std::runtime_error);
}

TEST_F(TlsListener, TellsAClientOfPlainHttpWhatIsSpokenHere) {
  RawConnection plain(http_->port());
  plain.send(get("/instant"));
  const Reply reply = parse_reply(plain.receive_all());
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("HTTPS"), std::string::npos);
  EXPECT_EQ(handled_, 0);
}

TEST_F(TlsListener, ClosesOnWhoNeverFinishesTheHandshake) {
  RawConnection silent(http_->port());
  RawConnection half(http_->port());
  half.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00", 7));  // a ClientHello that never ends
  TlsConnection honest(http_->port());
  honest.send(get("/instant"));
  EXPECT_EQ(honest.receive_reply().body, "at once");
  EXPECT_EQ(silent.receive_all(std::chrono::seconds(20)), "");
  EXPECT_EQ(half.receive_all(std::chrono::seconds(20)), "");
}

TEST_F(TlsListener, HoldsTheSameBoundsInside) {
  TlsConnection smuggler(http_->port());
  smuggler.send(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n" +
      get("/instant"));
  const std::string reply = smuggler.receive_all();
  EXPECT_EQ(parse_reply(reply).status, 400);
  EXPECT_EQ(handled_, 0);
  TlsConnection flood(http_->port());
  flood.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
  const std::string megabyte(1'000'000, 'B');
  for (int i = 0; i < 10 && flood.send(megabyte); ++i) {
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(TlsListener, TakesUpANewCertificateAndKeepsOpenConnections) {
  TlsConnection before(http_->port());
  EXPECT_EQ(before.certificate_name(), "first");
  EXPECT_FALSE(http_->reload_certificate(/*only_if_changed=*/true));
  make_certificate(folder_.path(), "server", "second");
  EXPECT_TRUE(http_->reload_certificate(/*only_if_changed=*/true));
  EXPECT_EQ(TlsConnection(http_->port()).certificate_name(), "second");
  before.send(get("/instant"));
  EXPECT_EQ(before.receive_reply().body, "at once");
}

TEST_F(TlsListener, KeepsTheOldCertificateWhenTheNewOneCannotBeUsed) {
  const CertificateFiles other = make_certificate(folder_.path(), "other", "other");
  const auto before = std::filesystem::last_write_time(files_.key);
  std::filesystem::copy_file(other.key, files_.key,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::last_write_time(files_.key, before);  // as within one tick of the clock
  EXPECT_THROW(http_->reload_certificate(true), Error);  // key and certificate do not match
  EXPECT_FALSE(http_->reload_certificate(true));         // said once, not every few seconds
  EXPECT_EQ(TlsConnection(http_->port()).certificate_name(), "first");
}

TEST_F(TlsListener, ASlowReaderHoldsNoWorker) {
  std::vector<std::unique_ptr<TlsConnection>> slow;
  for (std::size_t i = 0; i < options_.threads() + 8; ++i) {
    slow.push_back(std::make_unique<TlsConnection>(http_->port()));
    slow.back()->send(get("/large"));  // and reads nothing
  }
  TlsConnection honest(http_->port());
  honest.send(get("/large"));
  EXPECT_EQ(honest.receive_reply().body.size(), 3'000'000u);
  EXPECT_EQ(slow.front()->receive_reply().body.size(), 3'000'000u);  // it gets all of it yet
}

TEST(TlsFiles, WhatCannotBeUsedIsNamed) {
  const testing::TempDir folder;
  const CertificateFiles files = make_certificate(folder.path(), "a", "a");
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  SystemSecretSource secrets;
  const auto reason = [&](const std::string& certificate, const std::string& key) {
    options.tls_certificate = certificate;
    options.tls_key = key;
    try {
      HttpServer(options, secrets, {}).start();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_NE(reason(folder / "absent.crt", files.key).find("absent.crt cannot be used: No such"),
            std::string::npos);
  EXPECT_NE(reason(files.key, files.key).find("the TLS certificate"), std::string::npos);
  EXPECT_NE(reason(files.certificate, "").find("both"), std::string::npos);
}

}  // namespace
}  // namespace carrel::server
