// server/client_stream.h
//
// A worker's way to a client that it must wait for: the body of an upload as it arrives, and an
// answer that is made while it is sent. Both give up on who is slower than is served: without a
// byte for stall_time_max, below bytes_per_second_min on the whole, or past request_time_max.
//
// One thread.
#pragma once

#include <chrono>
#include <string_view>

#include "server/connection.h"
#include "server/http_message.h"
#include "server/options.h"

namespace carrel::server {

class ClientStream final : public BodySource, public BodySink {
 public:
  ClientStream(Connection& connection, const ServerOptions& options, bool is_chunked);

  // Exactly content_length bytes of body, then 0. Errors: cancelled, deadline.
  std::size_t read(std::span<char> out) override;
  // Whether all of the body was taken, or lies in memory: only then may a next request follow.
  bool is_body_consumed() const;

  // A piece of a streamed answer. Errors: cancelled.
  void write(std::string_view bytes) override;
  void write_head(std::string_view bytes) { write_all(bytes); }
  void end();  // after the last piece. Errors: cancelled

 private:
  void write_all(std::string_view bytes);
  bool wait_for(Io io);

  Connection& connection_;
  const ServerOptions& options_;
  const bool is_chunked_;
  const std::chrono::steady_clock::time_point begun_;
  std::uint64_t body_read_ = 0;
  std::uint64_t received_ = 0;  // of it, from the socket
};

}  // namespace carrel::server
