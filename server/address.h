// server/address.h
//
// Where a request comes from: the address at the other end, or, where that is a proxy we were told
// to trust, the one the proxy names. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carrel::server {

// Addresses and networks, IPv4 and IPv6.
class AddressSet {
 public:
  AddressSet() = default;
  // "10.0.0.7", "10.1.0.0/16", "fd00::/8". Errors: invalid_argument (names the entry).
  explicit AddressSet(const std::vector<std::string>& entries);
  bool contains(std::string_view address) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> bytes{};
    int bits = 128;
  };
  std::vector<Network> networks_;
};

// Those who can be told apart no further: an IPv4 address, or an IPv6 network of 64 bits, of which
// one person has them all.
std::string address_group(std::string_view address);

// `peer`, or, if it is trusted, the last address in X-Forwarded-For that is not. What stands before
// that one was written by the client and is not believed; what is no address ends the search.
std::string client_address(const std::string& peer, std::string_view forwarded_for,
                           const AddressSet& trusted);

}  // namespace carrel::server
