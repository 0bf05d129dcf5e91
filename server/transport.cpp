#include "server/transport.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace carrel::server {

namespace {

Transport::Moved outcome_of_socket(ssize_t n, Io would_wait_for) {
  if (n > 0) return {Io::done, static_cast<std::size_t>(n)};
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {would_wait_for, 0};
  return {Io::closed, 0};
}

int as_int(std::size_t n) { return static_cast<int>(std::min<std::size_t>(n, INT_MAX)); }

}  // namespace

void Transport::Free::operator()(SSL* session) const noexcept { SSL_free(session); }

Transport::Transport(FileDescriptor socket, SSL* session)
    : socket_(std::move(socket)), session_(session) {
  if (session_ == nullptr) return;
  SSL_set_fd(session_.get(), socket_.get());
  SSL_set_accept_state(session_.get());
}

Transport::Moved Transport::outcome_of(int result) const {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Io::wants_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Io::wants_write, 0};
    default:
      return {Io::closed, 0};
  }
}

Io Transport::handshake() {
  if (session_ == nullptr) return Io::done;
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  if (result == 1) return Io::done;
  const Io io = outcome_of(result).io;
  if (io == Io::closed) met_plain_http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  return io;
}

Transport::Moved Transport::read(std::span<char> out) {
  if (session_ == nullptr) return read_raw(out);
  ERR_clear_error();
  const int n = SSL_read(session_.get(), out.data(), as_int(out.size()));
  return n > 0 ? Moved{Io::done, static_cast<std::size_t>(n)} : outcome_of(n);
}

Transport::Moved Transport::write(std::string_view bytes, bool more_follows) {
  if (session_ == nullptr) {
    ssize_t n = 0;
    do {
      n = ::send(socket_.get(), bytes.data(), bytes.size(),
                 MSG_NOSIGNAL | MSG_DONTWAIT | (more_follows ? MSG_MORE : 0));
    } while (n < 0 && errno == EINTR);
    return outcome_of_socket(n, Io::wants_write);
  }
  ERR_clear_error();
  const int n = SSL_write(session_.get(), bytes.data(), as_int(bytes.size()));
  return n > 0 ? Moved{Io::done, static_cast<std::size_t>(n)} : outcome_of(n);
}

void Transport::end_writing() {
  if (session_ != nullptr && SSL_is_init_finished(session_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(session_.get());  // sends "close_notify"; no answer is awaited
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

Transport::Moved Transport::read_raw(std::span<char> out) {
  ssize_t n = 0;
  do {
    n = ::recv(socket_.get(), out.data(), out.size(), MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return outcome_of_socket(n, Io::wants_read);
}

Transport::Moved Transport::write_raw(std::string_view bytes) {
  const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return outcome_of_socket(n, Io::wants_write);
}

}  // namespace carrel::server
