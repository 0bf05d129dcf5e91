// server/tls.h
//
// The certificate that the listener shows, and the rules of TLS it speaks: 1.2 at least, forward
// secrecy, no renegotiation, no compression, HTTP/1.1 by ALPN.
//
// reload() reads the files again; connections that are open keep what they were opened with. When
// the new files cannot be used, the old certificate stays.
//
// Threads: all members, any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace carrel::server {

class Tls {
 public:
  // PEM files: the certificate with its chain, and its key. Errors: invalid_argument (a file is
  // missing or unreadable, is not PEM, or the two do not belong together; says which and why).
  Tls(std::filesystem::path certificate, std::filesystem::path key);
  ~Tls();

  SSL* new_session() const;  // the caller's; null: out of memory

  void reload();             // Errors: as the constructor
  bool reload_if_changed();  // whether it did. Errors: as the constructor, once for each change

 private:
  struct Release {
    void operator()(SSL_CTX* context) const noexcept;
  };
  using Context = std::unique_ptr<SSL_CTX, Release>;
  Context load() const;
  std::string stamp() const;  // changes when a file is replaced

  const std::filesystem::path certificate_;
  const std::filesystem::path key_;
  mutable std::mutex mutex_;  // guards the two below
  Context context_;
  std::string stamp_;
};

}  // namespace carrel::server
