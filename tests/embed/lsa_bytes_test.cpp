// Claim: an encoder comes back from its bytes as it went, and no bytes whatever do harm: they make
// an encoder that works, or an Error that says corrupt.
#include <cstring>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/hash.h"
#include "tests/embed/lsa_support.h"
#include "tests/support/testing.h"

namespace carrel::embed {
namespace {

const std::string& stored() {
  static const std::string bytes = train(topic_texts(12, 60, 3))->to_bytes();
  return bytes;
}

// The fuzz target. True: the bytes were an encoder, and it has been used.
bool read_and_use(std::string_view bytes) {
  try {
    const auto encoder = LsaEncoder::from_bytes(bytes);
    const std::vector<float> out = encode(*encoder, "t1w1 t2w2 common3 unheard");
    const double norm = dot(out, out);
    EXPECT_TRUE(norm == 0 || std::abs(norm - 1) < 1e-3) << norm;
    EXPECT_GE(encoder->unknown_share("t1w1 unheard"), 0);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << error.what();
    return false;
  }
}

// What an attacker would do, and what makes mutations reach the code behind the checksum.
void seal_again(std::string& bytes) {
  if (bytes.size() < 8) return;
  const std::string_view content(bytes.data(), bytes.size() - 8);
  const std::uint64_t sum = checksum64(bytes_of(content));
  std::memcpy(bytes.data() + content.size(), &sum, sizeof sum);
}

TEST(LsaBytes, BringBackTheSameEncoder) {
  const std::vector<std::string> texts = topic_texts(12, 300, 5);
  const auto before = train(texts);
  const std::string bytes = before->to_bytes();
  const auto after = LsaEncoder::from_bytes(bytes);
  EXPECT_EQ(after->dim(), before->dim());
  EXPECT_EQ(after->terms(), before->terms());
  EXPECT_EQ(after->trained_on(), 300u);
  EXPECT_TRUE(after->to_bytes() == bytes);
  for (const std::string& text : topic_texts(13, 20, 5)) {
    EXPECT_EQ(encode(*after, text), encode(*before, text));
    EXPECT_EQ(after->unknown_share(text + " zebra"), before->unknown_share(text + " zebra"));
  }
}

TEST(LsaBytes, AreRefusedAtEveryLengthButTheirOwn) {
  for (std::size_t length = 0; length < stored().size(); length += 1 + length / 64)
    ASSERT_FALSE(read_and_use(std::string_view(stored()).substr(0, length))) << length;
  EXPECT_FALSE(read_and_use(stored() + '\0'));
  EXPECT_TRUE(read_and_use(stored()));
}

TEST(LsaBytes, AreRefusedWithAnyBitTurned) {
  Rng rng(testing::test_seed());
  for (int i = 0; i < testing::test_runs(2000); ++i) {
    std::string bytes = stored();
    bytes[rng.below(bytes.size())] ^= static_cast<char>(1 << rng.below(8));
    ASSERT_FALSE(read_and_use(bytes));
  }
}

TEST(LsaBytes, DoNoHarmWhateverTheySay) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  int refused = 0;
  for (int i = 0; i < testing::test_runs(3000); ++i) {
    std::string bytes = stored();
    const bool in_header = rng.chance(0.5);
    for (std::uint64_t n = 1 + rng.below(4); n > 0; --n)
      bytes[rng.below(in_header ? 48 : bytes.size())] = static_cast<char>(rng.next());
    if (rng.chance(0.2)) bytes.resize(rng.below(bytes.size()));
    seal_again(bytes);
    refused += read_and_use(bytes) ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
}

// Sizes whose product overflows, or asks for all memory there is, with a checksum that holds.
TEST(LsaBytes, WithHugeSizesAreRefusedBeforeMemoryIsTaken) {
  for (const std::size_t field : {12, 16, 32}) {
    for (const std::uint64_t size : {~std::uint64_t{0}, std::uint64_t{1} << 63,
                                     std::uint64_t{1} << 40, std::uint64_t{4'000'000}}) {
      std::string bytes = stored();
      std::memcpy(bytes.data() + field, &size, field == 12 ? 4 : 8);
      seal_again(bytes);
      EXPECT_FALSE(read_and_use(bytes)) << "field at " << field << " = " << size;
    }
  }
}

// A NaN, sealed, would make every later score a NaN.
TEST(LsaBytes, WithAValueThatIsNoNumberAreRefused) {
  std::string bytes = stored();
  bytes[bytes.size() - 9] = '\x7E';  // the high byte of the last float16
  seal_again(bytes);
  EXPECT_FALSE(read_and_use(bytes));
}

}  // namespace
}  // namespace carrel::embed
