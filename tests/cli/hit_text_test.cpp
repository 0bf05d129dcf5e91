// Claim: a hit is shown by its best words, once, and without what a terminal would obey.
#include "cli/hit_text.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace carrel::cli {
namespace {

using nlohmann::json;

TEST(HitText, ASectionThatBeginsWithTheTitleDoesNotSayItTwice) {
  EXPECT_EQ(place_of({{"title", "Leave"}, {"section", "Leave > Carrying over"}, {"page", 3}}),
            "Leave > Carrying over, page 3");
  EXPECT_EQ(place_of({{"title", "Leave"}, {"section", ""}, {"page", nullptr}}), "Leave");
}

TEST(HitText, ASnippetStandsWhereTheHighlightsAre) {
  const std::string before(300, 'x');
  const json hit = {{"text", before + " the grüne lamp burns"},
                    {"highlights", {{305, 310}, {311, 315}}}};
  const std::string shown = snippet(hit, false);
  EXPECT_NE(shown.find("*grüne* *lamp* burns"), std::string::npos) << shown;
  EXPECT_TRUE(shown.starts_with("... ")) << shown;
  EXPECT_NE(snippet(hit, true).find("\x1b[1mgrüne\x1b[0m"), std::string::npos);
}

TEST(HitText, LinesBecomeSpacesAndSpacesOne) {
  EXPECT_EQ(snippet({{"text", "one\n\n  two\tthree"}, {"highlights", json::array()}}, false),
            "one two three");
}

TEST(HitText, ControlCharactersAreGone) {
  EXPECT_EQ(plain_line("a\x1b[31mb\xC2\x9B"
                       "c\nd"),
            "a [31mb c d");
  EXPECT_EQ(plain_text("a\nb\x07"), "a\nb ");
}

TEST(HitText, APathIsShownByItsEndAndAnAddressWhole) {
  EXPECT_EQ(short_uri("/srv/share/hr/policies/leave.md"), "policies/leave.md");
  EXPECT_EQ(short_uri("leave.md"), "leave.md");
  EXPECT_EQ(short_uri("https://wiki.example/leave"), "https://wiki.example/leave");
}

}  // namespace
}  // namespace carrel::cli
