#include "server/connection_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"

namespace carrel::server {

namespace {

constexpr int kBacklog = 1024;
constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::size_t kDrainMax = 1 << 20;

std::string reason() { return std::strerror(errno); }

FileDescriptor listen_on(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0)
    throw Error(ErrorCode::unavailable, "cannot listen on " + address.host + ": " +
                                            gai_strerror(error) + "; check server.listen");
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  FileDescriptor fd(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int one = 1;
  if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (!fd || ::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(fd.get(), kBacklog) != 0)
    throw Error(ErrorCode::unavailable, "cannot listen on " + address.host + ":" +
                                            std::to_string(address.port) + ": " + reason() +
                                            "; choose another with server.listen or --listen");
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  return name.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port)
                                    : ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
}

std::string peer_of(const sockaddr_storage& name, socklen_t size) {
  std::array<char, 64> text{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&name), size, text.data(), text.size(), nullptr,
                0, NI_NUMERICHOST);
  return text.data();
}

}  // namespace

ConnectionLoop::ConnectionLoop(const ServerOptions& options, Hooks hooks)
    : options_(options), hooks_(std::move(hooks)) {}

ConnectionLoop::~ConnectionLoop() { stop(); }

void ConnectionLoop::start(const ListenAddress& address) {
  listener_ = listen_on(address);
  port_ = port_of(listener_.get());
  epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = FileDescriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll_ || !wake_) throw Error(ErrorCode::unavailable, "cannot watch sockets: " + reason());
  watch(wake_.get(), EPOLLIN, true);
  watch(listener_.get(), EPOLLIN, true);
  is_listening_ = true;
  thread_ = std::thread([this] { run(); });
}

void ConnectionLoop::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0) log::warning("server.wake_failed");
  thread_.join();
}

void ConnectionLoop::finished(Connection& connection) {
  const int fd = connection.socket.get();
  {
    const std::scoped_lock lock(mutex_);
    finished_.push_back(fd);
  }
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0) log::warning("server.wake_failed");
}

void ConnectionLoop::run() {
  std::array<epoll_event, 128> events{};
  while (!is_stopped()) {
    const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(kTick.count()));
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      on_event(event.data.fd, event.events);
    }
    collect_finished();
    expire();
  }
}

// True once stop() was called and nothing is left. On the way there: closes the listener and what
// no worker holds, and after stop_time_max tells the workers that their clients are gone.
bool ConnectionLoop::is_stopped() {
  if (!stopping_) return false;
  const Clock::time_point now = Clock::now();
  if (listener_) {
    listener_ = FileDescriptor();
    is_listening_ = false;
    stop_deadline_ = now + options_.stop_time_max;
  }
  std::vector<int> idle;
  for (const auto& [fd, c] : connections_) {
    if (c->state == Connection::State::working) {
      if (now > stop_deadline_) c->gone.cancel();
    } else if (c->state != Connection::State::draining || now > stop_deadline_) {
      idle.push_back(fd);
    }
  }
  for (const int fd : idle) close(fd);
  return connections_.empty();
}

void ConnectionLoop::on_event(int fd, std::uint32_t events) {
  if (fd == wake_.get()) {
    std::uint64_t ignored = 0;
    if (::read(fd, &ignored, sizeof ignored) < 0) return;
    return;
  }
  if (listener_ && fd == listener_.get()) return accept_all();
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  Connection& c = *found->second;
  switch (c.state) {
    case Connection::State::working:
      c.gone.cancel();
      break;
    case Connection::State::draining:
      drain(c);
      break;
    default:
      if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(fd);
      read_from(c);
  }
}

void ConnectionLoop::accept_all() {
  for (int i = 0; i < kBacklog && listener_; ++i) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    FileDescriptor fd(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&name), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        // Out of descriptors: leave the rest in the backlog for a moment.
        log::warning("server.no_descriptors", {{"open", connections_.size()}});
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.get(), nullptr);
        is_listening_ = false;
        listen_again_ = Clock::now() + kTick;
        make_room();
      }
      return;
    }
    if (connections_.size() >= options_.connections_max) make_room();
    if (connections_.size() >= options_.connections_max) continue;  // all at work: closed at once
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    auto c = std::make_unique<Connection>();
    c->peer = peer_of(name, size);
    c->opened = Clock::now();
    c->deadline = c->opened + options_.head_time_max;
    c->socket = std::move(fd);
    const int raw = c->socket.get();
    Connection& kept = *connections_.emplace(raw, std::move(c)).first->second;
    open_ = connections_.size();
    watch(raw, EPOLLIN | EPOLLRDHUP, true);
    read_from(kept);  // often the request is there already
  }
}

// Closes the connection that has been waiting longest without having sent a whole request.
void ConnectionLoop::make_room() {
  const Connection* oldest = nullptr;
  for (const auto& [fd, c] : connections_)
    if (c->state != Connection::State::working && (oldest == nullptr || c->opened < oldest->opened))
      oldest = c.get();
  if (oldest != nullptr) close(oldest->socket.get());
}

