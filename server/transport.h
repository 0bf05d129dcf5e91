// server/transport.h
//
// The bytes of one connection, in the clear or inside TLS, never waiting: an operation does what it
// can and says what it waits for. Whoever drives it, the loop or a worker, does so alone; handing a
// connection over is what orders the two.
//
// Ownership: owns its socket and, with TLS, its session.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "core/file.h"

typedef struct ssl_st SSL;  // OpenSSL's, named here so that its headers stay out of ours

namespace carrel::server {

enum class Io : std::uint8_t { done, wants_read, wants_write, closed };

class Transport {
 public:
  Transport() = default;
  explicit Transport(FileDescriptor socket, SSL* session = nullptr);  // takes the session

  int fd() const { return socket_.get(); }
  bool is_tls() const { return session_ != nullptr; }

  // The next step of a TLS handshake; done at once without TLS.
  Io handshake();
  // Whether the handshake failed because the client speaks plain HTTP.
  bool met_plain_http() const { return met_plain_http_; }

  struct Moved {
    Io io = Io::done;
    std::size_t bytes = 0;  // above 0 exactly when io is done
  };
  Moved read(std::span<char> out);
  // `more_follows` lets the kernel wait for it before sending a small packet.
  Moved write(std::string_view bytes, bool more_follows = false);

  // Says that nothing more will be written. What the client still sends is read past TLS.
  void end_writing();
  Moved read_raw(std::span<char> out);
  Moved write_raw(std::string_view bytes);

 private:
  struct Free {
    void operator()(SSL* session) const noexcept;
  };
  Moved outcome_of(int result) const;

  FileDescriptor socket_;
  std::unique_ptr<SSL, Free> session_;
  bool met_plain_http_ = false;
};

}  // namespace carrel::server
