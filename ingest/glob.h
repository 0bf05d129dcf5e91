// ingest/glob.h
//
// Patterns of file names, as carrel.toml writes them, matched against a whole path relative to the
// folder of the rule:
//
//   ?  one character but '/'        *   any characters but '/'
//   [a-z] [!a-z]  one of these       **  any characters, '/' too; "**/" also stands for no folder
//   \x  the character x itself       "drafts/" means everything below drafts
//
// Case counts, and composed and decomposed accents are the same. Nobody can make a match slow: its
// cost is at most pattern length times path length (Thompson 1968: all states at once).
//
// Any thread; immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carrel::ingest {

inline constexpr std::size_t kGlobBytesMax = 512;

class Glob {
 public:
  // Errors: invalid_argument (empty, over-long, not UTF-8, an unclosed '[', a brace, "." or ".." as
  // a folder): a pattern that would not do what its author expects must not be silently accepted.
  explicit Glob(std::string_view pattern);

  // `path` has no leading '/'; bytes that are not UTF-8 count as U+FFFD.
  bool matches(std::string_view path) const;

 private:
  enum class Kind : std::uint8_t { literal, any_one, any_of, star, any, folders };
  struct Step {
    Kind kind = Kind::literal;
    bool is_negated = false;
    char32_t point = 0;
    std::vector<std::pair<char32_t, char32_t>> ranges;  // inclusive
  };
  static bool accepts(const Step& step, char32_t point);
  std::size_t read_class(const std::u32string& pattern, std::size_t at);

  std::vector<Step> steps_;
};

}  // namespace carrel::ingest