void ConnectionLoop::read_from(Connection& c) {
  std::array<char, 16 << 10> bytes;
  for (;;) {
    const ssize_t n = ::recv(c.socket.get(), bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) return close(c.socket.get());
    c.buffer.append(bytes.data(), static_cast<std::size_t>(n));
    const int fd = c.socket.get();
    const Connection::State before = c.state;
    advance(c);
    const auto found = connections_.find(fd);
    if (found == connections_.end() || found->second.get() != &c) return;
    const bool still_reading =
        c.state == Connection::State::reading_head || c.state == Connection::State::reading_body;
    if (!still_reading || (before == c.state && static_cast<std::size_t>(n) < bytes.size())) return;
  }
}

// Looks at what has arrived: is the head whole, is it acceptable, is the body here?
void ConnectionLoop::advance(Connection& c) {
  if (c.state == Connection::State::reading_head) {
    const std::size_t end = c.buffer.find("\r\n\r\n");
    const std::size_t size = end == std::string::npos ? c.buffer.size() : end + 4;
    if (size > options_.head_bytes_max)
      return refuse(c, {431, "head_too_large", "The request's headers are larger than is read."});
    if (end == std::string::npos) return;
    c.head_size = size;
    auto parsed = parse_head(std::string_view(c.buffer).substr(0, size));
    if (const auto* refusal = std::get_if<HttpRefusal>(&parsed)) return refuse(c, *refusal);
    c.head = std::move(std::get<HttpHead>(parsed));
    if (c.head.content_length > hooks_.body_bytes_max(c.head))
      return refuse(c, {413, "too_large", "The body is larger than is accepted here."});
    c.state = Connection::State::reading_body;
    c.deadline = Clock::now() + options_.body_time_max;
    const bool is_small = c.head.content_length <= options_.json_bytes_max;
    if (is_small && c.head.expects_continue && c.body_so_far().size() < c.head.content_length)
      ::send(c.socket.get(), "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  // Small bodies are awaited here; large ones are read by the worker, once it knows whose they are.
  const bool is_small = c.head.content_length <= options_.json_bytes_max;
  if (is_small && c.body_so_far().size() < c.head.content_length) return;
  c.state = Connection::State::working;
  watch(c.socket.get(), EPOLLRDHUP | EPOLLONESHOT, false);
  if (!hooks_.hand_over(c))
    refuse(c, {503, "busy", "The server is busy with other requests; try again shortly."});
}

void ConnectionLoop::refuse(Connection& c, const HttpRefusal& refusal) {
  const std::string answer = serialize(hooks_.refuse(refusal));
  ::send(c.socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  begin_draining(c);
}

// Says that we are done and waits a moment for the other side: closing with unread bytes would
// reset the connection and could take the answer away from the client.
void ConnectionLoop::begin_draining(Connection& c) {
  c.state = Connection::State::draining;
  c.deadline = Clock::now() + kLinger;
  c.buffer.clear();
  c.buffer.shrink_to_fit();
  ::shutdown(c.socket.get(), SHUT_WR);
  watch(c.socket.get(), EPOLLIN | EPOLLRDHUP, false);
  drain(c);
}

void ConnectionLoop::drain(Connection& c) {
  std::array<char, 16 << 10> bytes;
  for (;;) {
    const ssize_t n = ::recv(c.socket.get(), bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    c.drained += n > 0 ? static_cast<std::size_t>(n) : 0;
    if (n <= 0 || c.drained > kDrainMax) return close(c.socket.get());
  }
}

void ConnectionLoop::close(int fd) {
  connections_.erase(fd);
  open_ = connections_.size();
}

void ConnectionLoop::collect_finished() {
  std::vector<int> done;
  {
    const std::scoped_lock lock(mutex_);
    done.swap(finished_);
  }
  for (const int fd : done) {
    const auto found = connections_.find(fd);
    if (found != connections_.end()) begin_draining(*found->second);
  }
}

void ConnectionLoop::expire() {
  const Clock::time_point now = Clock::now();
  if (!is_listening_ && listener_ && now > listen_again_) {
    watch(listener_.get(), EPOLLIN, true);
    is_listening_ = true;
  }
  std::vector<int> late;
  for (const auto& [fd, c] : connections_)
    if (c->state != Connection::State::working && now > c->deadline) late.push_back(fd);
  for (const int fd : late) {
    Connection& c = *connections_.at(fd);
    // Who has sent nothing gets nothing; who has sent half a request is told.
    if (c.state == Connection::State::draining || c.buffer.empty())
      close(fd);
    else
      refuse(c, {408, "too_slow", "The request did not arrive in time."});
  }
}

void ConnectionLoop::watch(int fd, std::uint32_t events, bool is_new) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

}  // namespace carrel::server
