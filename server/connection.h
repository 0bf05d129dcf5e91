// server/connection.h
//
// One client's connection: where it stands, what was read, what is still to be sent. The loop owns
// it; a worker has it alone while it is `working`.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/cancel.h"
#include "server/http_head.h"
#include "server/outgoing.h"
#include "server/transport.h"

namespace carrel::server {

struct Connection {
  //   handshaking -> reading_head -> reading_body -> working -> writing -> reading_head (kept
  //   alive)
  //                                                                     -> draining -> closed
  enum class State : std::uint8_t {
    handshaking,
    reading_head,
    reading_body,
    working,
    writing,
    draining
  };

  Transport transport;
  std::string peer;   // address of the other end
  std::string group;  // those who are counted together with it; see address_group()
  State state = State::reading_head;
  std::chrono::steady_clock::time_point since;  // it was opened, or became idle again
  std::chrono::steady_clock::time_point deadline;
  std::uint32_t watched = 0;  // epoll events, so that unchanged wishes cost no system call

  // --- the request at hand
  std::string buffer;         // what was read
  std::size_t scanned = 0;    // of it, for the end of the head
  std::size_t head_size = 0;  // of it; the body begins there
  HttpHead head;
  CancelToken gone;
  std::size_t requests = 0;  // before this one

  // --- its answer
  Outgoing out;
  bool keep_alive = false;  // at first: may it be? Then, before the answer's head is made: will it?
  std::size_t drained = 0;

  std::string_view body_so_far() const { return std::string_view(buffer).substr(head_size); }
  bool is_idle() const { return state == State::reading_head && buffer.empty(); }
};

}  // namespace carrel::server
