// tests/server/tls_client.h
//
// A certificate made on the spot, and a client that speaks TLS and takes any certificate.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tests/server/client.h"

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace carrel::server {

// Writes NAME.crt and NAME.key (P-256, self-signed, for `common_name`) into `directory`.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};
CertificateFiles make_certificate(const std::filesystem::path& directory, const std::string& name,
                                  const std::string& common_name);

class TlsConnection {
 public:
  // `version_max`: of TLS, as OpenSSL numbers them; 0: any. Throws if the handshake fails.
  explicit TlsConnection(std::uint16_t port, int version_max = 0);
  ~TlsConnection();

  bool send(std::string_view bytes);
  std::string receive_all();  // until the other side closes
  std::string receive_some();
  Reply receive_reply();  // by its Content-Length
  std::string certificate_name() const;

 private:
  struct Free {
    void operator()(SSL* session) const noexcept;
    void operator()(SSL_CTX* context) const noexcept;
  };
  FileDescriptor socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> session_;
  std::string pending_;
};

}  // namespace carrel::server
