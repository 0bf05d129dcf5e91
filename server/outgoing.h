// server/outgoing.h
//
// What of an answer has not left yet. A worker sends what the socket takes at once; the rest waits
// here for the connection loop, so that a client which reads slowly holds no worker.
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/http_message.h"
#include "server/transport.h"

namespace carrel::server {

class Outgoing {
 public:
  Outgoing() = default;
  Outgoing(HttpResponse&& response, const Framing& framing);

  // Sends until all in memory has left (done), the socket takes no more (wants_...), or the client
  // is gone (closed).
  Io send(Transport& transport);

  // Fetches the next piece of a pulled body. False: there is none, the answer is complete.
  // Errors: as the pull function; corrupt (it ended early).
  bool refill();
  bool needs_refill() const { return pull_left_ > 0; }

  std::size_t bytes_waiting() const { return head_.size() + body_.size() + shared_.size() - sent_; }

 private:
  std::string_view next_piece() const;

  std::string head_;
  std::string body_;
  std::string_view shared_;
  std::size_t sent_ = 0;  // of the three together
  std::function<std::size_t(std::span<char>)> pull_;
  std::uint64_t pull_left_ = 0;
  std::shared_ptr<void> held_;
};

}  // namespace carrel::server
