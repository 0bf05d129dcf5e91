#include "server/client_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include <poll.h>

#include "core/error.h"

namespace carrel::server {

ClientStream::ClientStream(Connection& connection, const ServerOptions& options, bool is_chunked)
    : connection_(connection),
      options_(options),
      is_chunked_(is_chunked),
      begun_(std::chrono::steady_clock::now()) {}

bool ClientStream::is_body_consumed() const {
  const std::uint64_t length = connection_.head.content_length;
  return body_read_ == length || connection_.body_so_far().size() >= length;
}

std::size_t ClientStream::read(std::span<char> out) {
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
  if (body_read_ == 0 && connection_.head.expects_continue)
    write_all("HTTP/1.1 100 Continue\r\n\r\n");
  for (;;) {
    const Transport::Moved moved = connection_.transport.read(out.first(want));
    if (moved.io == Io::done) {
      body_read_ += moved.bytes;
      received_ += moved.bytes;
      return moved.bytes;
    }
    if (moved.io == Io::closed) {
      connection_.gone.cancel();
      throw Error(ErrorCode::cancelled, "The client left before the body was whole.");
    }
    if (!wait_for(moved.io))
      throw Error(ErrorCode::deadline, "The body did not arrive in time; send it again.");
  }
}

void ClientStream::write(std::string_view bytes) {
  if (bytes.empty()) return;
  if (!is_chunked_) return write_all(bytes);
  std::array<char, 16> size{};
  char* end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  std::string chunk(size.data(), end);
  chunk.reserve(chunk.size() + bytes.size() + 4);
  chunk.append("\r\n").append(bytes).append("\r\n");
  write_all(chunk);
}

void ClientStream::end() {
  if (is_chunked_) write_all("0\r\n\r\n");
}

void ClientStream::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const Transport::Moved moved = connection_.transport.write(bytes);
    if (moved.io == Io::done) {
      bytes.remove_prefix(moved.bytes);
    } else if (moved.io == Io::closed || !wait_for(moved.io)) {
      connection_.gone.cancel();
      throw Error(ErrorCode::cancelled, "The client left.");
    }
  }
}

// False: the client is too slow. What it sent by now must have come at the least rate, after a
// moment's grace.
bool ClientStream::wait_for(Io io) {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now();
  const milliseconds spent = std::chrono::duration_cast<milliseconds>(now - begun_);
  milliseconds wait = std::min(options_.stall_time_max, options_.request_time_max - spent);
  if (io == Io::wants_read) {
    const milliseconds earned(received_ * 1000 / options_.bytes_per_second_min);
    wait = std::min(wait, options_.stall_time_max + earned - spent);
  }
  if (wait.count() <= 0) return false;
  const short events = io == Io::wants_write ? POLLOUT : POLLIN;
  pollfd poll_on{connection_.transport.fd(), events, 0};
  return ::poll(&poll_on, 1, static_cast<int>(wait.count())) == 1;
}

}  // namespace carrel::server
