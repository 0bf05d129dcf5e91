// tests/server/client.h
//
// A client that sends exactly the bytes it is given, for tests that must be able to send wrong
// ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file.h"

namespace carrel::server {

struct Reply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // chunks joined

  std::optional<std::string> header(std::string_view lower_case_name) const;
  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  bool send(std::string_view bytes);  // false: the other side has closed
  // All that comes until the other side closes or `time_max` has passed.
  std::string receive_all(std::chrono::milliseconds time_max = std::chrono::seconds(20));
  std::string receive_some();
  Reply receive_reply();
  void close() { socket_ = FileDescriptor(); }

 private:
  FileDescriptor socket_;
  std::string pending_;  // read, but not part of a reply that was returned
};

Reply parse_reply(const std::string& bytes);

struct Ask {
  std::string method = "GET";
  std::string target = "/";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Somebody at a browser or with a key; adds Host, the length, and the credentials.
class Client {
 public:
  explicit Client(std::uint16_t port) : port_(port) {}

  Reply send(const Ask& ask) const;
  Reply get(const std::string& target) const { return send({.target = target}); }
  Reply post(const std::string& target, const nlohmann::json& body,
             const std::string& accept = "application/json") const;
  Reply put(const std::string& target, const nlohmann::json& body) const;
  Reply del(const std::string& target) const { return send({"DELETE", target}); }
  Reply upload(const std::string& query, const std::string& bytes) const;

  // Keeps the session's cookie. False: refused.
  bool sign_in(const std::string& user, const std::string& password);
  void use_key(const std::string& key) { key_ = key; }

  std::string cookie;         // sent as it is, unless empty
  std::string device_cookie;  // of the last sign-in
  bool sends_own_header = true;

 private:
  std::uint16_t port_;
  std::string key_;
};

// (event, data) pairs of a text/event-stream.
std::vector<std::pair<std::string, nlohmann::json>> events_of(const std::string& body);

std::size_t resident_bytes();  // of this process
std::size_t open_descriptors();

}  // namespace carrel::server
