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

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";
  // A TLS proxy stands in front: only then may `listen` name more than this machine, and cookies
  // are marked Secure. The proxy must pass on the Host header.
  bool behind_proxy = false;
  // Names by which people reach the server, beside loopback's own. Empty behind a proxy: any.
  std::vector<std::string> host_names;

  // --- connections
  std::size_t connections_max = 512;
  std::size_t workers = 32;
  std::size_t queue_max = 64;  // complete requests that wait for a worker
  std::size_t head_bytes_max = 16 << 10;
  std::size_t json_bytes_max = 64 << 10;
  std::size_t upload_bytes_max = 64 << 20;
  std::chrono::milliseconds head_time_max{5000};
  std::chrono::milliseconds body_time_max{10'000};      // of a JSON body
  std::chrono::milliseconds stall_time_max{15'000};     // without a byte moving, either way
  std::chrono::milliseconds request_time_max{600'000};  // uploads and answers, from first to last
  std::chrono::milliseconds stop_time_max{10'000};

  // --- work
  std::size_t compute_max = 2;           // searches, answers and page images at once
  std::size_t compute_waiting_max = 16;  // beyond these: 503
  std::chrono::milliseconds compute_wait_max{10'000};
  std::size_t compute_per_user_max = 4;  // running and waiting: 429
  std::size_t streams_max = 16;
  std::size_t uploads_max = 2;
  std::size_t sign_ins_max = 2;
  std::chrono::milliseconds search_time_max{10'000};
  std::chrono::milliseconds ask_time_max{120'000};
  std::size_t answer_passages = 8;
  std::size_t jobs_waiting_max = 256;
  std::size_t jobs_kept_max = 500;  // finished ones that can still be asked about
  std::size_t page_cache_bytes_max = 32 << 20;
  int page_dpi = 110;
};

// Errors: invalid_argument (out of range).
void bind(Config& config, ServerOptions& options);

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  bool is_loopback = false;
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:0". Errors: invalid_argument (also: an address beyond
// this machine without behind_proxy).
ListenAddress parse_listen(const ServerOptions& options);

}  // namespace carrel::server
