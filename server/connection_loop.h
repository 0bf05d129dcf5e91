// server/connection_loop.h
//
// One thread that holds every connection: it accepts, reads heads and small bodies as their bytes
// arrive, and hands a connection to a worker only once the request is whole. Who drips bytes or
// sits idle costs a descriptor and at most 16 KiB, never a worker.
//
// One request a connection. Whatever follows a request's own bytes is discarded, so a body can
// never become a next request.
//
// Threads: start() and stop() from one thread; finished() from any. While a worker has a connection
// the loop only watches whether the client leaves, and cancels `gone` if so.
// Ownership: the loop owns every connection and descriptor; a worker borrows one between the
// hand-over and finished().
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/cancel.h"
#include "core/file.h"
#include "server/http_head.h"
#include "server/http_message.h"
#include "server/options.h"

namespace carrel::server {

struct Connection {
  enum class State : std::uint8_t { reading_head, reading_body, working, draining };

  FileDescriptor socket;
  std::string peer;
  State state = State::reading_head;
  std::chrono::steady_clock::time_point opened;
  std::chrono::steady_clock::time_point deadline;
  std::string buffer;         // what was read
  std::size_t head_size = 0;  // of it; the body begins there
  std::size_t drained = 0;
  HttpHead head;
  CancelToken gone;

  std::string_view body_so_far() const { return std::string_view(buffer).substr(head_size); }
};

class ConnectionLoop {
 public:
  struct Hooks {
    // The most bytes the body of this request may have.
    std::function<std::uint64_t(const HttpHead&)> body_bytes_max;
    // Takes the connection to a worker; false: none is free.
    std::function<bool(Connection&)> hand_over;
    // The answer to a request that is not handed over.
    std::function<HttpResponse(const HttpRefusal&)> refuse;
  };

  ConnectionLoop(const ServerOptions& options, Hooks hooks);
  ~ConnectionLoop();

  // Listens. Errors: unavailable (the address is taken or not ours; says so).
  void start(const ListenAddress& address);
  std::uint16_t port() const { return port_; }

  // Accepts no more and closes what is not with a worker; workers have stop_time_max to finish,
  // then their clients count as gone. Returns when every connection is closed.
  void stop();

  void finished(Connection& connection);
  std::size_t open_connections() const { return open_.load(); }

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void on_event(int fd, std::uint32_t events);
  void accept_all();
  void make_room();
  void read_from(Connection& c);
  void advance(Connection& c);
  void refuse(Connection& c, const HttpRefusal& refusal);
  void drain(Connection& c);
  void begin_draining(Connection& c);
  void close(int fd);
  void collect_finished();
  void expire();
  void watch(int fd, std::uint32_t events, bool is_new);
  bool is_stopped();

  ServerOptions options_;
  Hooks hooks_;
  FileDescriptor listener_;
  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::uint16_t port_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // loop's thread
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> stopping_{false};
  bool is_listening_ = false;  // loop's thread
  Clock::time_point listen_again_{};
  Clock::time_point stop_deadline_{};
  std::mutex mutex_;
  std::vector<int> finished_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace carrel::server
