#include "tests/server/tls_client.h"

#include <array>
#include <cstdio>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <sys/socket.h>

namespace carrel::server {

CertificateFiles make_certificate(const std::filesystem::path& directory, const std::string& name,
                                  const std::string& common_name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* made = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), 0);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600L * 24);
  X509_set_pubkey(made, key);
  X509_NAME* subject = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(made, subject);
  X509_sign(made, key, EVP_sha256());
  CertificateFiles out{directory / (name + ".crt"), directory / (name + ".key")};
  const auto write = [](const std::filesystem::path& file, const auto& put) {
    std::FILE* f = std::fopen(file.c_str(), "w");
    put(f);
    std::fclose(f);
  };
  write(out.certificate, [&](std::FILE* f) { PEM_write_X509(f, made); });
  write(out.key,
        [&](std::FILE* f) { PEM_write_PrivateKey(f, key, nullptr, nullptr, 0, nullptr, nullptr); });
  X509_free(made);
  EVP_PKEY_free(key);
  return out;
}

void TlsConnection::Free::operator()(SSL* session) const noexcept { SSL_free(session); }
void TlsConnection::Free::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }

TlsConnection::TlsConnection(std::uint16_t port, int version_max)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(SSL_CTX_new(TLS_client_method())),
      session_(SSL_new(context_.get())) {
  ::signal(SIGPIPE, SIG_IGN);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    throw std::runtime_error("cannot connect");
  if (version_max != 0) {
    SSL_set_security_level(session_.get(), 0);  // or OpenSSL would not even offer old versions
    SSL_set_min_proto_version(session_.get(), 0);
    SSL_set_max_proto_version(session_.get(), version_max);
  }
  SSL_set_fd(session_.get(), socket_.get());
  if (SSL_connect(session_.get()) != 1) throw std::runtime_error("no TLS");
}

TlsConnection::~TlsConnection() = default;

bool TlsConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const int n = SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string TlsConnection::receive_some() {
  std::array<char, 65536> bytes;
  const int n = SSL_read(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return n > 0 ? std::string(bytes.data(), static_cast<std::size_t>(n)) : std::string();
}

std::string TlsConnection::receive_all() {
  std::string out;
  for (std::string some = receive_some(); !some.empty(); some = receive_some()) out += some;
  return out;
}

Reply TlsConnection::receive_reply() {
  std::size_t head = 0;
  while ((head = pending_.find("\r\n\r\n")) == std::string::npos) {
    const std::string some = receive_some();
    if (some.empty()) return {};
    pending_ += some;
  }
  const Reply first = parse_reply(pending_.substr(0, head + 4));
  const std::size_t size = head + 4 + std::stoul(first.header("content-length").value_or("0"));
  while (pending_.size() < size) {
    const std::string some = receive_some();
    if (some.empty()) return {};
    pending_ += some;
  }
  const Reply reply = parse_reply(pending_.substr(0, size));
  pending_.erase(0, size);
  return reply;
}

std::string TlsConnection::certificate_name() const {
  X509* shown = SSL_get1_peer_certificate(session_.get());
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, text.data(),
                            static_cast<int>(text.size()));
  X509_free(shown);
  return text.data();
}

}  // namespace carrel::server
