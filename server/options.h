// server/options.h
//
// What an operator may set about serving, with every bound by name. Filled from the configuration
// by bind(); plain values, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"

namespace carrel::server {

// Neighbours of cut lists and tables that are read along for one answer.
inline constexpr std::size_t kAnswerContinuations = 4;

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";
  // PEM files; given both, the listener speaks TLS 1.2 or later and nothing else.
  std::string tls_certificate;
  std::string tls_key;
  // A TLS proxy stands in front: then `listen` may name more than this machine without TLS of our
  // own. The proxy must pass on the Host header.
  bool behind_proxy = false;
  // Addresses or networks ("10.0.0.7", "10.1.0.0/16") whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;
  // Names by which people reach the server, beside loopback's own. Empty behind a proxy: any.
  std::vector<std::string> host_names;

  bool has_tls() const { return !tls_certificate.empty(); }
  // Browsers reach us through TLS, ours or a proxy's: cookies are marked Secure and origins must be
  // https.
  bool is_secure() const { return has_tls() || behind_proxy; }
  // Not on loopback, whose name a browser would remember for every other program on the machine.
  bool sends_hsts() const;

  // --- connections
  std::size_t connections_max = 4096;
  std::size_t connections_per_address_max = 1024;  // beyond: its longest idle ones are closed
  std::size_t requests_per_connection_max = 1000;
  std::size_t workers = 16;    // beside those that costly work can hold; see threads()
  std::size_t queue_max = 64;  // complete requests that wait for a worker
  std::size_t head_bytes_max = 16 << 10;
  std::size_t json_bytes_max = 64 << 10;
  std::size_t upload_bytes_max = 64 << 20;
  std::size_t unsent_bytes_max = 256 << 20;       // of answers that wait for slow readers, together
  std::size_t bytes_per_second_min = 16 << 10;    // who sends or reads slower is cut off
  std::chrono::milliseconds head_time_max{5000};  // also of a TLS handshake
  std::chrono::milliseconds body_time_max{10'000};      // of a JSON body
  std::chrono::milliseconds idle_time_max{30'000};      // between two requests
  std::chrono::milliseconds stall_time_max{15'000};     // without a byte moving, either way
  std::chrono::milliseconds request_time_max{600'000};  // uploads and answers, from first to last
  std::chrono::milliseconds stop_time_max{10'000};

  // --- one person or program
  std::size_t requests_per_second_max = 300;  // 429 beyond; twice as many in one moment
  std::size_t requests_per_user_max = 32;     // at once, until their answers have left: 429

  // --- work
  std::size_t compute_max = 2;           // searches, answers and long reads at once
  std::size_t drawings_max = 2;          // page images at once; one person: one fewer, 1 at least
  std::size_t compute_waiting_max = 16;  // of either, beyond these: 503
  std::chrono::milliseconds compute_wait_max{10'000};
  std::size_t compute_per_user_max = 4;  // running and waiting: 429
  std::size_t streams_max = 16;
  std::size_t downloads_max = 64;  // originals on their way out; they hold no worker
  std::size_t uploads_max = 8;
  std::size_t uploads_per_user_max = 2;
  std::size_t sign_ins_max = 2;  // passwords being checked: each takes 64 MiB
  std::size_t sign_ins_waiting_max = 32;
  std::chrono::milliseconds search_time_max{10'000};
  std::chrono::milliseconds ask_time_max{120'000};
  std::size_t answer_passages = 8;
  // Free on the library's disk, below which uploads are refused and those that wait go on waiting:
  // questions and their records need room too.
  std::size_t disk_reserve_bytes = 1 << 30;
  std::size_t jobs_waiting_max = 256;
  std::size_t jobs_waiting_per_user_max = 64;  // beyond: 429
  std::size_t jobs_kept_max = 500;             // finished ones that can still be asked about
  std::size_t page_cache_bytes_max = 32 << 20;
  int page_dpi = 110;

  // Worker threads: so many that costly work, waiting included, can never hold the last ones.
  std::size_t threads() const;
};

// Errors: invalid_argument (out of range).
void bind(Config& config, ServerOptions& options);

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  bool is_loopback = false;
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:0". Errors: invalid_argument (also: an address beyond
// this machine with neither TLS nor behind_proxy).
ListenAddress parse_listen(const ServerOptions& options);

}  // namespace carrel::server
