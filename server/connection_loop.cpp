#include "server/connection_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"
#include "server/listener.h"
#include "server/tls.h"

namespace carrel::server {

namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::size_t kDrainMax = 1 << 20;
constexpr int kAcceptsMax = 64;        // a round, so that those who are connected get their turn
constexpr int kHandshakeStepsMax = 4;  // a round; each may cost a millisecond
constexpr std::size_t kSpareDescriptors = 512;  // for the library, workers and parsers

constexpr std::uint32_t kReading = EPOLLIN | EPOLLRDHUP;
constexpr std::uint32_t kWorking = EPOLLRDHUP | EPOLLONESHOT;

using State = Connection::State;

}  // namespace

ConnectionLoop::ConnectionLoop(const ServerOptions& options, const Tls* tls, Hooks hooks)
    : options_(options), tls_(tls), hooks_(std::move(hooks)), proxies_(options.trusted_proxies) {}

ConnectionLoop::~ConnectionLoop() { stop(); }

void ConnectionLoop::start(const ListenAddress& address) {
  const std::size_t wanted = options_.connections_max + kSpareDescriptors;
  const std::size_t descriptors = raise_descriptor_limit(wanted);
  if (descriptors < wanted) {
    options_.connections_max =
        std::max<std::size_t>(16, descriptors - std::min(descriptors, kSpareDescriptors));
    log::warning("server.few_descriptors", {{"connections_max", options_.connections_max}});
  }
  listener_ = listen_on(address);
  port_ = port_of(listener_.get());
  epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = FileDescriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll_ || !wake_)
    throw Error(ErrorCode::unavailable,
                std::string("cannot watch sockets: ") + std::strerror(errno));
  watch_fd(wake_.get(), EPOLLIN, EPOLL_CTL_ADD);
  watch_fd(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
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

void ConnectionLoop::finished(Connection& connection) { give_back(connection, false); }

void ConnectionLoop::send_rest(Connection& connection) { give_back(connection, true); }

void ConnectionLoop::give_back(Connection& c, bool has_more) {
  {
    const std::scoped_lock lock(mutex_);
    returned_.emplace_back(c.transport.fd(), has_more);
  }
  if (std::this_thread::get_id() == thread_.get_id()) {
    returned_here_ = true;
    return;
  }
  const std::uint64_t one = 1;
  if (::write(wake_.get(), &one, sizeof one) < 0) log::warning("server.wake_failed");
}

void ConnectionLoop::run() {
  std::array<epoll_event, 128> events{};
  while (!is_stopped()) {
    const bool has_work = !handshakes_.empty() || returned_here_;
    const auto wait = has_work ? std::chrono::milliseconds(0) : kTick;
    const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(wait.count()));
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      on_event(event.data.fd, event.events);
    }
    step_handshakes();
    collect_returned();
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
    const bool is_ending = c->state == State::draining || c->state == State::writing;
    if (c->state == State::working) {
      if (now > stop_deadline_) c->gone.cancel();
    } else if (!is_ending || now > stop_deadline_) {
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
    case State::working:
      c.gone.cancel();
      break;
    case State::handshaking:
      handshakes_[c.group].push_back(fd);
      break;
    case State::writing:
      if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(fd);
      continue_writing(c);
      break;
    case State::draining:
      drain(c);
      break;
    default:
      if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close(fd);
      read_from(c);
  }
}

// --- accepting

void ConnectionLoop::accept_all() {
  for (int i = 0; i < kAcceptsMax && listener_; ++i) {
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
        make_room(largest_group());
      }
      return;
    }
    admit(std::move(fd), address_text(name, size));
  }
}

