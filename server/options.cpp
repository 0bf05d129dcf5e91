#include "server/options.h"

#include <charconv>

#include "core/error.h"
#include "server/address.h"

namespace carrel::server {

namespace {
using std::chrono::milliseconds;
constexpr milliseconds kHour{3'600'000};
}  // namespace

void bind(Config& config, ServerOptions& o) {
  const auto count = [&](std::string_view key, std::size_t& value, std::size_t min,
                         std::size_t max) { config.read(key, value, min, max); };
  const auto time = [&](std::string_view key, milliseconds& value, milliseconds max) {
    config.read(key, value, milliseconds(10), max);
  };
  config.read("server.listen", o.listen);
  config.read("server.tls_certificate", o.tls_certificate);
  config.read("server.tls_key", o.tls_key);
  config.read("server.behind_proxy", o.behind_proxy);
  config.read("server.trusted_proxies", o.trusted_proxies);
  AddressSet checked(o.trusted_proxies);
  config.read("server.host_names", o.host_names);
  count("server.connections_max", o.connections_max, 16, 65'536);
  count("server.connections_per_address_max", o.connections_per_address_max, 16, 65'536);
  count("server.requests_per_connection_max", o.requests_per_connection_max, 1, 1'000'000);
  count("server.requests_per_second_max", o.requests_per_second_max, 1, 1'000'000);
  count("server.requests_per_user_max", o.requests_per_user_max, 1, 4096);
  count("server.workers", o.workers, 4, 512);
  count("server.queue_max", o.queue_max, 1, 4096);
  count("server.head_bytes_max", o.head_bytes_max, 1024, 64 << 10);
  count("server.json_bytes_max", o.json_bytes_max, 1024, 1 << 20);
  count("server.upload_bytes_max", o.upload_bytes_max, 1024, std::size_t{1} << 30);
  count("server.unsent_bytes_max", o.unsent_bytes_max, std::size_t{1} << 20, std::size_t{8} << 30);
  count("server.bytes_per_second_min", o.bytes_per_second_min, 16, 1 << 20);
  time("server.head_time_max_ms", o.head_time_max, milliseconds(60'000));
  time("server.body_time_max_ms", o.body_time_max, milliseconds(60'000));
  time("server.idle_time_max_ms", o.idle_time_max, milliseconds(600'000));
  time("server.stall_time_max_ms", o.stall_time_max, milliseconds(120'000));
  time("server.request_time_max_ms", o.request_time_max, kHour);
  time("server.stop_time_max_ms", o.stop_time_max, milliseconds(120'000));
  count("server.compute_max", o.compute_max, 1, 256);
  count("server.drawings_max", o.drawings_max, 1, 64);
  count("server.compute_waiting_max", o.compute_waiting_max, 0, 256);
  time("server.compute_wait_max_ms", o.compute_wait_max, milliseconds(60'000));
  count("server.compute_per_user_max", o.compute_per_user_max, 1, 256);
  count("server.streams_max", o.streams_max, 1, 256);
  count("server.downloads_max", o.downloads_max, 1, 4096);
  count("server.uploads_max", o.uploads_max, 1, 64);
  count("server.uploads_per_user_max", o.uploads_per_user_max, 1, 64);
  count("server.sign_ins_max", o.sign_ins_max, 1, 16);
  count("server.sign_ins_waiting_max", o.sign_ins_waiting_max, 1, 256);
  time("server.search_time_max_ms", o.search_time_max, milliseconds(120'000));
  time("server.ask_time_max_ms", o.ask_time_max, kHour);
  count("server.answer_passages", o.answer_passages, 1, 32);
  count("server.disk_reserve_bytes", o.disk_reserve_bytes, 0, std::size_t{1} << 50);
  count("server.jobs_waiting_max", o.jobs_waiting_max, 1, 100'000);
  count("server.jobs_waiting_per_user_max", o.jobs_waiting_per_user_max, 1, 100'000);
  count("server.jobs_kept_max", o.jobs_kept_max, 1, 100'000);
  count("server.page_cache_bytes_max", o.page_cache_bytes_max, 0, std::size_t{1} << 30);
  config.read("server.page_dpi", o.page_dpi, 36, 300);
}

ListenAddress parse_listen(const ServerOptions& options) {
  const std::string& text = options.listen;
  const std::size_t colon = text.rfind(':');
  const auto bad = [&] {
    return Error(ErrorCode::invalid_argument,
                 "server.listen is '" + text + "'; write an address and a port: 127.0.0.1:8080");
  };
  if (colon == std::string::npos || colon == 0) throw bad();
  ListenAddress out;
  out.host = text.substr(0, colon);
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
    out.host = out.host.substr(1, out.host.size() - 2);
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, out.port);
  if (error != std::errc() || stop != end) throw bad();
  if (out.host == "localhost") out.host = "127.0.0.1";
  out.is_loopback = out.host.starts_with("127.") || out.host == "::1";
  if (options.tls_certificate.empty() != options.tls_key.empty())
    throw Error(ErrorCode::invalid_argument,
                "TLS needs both a certificate and its key: set server.tls_certificate and "
                "server.tls_key, or --tls-cert and --tls-key");
  if (!out.is_loopback && !options.is_secure())
    throw Error(ErrorCode::invalid_argument,
                "server.listen is '" + text +
                    "', which other machines can reach, and passwords would travel unencrypted. "
                    "Give a certificate (--tls-cert FILE --tls-key FILE), or say that a TLS proxy "
                    "stands in front (--behind-proxy), or listen on 127.0.0.1");
  return out;
}

bool ServerOptions::sends_hsts() const { return has_tls() && !parse_listen(*this).is_loopback; }

std::size_t ServerOptions::threads() const {
  return workers + compute_max + drawings_max + 2 * compute_waiting_max + streams_max +
         2 * uploads_max + 2 * sign_ins_max + 2 * sign_ins_waiting_max;
}

}  // namespace carrel::server
