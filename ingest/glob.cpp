#include "ingest/glob.h"

#include <algorithm>

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::ingest {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::invalid_argument, why); }

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
  return out;
}

// File systems of some desktops store names decomposed, keyboards type them composed. A rule that
// restricts "Gehälter*" must not depend on who saved the file, so both sides are composed (NFC).
std::u32string composed(std::string_view text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::u32string points = code_points(text);
  if (is_ascii) return points;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  CARREL_ASSERT(U_SUCCESS(status));
  icu::UnicodeString source;
  for (const char32_t point : points) source.append(static_cast<UChar32>(point));
  const icu::UnicodeString normal = nfc->normalize(source, status);
  CARREL_ASSERT(U_SUCCESS(status));
  points.clear();
  for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1))
    points.push_back(static_cast<char32_t>(normal.char32At(i)));
  return points;
}

std::string_view without_start(std::string_view pattern) {
  while (pattern.starts_with("./")) pattern.remove_prefix(2);
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  return pattern;
}

void refuse_dot_folders(std::string_view pattern) {
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string_view part = pattern.substr(begin, end - begin);
    if (part == ".." || part == ".")
      refuse("a glob is relative to its own folder and cannot contain '" + std::string(part) + "'");
    begin = end + 1;
  }
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  if (pattern.size() > kGlobBytesMax)
    refuse("a glob may have at most " + std::to_string(kGlobBytesMax) + " bytes");
  if (!is_valid_utf8(pattern)) refuse("a glob must be UTF-8");
  pattern = without_start(pattern);
  if (pattern.empty()) refuse("a glob must not be empty; \"**\" stands for every file");
  refuse_dot_folders(pattern);
  std::u32string points = composed(pattern);
  if (points.back() == U'/') points += U"**";

  for (std::size_t i = 0; i < points.size(); ++i) {
    const char32_t c = points[i];
    if (c == U'*') {
      std::size_t stars = 1;
      while (i + stars < points.size() && points[i + stars] == U'*') ++stars;
      const bool at_start = i == 0 || points[i - 1] == U'/';
      i += stars - 1;
      if (stars == 1) {
        steps_.push_back({.kind = Kind::star});
      } else if (at_start && i + 1 < points.size() && points[i + 1] == U'/') {
        steps_.push_back({.kind = Kind::folders});
        ++i;
      } else {
        steps_.push_back({.kind = Kind::any});
      }
    } else if (c == U'?') {
      steps_.push_back({.kind = Kind::any_one});
    } else if (c == U'[') {
      i = read_class(points, i);
    } else if (c == U'{' || c == U'}') {
      refuse("braces have no meaning in a glob; write one [[match]] for each name, or \\{");
    } else {
      if (c == U'\\' && ++i == points.size()) refuse("a glob cannot end in a single backslash");
      steps_.push_back({.kind = Kind::literal, .point = points[i]});
    }
  }
}

// Reads "[...]" that starts at `at`; returns the position of its ']'.
std::size_t Glob::read_class(const std::u32string& pattern, std::size_t at) {
  Step step{.kind = Kind::any_of};
  std::size_t i = at + 1;
  if (i < pattern.size() && (pattern[i] == U'!' || pattern[i] == U'^')) {
    step.is_negated = true;
    ++i;
  }
  const std::size_t first = i;
  for (; i < pattern.size() && (pattern[i] != U']' || i == first); ++i) {
    if (pattern[i] == U'\\' && i + 1 < pattern.size()) ++i;
    const char32_t low = pattern[i];
    char32_t high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == U'-' && pattern[i + 2] != U']') {
      high = pattern[i + 2];
      i += 2;
    }
    if (high < low) refuse("a range in a glob runs from the lower to the higher character");
    step.ranges.emplace_back(low, high);
  }
  if (i >= pattern.size()) refuse("a '[' in a glob needs its ']'; write \\[ for the character");
  steps_.push_back(std::move(step));
  return i;
}

bool Glob::accepts(const Step& step, char32_t point) {
  switch (step.kind) {
    case Kind::literal:
      return point == step.point;
    case Kind::any_one:
      return point != U'/';
    case Kind::any_of:
      return point != U'/' &&
             std::any_of(step.ranges.begin(), step.ranges.end(), [point](const auto& range) {
               return range.first <= point && point <= range.second;
             }) != step.is_negated;
    case Kind::star:
      return point != U'/';
    case Kind::any:
    case Kind::folders:
      return true;
  }
  return false;
}

// State i: steps before i have matched. The repeating steps may be left without taking anything;
// `folders` may be entered so too, but once it has taken a character it is left only behind a '/':
// that is why its inside is a state of its own (`inside`).
bool Glob::matches(std::string_view path) const {
  const std::size_t n = steps_.size();
  std::vector<std::uint8_t> now(n + 1), next(n + 1), inside(n + 1), inside_next(n + 1);
  const auto skips = [this](std::size_t i) {
    const Kind kind = steps_[i].kind;
    return kind == Kind::star || kind == Kind::any || kind == Kind::folders;
  };
  now[0] = 1;
  for (std::size_t i = 0; i < n; ++i)
    if (now[i] != 0 && skips(i)) now[i + 1] = 1;

  for (const char32_t point : composed(path)) {
    std::fill(next.begin(), next.end(), std::uint8_t{0});
    std::fill(inside_next.begin(), inside_next.end(), std::uint8_t{0});
    bool is_alive = false;
    for (std::size_t i = 0; i < n; ++i) {
      if (now[i] == 0 && inside[i] == 0) continue;
      if (!accepts(steps_[i], point)) continue;
      is_alive = true;
      if (steps_[i].kind == Kind::folders) {
        inside_next[i] = 1;
        if (point == U'/') next[i + 1] = 1;
      } else if (steps_[i].kind == Kind::star || steps_[i].kind == Kind::any) {
        next[i] = 1;
      } else {
        next[i + 1] = 1;
      }
    }
    if (!is_alive) return false;
    for (std::size_t i = 0; i < n; ++i)
      if (next[i] != 0 && skips(i)) next[i + 1] = 1;
    now.swap(next);
    inside.swap(inside_next);
  }
  return now[n] != 0;
}

}  // namespace carrel::ingest
