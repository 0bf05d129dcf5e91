// server/guarded_stream.h
//
// What the HTTP library sees instead of a socket: a head that was vetted and written anew from its
// parts, nothing behind it, and writes that give up on a client that does not read.
//
// Private to this folder: it brings httplib in. One thread.
#pragma once

#include <chrono>
#include <string>

#include <httplib.h>

#include "server/connection_loop.h"
#include "server/http_message.h"
#include "server/options.h"

namespace carrel::server {

class GuardedStream final : public httplib::Stream, public BodySource {
 public:
  GuardedStream(Connection& connection, const ServerOptions& options);

  // --- for the library
  bool is_readable() const override { return replayed_ < head_.size(); }
  bool is_writable() const override { return !has_failed_; }
  ssize_t read(char* out, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return 0; }  // only compared with FD_SETSIZE

  // --- for the handler: exactly content_length bytes of body. Errors: cancelled, deadline.
  std::size_t read(std::span<char> out) override;

 private:
  bool wait_for(short events);

  Connection& connection_;
  const ServerOptions& options_;
  std::chrono::steady_clock::time_point deadline_;
  std::string head_;
  std::size_t replayed_ = 0;
  std::uint64_t body_read_ = 0;
  bool has_failed_ = false;
};

}  // namespace carrel::server
