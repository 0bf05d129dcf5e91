// server/connection_loop.h
//
// One thread that holds every connection: it accepts, takes the steps of TLS handshakes, reads
// heads and small bodies as their bytes arrive, hands a connection to a worker only once the
// request is whole, and sends what the worker could not send at once. Who drips bytes, reads slowly
// or sits idle costs a descriptor and a few KiB, never a worker.
//
// A connection serves one request after the other, up to a bound. Bytes that follow a request
// before it was answered are discarded with the connection, and a request that is refused closes
// it: a body can never become a next request.
//
// Each way to be slow has its deadline (handshake, head, body, idle, sending), and where
// connections run out, those of the address that holds most are closed, the longest idle first.
// Handshakes cost time on this thread, so they take turns, address by address, a few a round.
//
// Threads: start() and stop() from one thread; finished() and send_rest() from any. While a worker
// has a connection the loop only watches whether the client leaves, and cancels `gone` if so.
// Ownership: the loop owns every connection and descriptor; a worker borrows one between the
// hand-over and finished() or send_rest(). Borrows `tls`.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/file.h"
#include "server/address.h"
#include "server/connection.h"
#include "server/options.h"

namespace carrel::server {

class Tls;

class ConnectionLoop {
 public:
  struct Hooks {
    // The most bytes the body of this request may have.
    std::function<std::uint64_t(const HttpHead&)> body_bytes_max;
    // Whether the request is answered at once on the loop's own thread, through serve().
    std::function<bool(const HttpHead&)> is_instant;
    // Takes the connection to a worker, to serve it or to fetch more of its answer; false: the
    // queue is full.
    std::function<bool(Connection&)> hand_over;
    std::function<void(Connection&)> serve;
    // The answer to a request that is not handed over.
    std::function<HttpResponse(const HttpRefusal&)> refuse;
  };

  // `tls`: null for plain HTTP.
  ConnectionLoop(const ServerOptions& options, const Tls* tls, Hooks hooks);
  ~ConnectionLoop();

  // Listens. Errors: unavailable (the address is taken or not ours; says so).
  void start(const ListenAddress& address);
  std::uint16_t port() const { return port_; }

  // Accepts no more and closes what is not with a worker; workers have stop_time_max to finish,
  // then their clients count as gone. Returns when every connection is closed.
  void stop();
  bool is_stopping() const { return stopping_; }

  // The worker gives the connection back: its answer has left, or cannot.
  void finished(Connection& connection);
  // The same with more to send: the loop does, and hands over again when its bytes run out.
  void send_rest(Connection& connection);

  std::size_t open_connections() const { return open_.load(); }

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void on_event(int fd, std::uint32_t events);
  void accept_all();
  void admit(FileDescriptor socket, std::string peer);
  void make_room(const std::string& group);
  const std::string& largest_group() const;
  void step_handshakes();
  void step_handshake(Connection& c);
  void read_from(Connection& c);
  void advance(Connection& c);
  void begin_work(Connection& c);
  void refuse(Connection& c, const HttpRefusal& refusal);
  void continue_writing(Connection& c);
  void begin_next_request(Connection& c);
  void begin_draining(Connection& c);
  void drain(Connection& c);
  void close(int fd);
  void collect_returned();
  void give_back(Connection& c, bool has_more);
  void expire();
  void limit_unsent();
  void watch(Connection& c, std::uint32_t events);
  void watch_fd(int fd, std::uint32_t events, int operation);
  void await(Connection& c, Io io);
  bool is_stopped();

  ServerOptions options_;
  const Tls* tls_;
  Hooks hooks_;
  const AddressSet proxies_;
  FileDescriptor listener_;
  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::uint16_t port_ = 0;

  // --- the loop's thread
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::unordered_map<std::string, std::size_t> per_group_;
  std::map<std::string, std::deque<int>> handshakes_;  // waiting for their turn, by address
  std::string last_handshake_;                         // the address whose turn was last
  std::vector<int> unfetched_;                         // their hand-over found the queue full
  bool returned_here_ = false;                         // returned_ was filled by this thread
  bool is_listening_ = false;
  Clock::time_point listen_again_{};
  Clock::time_point stop_deadline_{};
  Clock::time_point next_tick_{};

  std::atomic<std::size_t> open_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::pair<int, bool>> returned_;  // descriptor, has more to send; guarded by mutex_
  std::thread thread_;
};

}  // namespace carrel::server
