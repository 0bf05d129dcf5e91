// Claim: the digests are those that the standards publish.
#include "core/hash.h"

#include <gtest/gtest.h>

namespace carrel {
namespace {

// FIPS 180-4, examples of NIST: "abc" and the empty message.
TEST(Hash, Sha256GivesThePublishedDigests) {
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 in_pieces;
  in_pieces.update(bytes_of("a"));
  in_pieces.update(bytes_of("bc"));
  EXPECT_EQ(in_pieces.finish(), sha256("abc"));
}

// RFC 4231, test case 2.
TEST(Hash, HmacGivesThePublishedCode) {
  EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, HexadecimalRefusesWhatItIsNot) {
  EXPECT_EQ(from_hex("00ff"), std::string("\x00\xff", 2));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("000"));
}

}  // namespace
}  // namespace carrel
