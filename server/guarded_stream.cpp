#include "server/guarded_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

#include "core/error.h"

namespace carrel::server {

// Only the request line goes on, and it names no query: everything else is already parsed, and what
// the library does not see (ranges, encodings it would compress with, a body it would unpack) it
// cannot act upon.
GuardedStream::GuardedStream(Connection& connection, const ServerOptions& options)
    : connection_(connection),
      options_(options),
      deadline_(std::chrono::steady_clock::now() + options.request_time_max),
      head_(connection.head.method + " / HTTP/1.1\r\nHost: carrel\r\nConnection: close\r\n\r\n") {}

ssize_t GuardedStream::read(char* out, size_t size) {
  const std::size_t n = std::min(size, head_.size() - replayed_);
  std::memcpy(out, head_.data() + replayed_, n);
  replayed_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t GuardedStream::write(const char* bytes, size_t size) {
  std::size_t sent = 0;
  while (sent < size && !has_failed_) {
    const ssize_t n = ::send(connection_.socket.get(), bytes + sent, size - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_for(POLLOUT)) has_failed_ = true;
    } else if (errno != EINTR) {
      has_failed_ = true;
    }
  }
  if (has_failed_) connection_.gone.cancel();
  return has_failed_ ? -1 : static_cast<ssize_t>(size);
}

std::size_t GuardedStream::read(std::span<char> out) {
  const std::uint64_t left = connection_.head.content_length - body_read_;
  std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
  if (want == 0) return 0;
  const std::string_view early = connection_.body_so_far();
  if (body_read_ < early.size()) {
    want = std::min(want, early.size() - static_cast<std::size_t>(body_read_));
    std::memcpy(out.data(), early.data() + body_read_, want);
    body_read_ += want;
    return want;
  }
  if (body_read_ == 0 && connection_.head.expects_continue) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    write(go_on.data(), go_on.size());
  }
  for (;;) {
    const ssize_t n = ::recv(connection_.socket.get(), out.data(), want, 0);
    if (n > 0) {
      body_read_ += static_cast<std::size_t>(n);
      return static_cast<std::size_t>(n);
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (wait_for(POLLIN)) continue;
      throw carrel::Error(ErrorCode::deadline, "The body did not arrive in time; send it again.");
    }
    connection_.gone.cancel();
    throw carrel::Error(ErrorCode::cancelled, "The client left before the body was whole.");
  }
}

bool GuardedStream::wait_for(short events) {
  using std::chrono::milliseconds;
  const auto left =
      std::chrono::duration_cast<milliseconds>(deadline_ - std::chrono::steady_clock::now());
  const milliseconds wait = std::min(left, options_.stall_time_max);
  if (wait.count() <= 0) return false;
  pollfd poll_on{connection_.socket.get(), events, 0};
  return ::poll(&poll_on, 1, static_cast<int>(wait.count())) == 1;
}

void GuardedStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = connection_.peer;
  port = 0;
}

void GuardedStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace carrel::server
