// Claims: JSON from outside is bounded, JSON going out is always valid, offsets count code points.
#include "server/json_text.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace carrel::server {
namespace {

std::string nested(int depth) {
  return "{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']') + "}";
}

TEST(JsonText, ADepthBombIsRefusedAndOrdinaryDepthIsNot) {
  EXPECT_NO_THROW(parse_json_object(nested(60)));
  EXPECT_THROW(parse_json_object(nested(70)), Error);
  EXPECT_THROW(parse_json_object(nested(100'000)), Error);
  EXPECT_THROW(parse_json_object("{\"a\":" + std::string(100'000, '[')), Error);
}

TEST(JsonText, OnlyObjectsOfValidUtf8AreRead) {
  EXPECT_THROW(parse_json_object("[1]"), Error);
  EXPECT_THROW(parse_json_object("{\"a\":\"\xff\"}"), Error);
  EXPECT_THROW(parse_json_object("{\"a\":1} {"), Error);
  EXPECT_THROW(parse_json_object(""), Error);
}

TEST(JsonText, BadUtf8GoesOutReplaced) {
  EXPECT_EQ(dump({{"a", "x\xffy"}}), "{\"a\":\"x\xEF\xBF\xBDy\"}");
}

TEST(JsonText, SpansCountCodePoints) {
  // "é" is 2 bytes, the emoji 4: bytes 3..7 are the emoji, code points 2..3.
  EXPECT_EQ(dump(code_point_spans("aé😀z", {{0, 3}, {3, 7}})), "[[0,2],[2,3]]");
}

TEST(JsonText, NumbersOutOfRangeAreRefused) {
  EXPECT_THROW(integer_member({{"top", 101}}, "top", 10, 1, 100), Error);
  EXPECT_THROW(integer_member({{"top", 1.5}}, "top", 10, 1, 100), Error);
  EXPECT_THROW(integer_member({{"top", 18446744073709551615ULL}}, "top", 10, 1, 100), Error);
  EXPECT_EQ(integer_member(nlohmann::json::object(), "top", 10, 1, 100), 10);
}

}  // namespace
}  // namespace carrel::server
