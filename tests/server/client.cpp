#include "tests/server/client.h"

#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carrel::server {

std::optional<std::string> Reply::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers)
    if (name == lower_case_name) return value;
  return std::nullopt;
}

RawConnection::RawConnection(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    throw std::runtime_error("cannot connect");
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string RawConnection::receive_all(std::chrono::milliseconds time_max) {
  const auto deadline = std::chrono::steady_clock::now() + time_max;
  std::string out;
  std::array<char, 65536> bytes;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd poll_on{socket_.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&poll_on, 1, static_cast<int>(left.count())) != 1) return out;
    const ssize_t n = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (n <= 0) return out;
    out.append(bytes.data(), static_cast<std::size_t>(n));
  }
}

std::string RawConnection::receive_some() {
  std::array<char, 65536> bytes;
  const ssize_t n = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  return n > 0 ? std::string(bytes.data(), static_cast<std::size_t>(n)) : std::string();
}

// One answer by its own framing, so that the connection may stay open behind it.
Reply RawConnection::receive_reply() {
  const auto until = [&](std::size_t size) {
    while (pending_.size() < size) {
      const std::string more = receive_some();
      if (more.empty()) return false;
      pending_ += more;
    }
    return true;
  };
  std::size_t head = 0;
  while ((head = pending_.find("\r\n\r\n")) == std::string::npos)
    if (!until(pending_.size() + 1)) return {};
  Reply reply = parse_reply(pending_.substr(0, head + 4));
  std::size_t size = head + 4 + std::stoul(reply.header("content-length").value_or("0"));
  if (reply.header("transfer-encoding") == "chunked") {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n0\r\n\r\n", head)) == std::string::npos)
      if (!until(pending_.size() + 1)) return {};
    size = end + 7;
  }
  if (!until(size)) return {};
  reply = parse_reply(pending_.substr(0, size));
  pending_.erase(0, size);
  return reply;
}

Reply parse_reply(const std::string& bytes) {
  Reply reply;
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return reply;
  reply.status = std::stoi(bytes.substr(9, 3));
  std::size_t at = bytes.find("\r\n") + 2;
  while (at < head_end) {
    const std::size_t end = bytes.find("\r\n", at);
    const std::size_t colon = bytes.find(": ", at);
    std::string name = bytes.substr(at, colon - at);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    reply.headers.emplace_back(name, bytes.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  const std::string rest = bytes.substr(head_end + 4);
  if (reply.header("transfer-encoding") != "chunked") {
    reply.body = rest;
    return reply;
  }
  for (std::size_t i = 0; i < rest.size();) {
    const std::size_t line = rest.find("\r\n", i);
    if (line == std::string::npos) break;
    const std::size_t size = std::stoul(rest.substr(i, line - i), nullptr, 16);
    if (size == 0) break;
    reply.body += rest.substr(line + 2, size);
    i = line + 2 + size + 2;
  }
  return reply;
}

Reply Client::send(const Ask& ask) const {
  std::string head =
      ask.method + " " + ask.target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  if (!cookie.empty()) head += "Cookie: " + cookie + "\r\n";
  if (!key_.empty()) head += "Authorization: Bearer " + key_ + "\r\n";
  if (sends_own_header) head += "X-Carrel-Request: 1\r\n";
  for (const auto& [name, value] : ask.headers) head += name + ": " + value + "\r\n";
  if (ask.method == "POST" || ask.method == "PUT")
    head += "Content-Length: " + std::to_string(ask.body.size()) + "\r\n";
  RawConnection connection(port_);
  connection.send(head + "\r\n" + ask.body);
  return parse_reply(connection.receive_all(std::chrono::seconds(60)));
}

Reply Client::post(const std::string& target, const nlohmann::json& body,
                   const std::string& accept) const {
  return send(
      {"POST", target, body.dump(), {{"Content-Type", "application/json"}, {"Accept", accept}}});
}

Reply Client::put(const std::string& target, const nlohmann::json& body) const {
  return send({"PUT", target, body.dump(), {{"Content-Type", "application/json"}}});
}

Reply Client::upload(const std::string& query, const std::string& bytes) const {
  return send({"POST",
               "/api/v1/documents?" + query,
               bytes,
               {{"Content-Type", "application/octet-stream"}}});
}

bool Client::sign_in(const std::string& user, const std::string& password) {
  const Reply reply = post("/api/v1/session", {{"user", user}, {"password", password}});
  if (reply.status != 200) return false;
  cookie.clear();
  for (const auto& [name, value] : reply.headers)
    if (name == "set-cookie") {
      const std::string pair = value.substr(0, value.find(';'));
      cookie += (cookie.empty() ? "" : "; ") + pair;
      if (pair.find("device=") != std::string::npos) device_cookie = pair;
    }
  return true;
}

std::vector<std::pair<std::string, nlohmann::json>> events_of(const std::string& body) {
  std::vector<std::pair<std::string, nlohmann::json>> out;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find("\n\n", at);
    if (end == std::string::npos) break;
    const std::string block = body.substr(at, end - at);
    const std::size_t line = block.find('\n');
    out.emplace_back(block.substr(7, line - 7), nlohmann::json::parse(block.substr(line + 7)));
    at = end + 2;
  }
  return out;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds)));
}

}  // namespace carrel::server
