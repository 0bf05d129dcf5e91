// Claims: a proxy is believed only if it was named, and only as far as it wrote itself; people are
// told apart by what one of them can own.
#include "server/address.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace carrel::server {
namespace {

TEST(Address, NetworksHoldTheirAddresses) {
  const AddressSet set({"10.0.0.7", "192.168.4.0/22", "fd00::/8"});
  for (const char* in : {"10.0.0.7", "192.168.4.1", "192.168.7.255", "fd12::1"})
    EXPECT_TRUE(set.contains(in)) << in;
  for (const char* out : {"10.0.0.8", "192.168.8.0", "192.168.3.255", "fe80::1", "nonsense", ""})
    EXPECT_FALSE(set.contains(out)) << out;
}

TEST(Address, WhatIsNoNetworkIsNamed) {
  for (const char* bad : {"proxy.local", "10.0.0.0/33", "10.0.0.0/x", "fd00::/129", "/8", ""})
    EXPECT_THROW(AddressSet({std::string(bad)}), Error) << bad;
}

TEST(Address, ForwardedForIsReadFromTheRightUpToTheFirstThatIsNotTrusted) {
  const AddressSet proxies({"10.0.0.0/8"});
  EXPECT_EQ(client_address("203.0.113.9", "1.2.3.4", proxies), "203.0.113.9");  // no proxy of ours
  EXPECT_EQ(client_address("10.0.0.1", "", proxies), "10.0.0.1");
  EXPECT_EQ(client_address("10.0.0.1", "198.51.100.2", proxies), "198.51.100.2");
  // What the client itself wrote stands left of what the proxy added.
  EXPECT_EQ(client_address("10.0.0.1", "127.0.0.1, 198.51.100.2", proxies), "198.51.100.2");
  EXPECT_EQ(client_address("10.0.0.1", "6.6.6.6,198.51.100.2 , 10.0.0.2", proxies), "198.51.100.2");
  EXPECT_EQ(client_address("10.0.0.1", "198.51.100.2, <script>", proxies), "10.0.0.1");
  EXPECT_EQ(client_address("10.0.0.1", "2001:db8::5", proxies), "2001:db8::5");
}

TEST(Address, AnIpv6NetworkCountsAsOne) {
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), address_group("2001:db8:1:2:ffff::1"));
  EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
  EXPECT_NE(address_group("10.0.0.1"), address_group("10.0.0.2"));
}

}  // namespace
}  // namespace carrel::server
