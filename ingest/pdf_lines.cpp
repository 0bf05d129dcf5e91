// Words into pieces of lines, and the lines that every page repeats.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "core/utf8.h"
#include "ingest/pdf_layout.h"

namespace carrel::ingest {
namespace {

// Gaps as shares of the font's size.
constexpr float kCellGap = 1.5F;      // wider than justified text ever stretches a space
constexpr float kNoSpaceGap = 0.12F;  // narrower than any space

bool is_same_line(const PdfLine& line, const PdfWord& word) {
  const float overlap = std::min(line.y1, word.y1) - std::max(line.y0, word.y0);
  const float least = std::min(line.y1 - line.y0, word.y1 - word.y0);
  return overlap > 0.5F * least && word.x0 >= line.x1 - 0.35F * std::max(line.size, word.size);
}

PdfLine begin_line(const PdfWord& word) {
  PdfLine line;
  line.text = word.text;
  line.x0 = word.x0;
  line.y0 = word.y0;
  line.x1 = word.x1;
  line.y1 = word.y1;
  line.size = word.size;
  line.starts_bold = line.is_bold = word.is_bold;
  return line;
}

// What makes two lines of different pages the same: their words, with every number as '#'.
std::string shape_of(const std::string& text) {
  std::string out;
  bool in_number = false;
  for (const char c : text) {
    const bool is_digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (is_digit && !in_number) out += '#';
    if (!is_digit && c != ' ')
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    in_number = is_digit;
  }
  return out;
}

// Roman numbers and bare ones: a rim line of this kind is a page's number even where the rest
// varies.
bool is_page_number(const std::string& text) {
  const std::string shape = shape_of(text);
  if (shape == "#" || shape == "-#-" || shape == "page#" || shape == "page#of#" || shape == "#/#")
    return true;
  return !shape.empty() && shape.size() <= 6 &&
         shape.find_first_not_of("ivxlc") == std::string::npos;
}

struct Seen {
  std::size_t all = 0;
  std::size_t by_parity[2] = {0, 0};
  std::size_t last_page = static_cast<std::size_t>(-1);
};

// The outermost lines at the top and bottom; text deeper in the page is never furniture.
std::vector<std::size_t> rim_lines(const PdfPage& page) {
  constexpr std::size_t lines_each_max = 3;
  constexpr float rim_share = 0.13F;
  std::vector<std::size_t> top, bottom;
  for (std::size_t i = 0; i < page.lines.size(); ++i) {
    const PdfLine& line = page.lines[i];
    if (line.y1 <= page.height * rim_share)
      top.push_back(i);
    else if (line.y0 >= page.height * (1 - rim_share))
      bottom.push_back(i);
  }
  const auto by_y = [&](std::size_t a, std::size_t b) {
    return page.lines[a].y0 < page.lines[b].y0;
  };
  std::sort(top.begin(), top.end(), by_y);
  std::sort(bottom.rbegin(), bottom.rend(), by_y);
  top.resize(std::min(top.size(), lines_each_max));
  bottom.resize(std::min(bottom.size(), lines_each_max));
  top.insert(top.end(), bottom.begin(), bottom.end());
  return top;
}

// Where on the page: rounded to 6 points, so that small shifts do not hide a repetition.
std::string key_of(const PdfPage& page, const PdfLine& line) {
  const bool is_top = line.y0 < page.height / 2;
  return (is_top ? "^" : "_") + shape_of(line.text);
}

}  // namespace

std::vector<PdfLine> join_words(const std::vector<PdfWord>& words) {
  std::vector<PdfLine> out;
  bool had_space = false;
  std::size_t bold = 0, all = 0;
  const auto finish = [&] {
    if (!out.empty()) out.back().is_bold = bold * 10 >= all * 9;
    bold = all = 0;
  };
  for (const PdfWord& word : words) {
    const bool joins = !out.empty() && is_same_line(out.back(), word) &&
                       word.x0 - out.back().x1 <= kCellGap * std::max(out.back().size, word.size);
    if (!joins) {
      finish();
      out.push_back(begin_line(word));
    } else {
      PdfLine& line = out.back();
      if (had_space || word.x0 - line.x1 > kNoSpaceGap * line.size) line.text += ' ';
      line.text += word.text;
      line.x0 = std::min(line.x0, word.x0);
      line.y0 = std::min(line.y0, word.y0);
      line.x1 = std::max(line.x1, word.x1);
      line.y1 = std::max(line.y1, word.y1);
      line.size = std::max(line.size, word.size);
    }
    all += word.text.size();
    bold += word.is_bold ? word.text.size() : 0;
    had_space = word.has_space_after;
  }
  finish();
  return out;
}

void drop_furniture(std::vector<PdfPage>& pages) {
  constexpr std::size_t pages_min = 3;
  if (pages.size() < pages_min) return;
  std::map<std::string, Seen> seen;
  std::size_t numbered = 0;
  for (std::size_t p = 0; p < pages.size(); ++p) {
    bool has_number = false;
    for (const std::size_t i : rim_lines(pages[p])) {
      const PdfLine& line = pages[p].lines[i];
      has_number = has_number || is_page_number(line.text);
      Seen& s = seen[key_of(pages[p], line)];
      if (s.last_page == p) continue;
      s.last_page = p;
      ++s.all;
      ++s.by_parity[p % 2];
    }
    numbered += has_number;
  }
  const bool has_numbers = numbered * 2 >= pages.size();
  const auto is_furniture = [&](const PdfPage& page, const PdfLine& line) {
    if (has_numbers && is_page_number(line.text)) return true;
    const Seen& s = seen[key_of(page, line)];
    if (s.all * 10 >= pages.size() * 6 && s.all >= pages_min) return true;
    // Books alternate: left pages name the chapter, right ones the title.
    for (std::size_t parity = 0; parity < 2; ++parity) {
      const std::size_t of_kind = (pages.size() + 1 - parity) / 2;
      if (s.by_parity[parity] >= pages_min && s.by_parity[parity] * 10 >= of_kind * 8) return true;
    }
    return false;
  };
  for (PdfPage& page : pages) {
    std::vector<std::size_t> drop;
    for (const std::size_t i : rim_lines(page))
      if (is_furniture(page, page.lines[i])) drop.push_back(i);
    std::sort(drop.rbegin(), drop.rend());
    for (const std::size_t i : drop)
      page.lines.erase(page.lines.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace carrel::ingest