void ConnectionLoop::admit(FileDescriptor socket, std::string peer) {
  const std::string group = address_group(peer);
  const auto mine = per_group_.find(group);
  if (mine != per_group_.end() && mine->second >= options_.connections_per_address_max &&
      !proxies_.contains(peer))
    make_room(group);
  if (connections_.size() >= options_.connections_max) make_room(largest_group());
  if (connections_.size() >= options_.connections_max) return;  // all at work: closed at once
  SSL* session = tls_ != nullptr ? tls_->new_session() : nullptr;
  if (tls_ != nullptr && session == nullptr) return;

  const int one = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto c = std::make_unique<Connection>();
  c->transport = Transport(std::move(socket), session);
  c->peer = std::move(peer);
  c->group = group;
  c->state = session != nullptr ? State::handshaking : State::reading_head;
  c->since = Clock::now();
  c->deadline = c->since + options_.head_time_max;
  c->watched = session != nullptr ? std::uint32_t{EPOLLIN | EPOLLONESHOT} : kReading;
  const int fd = c->transport.fd();
  Connection& kept = *connections_.emplace(fd, std::move(c)).first->second;
  ++per_group_[group];
  open_ = connections_.size();
  watch_fd(fd, kept.watched, EPOLL_CTL_ADD);
  if (session == nullptr) read_from(kept);  // often the request is there already
}

