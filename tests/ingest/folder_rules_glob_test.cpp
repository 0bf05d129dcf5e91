// Claim: a glob matches what its page says, and nobody can make it slow.
// How: worked examples, and a slow obvious matcher (try everything) as the judge of random ones.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "ingest/glob.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

struct Example {
  std::string_view pattern;
  std::string_view path;
  bool is_match;
};

TEST(FolderRulesGlob, MatchesAsItsPageSays) {
  const Example examples[] = {
      {"salary*", "salary-2025.csv", true},
      {"salary*", "old-salary.csv", false},
      {"salary*", "2024/salary.csv", false},
      {"**/salary*", "2024/salary.csv", true},
      {"**/salary*", "salary.csv", true},
      {"**/salary*", "a/b/c/salary.csv", true},
      {"**/salary*", "a/unsalary.csv", false},
      {"a/**/z", "a/z", true},
      {"a/**/z", "a/b/z", true},
      {"a/**/z", "a/b/c/z", true},
      {"a/**/z", "a/bz", false},
      {"a/**", "a/b/c.md", true},
      {"a/**", "b/a/c.md", false},
      {"drafts/", "drafts/x/y.md", true},
      {"drafts/", "drafts.md", false},
      {"./drafts/*", "drafts/x.md", true},
      {"/drafts/*", "drafts/x.md", true},
      {"a**z", "a/b/z", true},
      {"?.md", "a.md", true},
      {"?.md", "ab.md", false},
      {"?.md", "é.md", true},
      {"a?b", "a/b", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[!a-c]x", "dx", true},
      {"[!a-c]x", "/x", false},
      {"[]]x", "]x", true},
      {"[a-]x", "-x", true},
      {"\\*x", "*x", true},
      {"\\*x", "ax", false},
      {"minutes-20[0-9][0-9].pdf", "minutes-2025.pdf", true},
      {"Salary*", "salary.csv", false},
      {"**", "any/thing.md", true},
      {"*", "thing.md", true},
      {"*", "any/thing.md", false},
      {"Geh\xC3\xA4lter*", "Geha\xCC\x88lter-2025.xlsx", true},  // composed against decomposed
      {"x\xEF\xBF\xBD", "x\xFF", true},                          // a byte that is not UTF-8
  };
  for (const Example& e : examples)
    EXPECT_EQ(Glob(e.pattern).matches(e.path), e.is_match) << e.pattern << " against " << e.path;
}

TEST(FolderRulesGlob, RefusesWhatWouldNotDoWhatItSays) {
  for (const std::string_view pattern :
       {"", "/", "[abc", "[", "a\\", "{a,b}", "../hr/*", "a/../b", "[z-a]", "\xFF"})
    EXPECT_THROW(Glob{pattern}, Error) << pattern;
  EXPECT_THROW(Glob(std::string(kGlobBytesMax + 1, 'a')), Error);
}

// Exponential in backtracking matchers: here each costs pattern times path. The test ends at once,
// or not within the lifetime of the machine.
TEST(FolderRulesGlob, AdversarialPatternsEnd) {
  std::string stars;
  std::string folders;
  for (int i = 0; i < 60; ++i) {
    stars += "*a";
    folders += "**/";
  }
  EXPECT_FALSE(Glob(stars + "b").matches(std::string(4000, 'a')));
  EXPECT_TRUE(Glob(stars + "*").matches(std::string(4000, 'a')));
  std::string deep;
  for (int i = 0; i < 1300; ++i) deep += "a/";
  EXPECT_FALSE(Glob(folders + "b").matches(deep + "a"));
  EXPECT_TRUE(Glob(folders + "a").matches(deep + "a"));
}

// All ways of matching, tried one after the other.
bool matches_slowly(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**/")) {
    if (matches_slowly(pattern.substr(3), path)) return true;
    for (std::size_t i = 0; i < path.size(); ++i)
      if (path[i] == '/' && matches_slowly(pattern.substr(3), path.substr(i + 1))) return true;
    return false;
  }
  if (pattern[0] == '*') {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (matches_slowly(pattern.substr(1), path.substr(i))) return true;
      if (i < path.size() && path[i] == '/') break;
    }
    return false;
  }
  if (path.empty()) return false;
  const bool is_same = pattern[0] == '?' ? path[0] != '/' : pattern[0] == path[0];
  return is_same && matches_slowly(pattern.substr(1), path.substr(1));
}

TEST(FolderRulesGlob, AgreesWithTheSlowMatcher) {
  const std::uint64_t seed = testing::test_seed();
  Rng rng(seed);
  int matches = 0;
  for (int round = 0; round < testing::test_runs(20'000); ++round) {
    std::string pattern;
    for (std::uint64_t part = rng.below(3) + 1; part > 0; --part) {
      if (rng.chance(0.3)) pattern += "**/";
      for (std::uint64_t i = rng.below(4); i > 0; --i)
        if (const char c = "ab*?"[rng.below(4)]; c != '*' || !pattern.ends_with('*')) pattern += c;
      if (part > 1 && !pattern.ends_with('/')) pattern += '/';
    }
    if (pattern.empty() || pattern.ends_with('/') || pattern.starts_with('/')) continue;
    std::string path;
    for (std::uint64_t i = rng.below(8) + 1; i > 0; --i) path += "ab/"[rng.below(3)];
    const bool expected = matches_slowly(pattern, path);
    matches += expected ? 1 : 0;
    ASSERT_EQ(Glob(pattern).matches(path), expected) << pattern << " against " << path;
  }
  EXPECT_GT(matches, 100);
}

}  // namespace
}  // namespace carrel::ingest
