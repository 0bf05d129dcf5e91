#include "server/address.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::server {

namespace {

constexpr int kMappedBits = 96;  // an IPv4 address is held as ::ffff:a.b.c.d

std::optional<std::array<std::uint8_t, 16>> parse(std::string_view text, bool* is_v4 = nullptr) {
  const std::string copy(text.substr(0, 64));
  std::array<std::uint8_t, 16> out{};
  in_addr v4{};
  if (::inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    out[10] = out[11] = 0xff;
    std::memcpy(out.data() + 12, &v4, 4);
    if (is_v4 != nullptr) *is_v4 = true;
    return out;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), out.data()) != 1) return std::nullopt;
  return out;
}

bool has_prefix(const std::array<std::uint8_t, 16>& address,
                const std::array<std::uint8_t, 16>& network, int bits) {
  for (int i = 0; i < 16 && bits > 0; ++i, bits -= 8) {
    const int mask = bits >= 8 ? 0xff : 0xff & (0xff << (8 - bits));
    const auto at = static_cast<std::size_t>(i);
    if (((address[at] ^ network[at]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace

AddressSet::AddressSet(const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    const std::size_t slash = std::min(entry.find('/'), entry.size());
    bool is_v4 = false;
    const auto bytes = parse(std::string_view(entry).substr(0, slash), &is_v4);
    int bits = is_v4 ? 32 : 128;
    const int bits_max = bits;
    bool is_good = bytes.has_value();
    if (slash < entry.size()) {
      const char* end = entry.data() + entry.size();
      const auto [stop, error] = std::from_chars(entry.data() + slash + 1, end, bits);
      is_good = is_good && error == std::errc() && stop == end && bits >= 0 && bits <= bits_max;
    }
    if (!is_good)
      throw Error(ErrorCode::invalid_argument,
                  "server.trusted_proxies holds '" + entry +
                      "', which is no address and no network; write 10.0.0.7 or 10.1.0.0/16");
    networks_.push_back({*bytes, is_v4 ? bits + kMappedBits : bits});
  }
}

bool AddressSet::contains(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto bytes = parse(address);
  return bytes && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
           return has_prefix(*bytes, network.bytes, network.bits);
         });
}

std::string address_group(std::string_view address) {
  bool is_v4 = false;
  auto bytes = parse(address, &is_v4);
  if (!bytes || is_v4) return std::string(address);
  std::fill(bytes->begin() + 8, bytes->end(), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, bytes->data(), text.data(), text.size());
  return std::string(text.data()) + "/64";
}

std::string client_address(const std::string& peer, std::string_view forwarded_for,
                           const AddressSet& trusted) {
  if (!trusted.contains(peer)) return peer;
  std::string client = peer;
  while (!forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view last = trim(forwarded_for.substr(begin));
    if (!parse(last)) return client;
    client = last;
    if (!trusted.contains(last)) return client;
    forwarded_for = forwarded_for.substr(0, begin == 0 ? 0 : comma);
  }
  return client;
}

}  // namespace carrel::server