const std::string& ConnectionLoop::largest_group() const {
  static const std::string none;
  const auto found =
      std::max_element(per_group_.begin(), per_group_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return found == per_group_.end() ? none : found->first;
}

// Closes one in sixteen of the connections of `group` that no worker holds, those that have been
// idle or dripping longest: a flood pays for its own room, and looking through it is not repeated
// for every newcomer.
void ConnectionLoop::make_room(const std::string& group) {
  std::vector<const Connection*> idle;
  for (const auto& [fd, c] : connections_)
    if (c->state != State::working && c->group == group) idle.push_back(c.get());
  const std::size_t count = std::min(idle.size(), idle.size() / 16 + 1);
  std::partial_sort(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(count), idle.end(),
                    [](const Connection* a, const Connection* b) { return a->since < b->since; });
  for (std::size_t i = 0; i < count; ++i) close(idle[i]->transport.fd());
}

// --- TLS

void ConnectionLoop::step_handshakes() {
  for (int i = 0; i < kHandshakeStepsMax && !handshakes_.empty(); ++i) {
    auto turn = handshakes_.upper_bound(last_handshake_);
    if (turn == handshakes_.end()) turn = handshakes_.begin();
    last_handshake_ = turn->first;
    const int fd = turn->second.front();
    turn->second.pop_front();
    if (turn->second.empty()) handshakes_.erase(turn);
    const auto found = connections_.find(fd);
    if (found != connections_.end() && found->second->state == State::handshaking)
      step_handshake(*found->second);
  }
}

void ConnectionLoop::step_handshake(Connection& c) {
  switch (c.transport.handshake()) {
    case Io::done:
      c.state = State::reading_head;
      c.since = Clock::now();
      c.deadline = c.since + options_.head_time_max;
      watch(c, kReading);
      return read_from(c);
    case Io::wants_read:
      return watch(c, EPOLLIN | EPOLLONESHOT);
    case Io::wants_write:
      return watch(c, EPOLLOUT | EPOLLONESHOT);
    case Io::closed:
      break;
  }
  if (!c.transport.met_plain_http()) return close(c.transport.fd());
  HttpResponse hint = hooks_.refuse({400, "tls_required", "This server speaks HTTPS here."});
  c.transport.write_raw(serialize_head(hint, {}) + hint.body);
  begin_draining(c);
}

// --- reading

void ConnectionLoop::read_from(Connection& c) {
  std::array<char, 16 << 10> bytes;
  const int fd = c.transport.fd();
  for (;;) {
    const Transport::Moved moved = c.transport.read(bytes);
    if (moved.io == Io::closed) return close(fd);
    if (moved.io != Io::done) return await(c, moved.io);
    if (c.is_idle() && c.requests > 0) c.deadline = Clock::now() + options_.head_time_max;
    c.buffer.append(bytes.data(), moved.bytes);
    advance(c);
    const auto found = connections_.find(fd);
    if (found == connections_.end() || found->second.get() != &c) return;
    if (c.state != State::reading_head && c.state != State::reading_body) return;
    if (!c.transport.is_tls() && moved.bytes < bytes.size()) return;  // there was no more
  }
}

// Looks at what has arrived: is the head whole, is it acceptable, is the body here?
void ConnectionLoop::advance(Connection& c) {
  if (c.state == State::reading_head) {
    while (c.head_size == 0) {
      const std::size_t line_end = c.buffer.find('\n', c.scanned);
      if (std::min(line_end, c.buffer.size()) >= options_.head_bytes_max)
        return refuse(c, {431, "head_too_large", "The request's headers are larger than is read."});
      if (line_end == std::string::npos) {
        c.scanned = c.buffer.size();
        return;
      }
      if (line_end == 0 || c.buffer[line_end - 1] != '\r')
        return refuse(c, {400, "bad_request", "Lines of the head must end with CRLF."});
      c.scanned = line_end + 1;
      if (line_end >= 3 && c.buffer.compare(line_end - 3, 4, "\r\n\r\n") == 0)
        c.head_size = c.scanned;
    }
    auto parsed = parse_head(std::string_view(c.buffer).substr(0, c.head_size));
    if (const auto* refusal = std::get_if<HttpRefusal>(&parsed)) return refuse(c, *refusal);
    c.head = std::move(std::get<HttpHead>(parsed));
    if (c.head.content_length > hooks_.body_bytes_max(c.head))
      return refuse(c, {413, "too_large", "The body is larger than is accepted here."});
    c.state = State::reading_body;
    c.deadline = Clock::now() + options_.body_time_max;
    const bool is_small = c.head.content_length <= options_.json_bytes_max;
    if (is_small && c.head.expects_continue && c.body_so_far().size() < c.head.content_length)
      c.transport.write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  // Small bodies are awaited here; large ones are read by the worker, once it knows whose they are.
  const bool is_small = c.head.content_length <= options_.json_bytes_max;
  if (is_small && c.body_so_far().size() < c.head.content_length) return;
  begin_work(c);
}

void ConnectionLoop::begin_work(Connection& c) {
  const bool has_more = c.body_so_far().size() > c.head.content_length;
  c.keep_alive = c.head.allows_keep_alive() && !has_more && !stopping_ &&
                 c.requests + 1 < options_.requests_per_connection_max;
  c.state = State::working;
  if (hooks_.is_instant(c.head)) return hooks_.serve(c);
  watch(c, kWorking);
  if (!hooks_.hand_over(c))
    refuse(c, {503, "busy", "The server is busy with other requests; try again shortly."});
}

// --- answering

void ConnectionLoop::refuse(Connection& c, const HttpRefusal& refusal) {
  c.keep_alive = false;
  c.out = Outgoing(hooks_.refuse(refusal), {.is_encrypted = options_.sends_hsts()});
  c.state = State::writing;
  c.deadline = Clock::now() + kLinger;
  continue_writing(c);
}

void ConnectionLoop::continue_writing(Connection& c) {
  const Io io = c.out.send(c.transport);
  if (io == Io::closed) return close(c.transport.fd());
  if (io != Io::done) return await(c, io);
  if (!c.out.needs_refill()) return c.keep_alive ? begin_next_request(c) : begin_draining(c);
  c.state = State::working;
  watch(c, kWorking);
  if (hooks_.hand_over(c)) return;
  c.state = State::writing;
  watch(c, 0);
  unfetched_.push_back(c.transport.fd());
}

void ConnectionLoop::begin_next_request(Connection& c) {
  c.state = State::reading_head;
  c.since = Clock::now();
  c.deadline = c.since + options_.idle_time_max;
  c.buffer.clear();
  if (c.buffer.capacity() > 1024) c.buffer.shrink_to_fit();
  c.scanned = c.head_size = 0;
  c.head = HttpHead();
  c.out = Outgoing();
  c.gone = CancelToken();
  ++c.requests;
  if (stopping_) return begin_draining(c);
  watch(c, kReading);
  read_from(c);  // the next request may be here, with TLS even read already
}

// Says that we are done and waits a moment for the other side: closing with unread bytes would
// reset the connection and could take the answer away from the client.
void ConnectionLoop::begin_draining(Connection& c) {
  c.state = State::draining;
  c.deadline = Clock::now() + kLinger;
  c.buffer.clear();
  c.buffer.shrink_to_fit();
  c.out = Outgoing();
  c.transport.end_writing();
  watch(c, kReading);
  drain(c);
}

void ConnectionLoop::drain(Connection& c) {
  std::array<char, 16 << 10> bytes;
  for (;;) {
    const Transport::Moved moved = c.transport.read_raw(bytes);
    if (moved.io == Io::wants_read) return;
    c.drained += moved.bytes;
    if (moved.io == Io::closed || c.drained > kDrainMax) return close(c.transport.fd());
  }
}

void ConnectionLoop::close(int fd) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  const auto group = per_group_.find(found->second->group);
  if (--group->second == 0) per_group_.erase(group);
  connections_.erase(found);
  open_ = connections_.size();
}

// A piece of an answer has until then to leave, whoever reads it: a stall, and the time it takes at
// the slowest rate that is served.
void ConnectionLoop::collect_returned() {
  std::vector<std::pair<int, bool>> returned;
  {
    const std::scoped_lock lock(mutex_);
    returned.swap(returned_);
  }
  returned_here_ = false;
  for (const auto& [fd, has_more] : returned) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) continue;
    Connection& c = *found->second;
    c.state = State::writing;
    c.deadline = Clock::now() + options_.stall_time_max +
                 std::chrono::seconds(c.out.bytes_waiting() / options_.bytes_per_second_min);
    if (has_more)
      continue_writing(c);
    else if (c.keep_alive)
      begin_next_request(c);
    else
      begin_draining(c);
  }
}

