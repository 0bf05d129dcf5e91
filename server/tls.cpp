#include "server/tls.h"

#include <array>
#include <csignal>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"

namespace carrel::server {

namespace {

constexpr std::size_t kFileMax = std::size_t{1} << 20;  // bytes: a long chain has some ten thousand

// What OpenSSL says last is nearest to the file's fault. Its texts hold no key material.
std::string openssl_reason() {
  std::array<char, 256> text{};
  unsigned long code = 0;
  while (const unsigned long next = ERR_get_error()) code = next;
  if (code == 0) return "unknown";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason
                           : (ERR_error_string_n(code, text.data(), text.size()), text.data());
}

Error refused(const std::string& what, const std::filesystem::path& file) {
  const bool is_readable = ::access(file.c_str(), R_OK) == 0;
  const std::string why = is_readable ? openssl_reason() : std::strerror(errno);
  ERR_clear_error();
  return Error(ErrorCode::invalid_argument, what + " " + file.string() + " cannot be used: " + why +
                                                "; it must be a PEM file that this user may read");
}

// Of what the client offers, HTTP/1.1; a client that offers only what we do not speak is refused.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  constexpr std::array<unsigned char, 9> ours = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours.data(), ours.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// A key that asks for a passphrase would wait for a terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

void Tls::Release::operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }

Tls::Tls(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {
  // OpenSSL writes to its socket without MSG_NOSIGNAL: a client that left must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  stamp_ = stamp();
  context_ = load();
}

Tls::~Tls() = default;

Tls::Context Tls::load() const {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) throw Error(ErrorCode::unavailable, "TLS cannot be started");
  SSL_CTX* c = context.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                             SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Released buffers keep an idle connection at a few KiB; moving ones let an answer be continued
  // by another thread.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);      // tickets resume without our memory
  SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(c, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(c, certificate_.c_str()) != 1)
    throw refused("the TLS certificate", certificate_);
  if (SSL_CTX_use_PrivateKey_file(c, key_.c_str(), SSL_FILETYPE_PEM) != 1)
    throw refused("the TLS key", key_);
  if (SSL_CTX_check_private_key(c) != 1)
    throw Error(ErrorCode::invalid_argument, "the TLS key " + key_.string() +
                                                 " does not belong to the certificate " +
                                                 certificate_.string());
  return context;
}

SSL* Tls::new_session() const {
  const std::scoped_lock lock(mutex_);
  return SSL_new(context_.get());  // holds its own reference to the context
}

void Tls::reload() {
  const std::string now = stamp();
  {
    const std::scoped_lock lock(mutex_);
    stamp_ = now;
  }
  Context fresh = load();
  const std::scoped_lock lock(mutex_);
  context_.swap(fresh);
}

bool Tls::reload_if_changed() {
  {
    const std::string now = stamp();
    const std::scoped_lock lock(mutex_);
    if (now == stamp_) return false;
  }
  reload();
  return true;
}

// Of the contents: times tell nothing of two writes in one tick of the clock.
std::string Tls::stamp() const {
  std::string out;
  for (const std::filesystem::path& file : {certificate_, key_}) {
    try {
      out += to_hex(sha256(read_file(file, kFileMax)));
    } catch (const Error&) {
      out += "cannot be read";  // load() says why
    }
    out += ' ';
  }
  return out;
}

}  // namespace carrel::server