// --- time

void ConnectionLoop::expire() {
  const Clock::time_point now = Clock::now();
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  if (!is_listening_ && listener_ && now > listen_again_) {
    watch_fd(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
    is_listening_ = true;
  }
  std::vector<int> unfetched;
  unfetched.swap(unfetched_);
  for (const int fd : unfetched) {
    const auto found = connections_.find(fd);
    if (found != connections_.end() && found->second->state == State::writing)
      continue_writing(*found->second);
  }
  limit_unsent();
  std::vector<int> late;
  for (const auto& [fd, c] : connections_)
    if (c->state != State::working && now > c->deadline) late.push_back(fd);
  for (const int fd : late) {
    Connection& c = *connections_.at(fd);
    const bool is_reading = c.state == State::reading_head || c.state == State::reading_body;
    // Who has sent nothing gets nothing; who has sent half a request is told.
    if (is_reading && !c.buffer.empty())
      refuse(c, {408, "too_slow", "The request did not arrive in time."});
    else
      close(fd);
  }
}

// Answers that wait for slow readers may fill this much memory; beyond it the largest are cut off.
void ConnectionLoop::limit_unsent() {
  for (;;) {
    std::size_t total = 0;
    const Connection* largest = nullptr;
    for (const auto& [fd, c] : connections_) {
      if (c->state != State::writing) continue;
      total += c->out.bytes_waiting();
      if (largest == nullptr || c->out.bytes_waiting() > largest->out.bytes_waiting())
        largest = c.get();
    }
    if (total <= options_.unsent_bytes_max || largest == nullptr) return;
    log::warning("server.slow_reader_cut_off", {{"bytes", largest->out.bytes_waiting()}});
    close(largest->transport.fd());
  }
}

// --- epoll

void ConnectionLoop::await(Connection& c, Io io) {
  const bool is_writing = c.state == State::writing;
  if (io == Io::wants_write)
    watch(c, EPOLLOUT);
  else
    watch(c, is_writing ? std::uint32_t{EPOLLIN} : kReading);
}

void ConnectionLoop::watch(Connection& c, std::uint32_t events) {
  if (c.watched == events && (events & EPOLLONESHOT) == 0) return;
  c.watched = events;
  watch_fd(c.transport.fd(), events, EPOLL_CTL_MOD);
}

void ConnectionLoop::watch_fd(int fd, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), operation, fd, &event);
}

}  // namespace carrel::server
