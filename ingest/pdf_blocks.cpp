// Lines into blocks: what is a heading, where paragraphs end, which hyphens are the typesetter's.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <unordered_set>

#include "core/utf8.h"
#include "ingest/pdf_layout.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kHeadingBytesMax = 200;
constexpr std::size_t kHeadingLinesMax = 3;

char last_of(const std::string& text) { return text.empty() ? ' ' : text.back(); }
bool is_terminal(char c) { return c == '.' || c == '!' || c == '?' || c == ':' || c == ';'; }
bool is_letter(unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; }
bool is_lower(unsigned char c) { return std::islower(c) != 0; }

int rounded(float size) {
  return static_cast<int>(std::lround(std::clamp(size, 0.0F, 500.0F) * 2));
}

// How long the mark of a list item at the front of `text` is, 0: none. "•", "-", "3.", "(a)",
// "iv)".
std::size_t list_mark_bytes(std::string_view text) {
  for (const std::string_view mark :
       {"\u2022", "\u25CF", "\u25AA", "\u25E6", "\u2023", "\u25A0", "\u2043", "\u27A2", "\u2713",
        "\uF0B7", "\uF0A7", "\u2013", "-", "o", "\u00B7", "*"})
    if (text.starts_with(mark) && text.size() > mark.size() && text[mark.size()] == ' ')
      return mark.size() + 1;
  std::size_t at = text.starts_with('(') ? 1 : 0;
  const std::size_t begin = at;
  while (at < text.size() && at - begin < 3 &&
         std::isdigit(static_cast<unsigned char>(text[at])) != 0)
    ++at;
  if (at == begin && at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0)
    ++at;
  if (at == begin || at + 1 >= text.size() || text[at + 1] != ' ') return 0;
  const bool is_letter_mark = std::isalpha(static_cast<unsigned char>(text[begin])) != 0;
  if (text[at] == ')' || (text[at] == '.' && !is_letter_mark)) return at + 2;
  return 0;
}

// Dots that lead the eye to a page number say nothing.
std::string without_leaders(const std::string& text) {
  if (text.find("....") == std::string::npos && text.find(". . . .") == std::string::npos)
    return text;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    std::size_t dots = 0;
    while (end < text.size() && (text[end] == '.' || (dots > 0 && text[end] == ' '))) {
      dots += text[end] == '.';
      ++end;
    }
    if (dots >= 4) {
      out += " ... ";
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// What the whole document tells about its type.
struct Typography {
  float body_size = 10;
  float body_gap = 2;  // between the lines of a paragraph, points
  bool body_is_bold = false;
  std::vector<int> heading_sizes;              // twice the points, largest first
  std::unordered_set<std::string> hyphenated;  // words with a hyphen that stand inside a line

  bool is_larger(const PdfLine& line) const { return line.size >= body_size * 1.15F; }
};

void collect_hyphenated(const std::string& text, std::unordered_set<std::string>& out) {
  constexpr std::size_t words_max = 50'000;
  for (std::size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + 1)) {
    if (at == 0 || at + 1 >= text.size() || !is_letter(static_cast<unsigned char>(text[at - 1])) ||
        !is_letter(static_cast<unsigned char>(text[at + 1])) || out.size() >= words_max)
      continue;
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_letter(static_cast<unsigned char>(text[begin - 1]))) --begin;
    while (end < text.size() && is_letter(static_cast<unsigned char>(text[end]))) ++end;
    out.insert(text.substr(begin, end - begin));
  }
}

bool may_be_heading_text(const PdfLine& line) {
  const std::string_view text = trim(line.text);
  if (line.kind != PdfLineKind::text || text.size() < 2 || text.size() > kHeadingBytesMax)
    return false;
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return is_letter(static_cast<unsigned char>(c)); });
}

Typography measure(const std::vector<PdfPage>& pages) {
  Typography out;
  std::map<int, std::size_t> bytes_by_size;
  std::map<int, std::size_t> gaps;
  std::size_t bold = 0, all = 0;
  for (const PdfPage& page : pages) {
    const PdfLine* above = nullptr;
    for (const PdfLine& line : page.lines) {
      collect_hyphenated(line.text, out.hyphenated);
      if (line.kind != PdfLineKind::text) {
        above = nullptr;
        continue;
      }
      bytes_by_size[rounded(line.size)] += line.text.size();
      all += line.text.size();
      bold += line.is_bold ? line.text.size() : 0;
      if (above != nullptr && line.y0 > above->y0 && line.y0 - above->y1 < line.size * 1.2F)
        ++gaps[static_cast<int>(std::lround((line.y0 - above->y1) * 4))];
      above = &line;
    }
  }
  const auto more = [](const auto& a, const auto& b) { return a.second < b.second; };
  if (const auto most = std::max_element(bytes_by_size.begin(), bytes_by_size.end(), more);
      most != bytes_by_size.end())
    out.body_size = static_cast<float>(most->first) / 2;
  if (const auto most = std::max_element(gaps.begin(), gaps.end(), more); most != gaps.end())
    out.body_gap = static_cast<float>(most->first) / 4;
  out.body_is_bold = bold * 2 > all;
  std::set<int> sizes;
  for (const PdfPage& page : pages)
    for (const PdfLine& line : page.lines)
      if (may_be_heading_text(line) && out.is_larger(line)) sizes.insert(rounded(line.size));
  out.heading_sizes.assign(sizes.rbegin(), sizes.rend());
  return out;
}

class BlockWriter {
 public:
  BlockWriter(const Typography& type, DocumentBuilder& builder) : type_(type), builder_(builder) {}

  void add_page(const PdfPage& page, std::int32_t number) {
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
      const PdfLine& line = page.lines[i];
      if (line.kind != PdfLineKind::text) {
        add_row(line, number);
      } else if (continues(line, number)) {
        extend(line, number);
      } else {
        flush();
        begin(line, number, is_heading(page, i));
      }
    }
  }

  void flush() {
    if (text_.empty()) return;
    const std::size_t blocks = builder_.document().blocks.size();
    // The line spans below rely on the builder keeping every byte, so the text is cleaned before.
    builder_.add(kind_, text_, level_, page_);
    if (builder_.document().blocks.size() > blocks) {
      const std::size_t base = builder_.document().blocks.back().span.begin;
      for (PlacedLine line : placed_) {
        line.span.begin += base;
        line.span.end += base;
        builder_.document().lines.push_back(line);
      }
    }
    text_.clear();
    placed_.clear();
  }

 private:
  void add_row(const PdfLine& row, std::int32_t number) {
    flush();
    ParsedDocument& document = builder_.document();
    const std::size_t blocks = document.blocks.size();
    builder_.add_row(row.cells, row.kind == PdfLineKind::table_header, number);
    for (std::size_t i = blocks; i < document.blocks.size(); ++i)
      document.lines.push_back({document.blocks[i].span, number, row.x0, row.y0, row.x1, row.y1});
  }

  static std::string clean(const std::string& text) {
    return collapse_whitespace(clean_block_text(without_leaders(text)));
  }

  void begin(const PdfLine& line, std::int32_t number, std::uint8_t level) {
    std::string text = clean(line.text);
    kind_ = level > 0 ? BlockKind::heading : BlockKind::paragraph;
    level_ = level;
    if (level == 0 && list_mark_bytes(text) > 0) kind_ = BlockKind::list_item;
    page_ = number;
    left_ = line.x0;
    right_ = line.x1;
    append(line, number, text);
  }

  void append(const PdfLine& line, std::int32_t number, const std::string& text) {
    if (!text.empty()) {
      const std::size_t begin = text_.size();
      text_ += text;
      placed_.push_back({{begin, text_.size()}, number, line.x0, line.y0, line.x1, line.y1});
    }
    last_ = &line;
    last_page_ = number;
    lines_ = placed_.size();
    right_ = std::max(right_, line.x1);
  }

  void extend(const PdfLine& line, std::int32_t number) {
    const std::string text = clean(line.text);
    if (text.empty()) return;
    if (!join_hyphenated(text)) text_ += ' ';
    append(line, number, text);
  }

  // True: the text's last hyphen was the typesetter's and is gone, or belongs and stays; either way
  // no space follows.
  bool join_hyphenated(const std::string& next) {
    if (text_.size() < 3 || text_.back() != '-' || next.empty() ||
        !is_letter(static_cast<unsigned char>(text_[text_.size() - 2])))
      return false;
    if (!is_letter(static_cast<unsigned char>(next[0]))) return false;
    std::size_t begin = text_.size() - 1, end = 0;
    while (begin > 0 && is_letter(static_cast<unsigned char>(text_[begin - 1]))) --begin;
    while (end < next.size() && is_letter(static_cast<unsigned char>(next[end]))) ++end;
    const bool is_own = !is_lower(static_cast<unsigned char>(next[0])) ||
                        type_.hyphenated.contains(text_.substr(begin) + next.substr(0, end));
    if (!is_own) {
      text_.pop_back();
      if (!placed_.empty()) placed_.back().span.end = text_.size();
    }
    return true;
  }

  // Whether `line` goes on with the open block.
  bool continues(const PdfLine& line, std::int32_t number) const {
    if (text_.empty() || last_ == nullptr) return false;
    const bool same_size = std::abs(line.size - last_->size) <= 0.08F * last_->size + 0.2F;
    if (!same_size) return false;
    const bool is_below = number == last_page_ && line.y0 > last_->y0 - 1;
    const float gap = line.y0 - last_->y1;
    if (kind_ == BlockKind::heading)
      return is_below && gap < 0.6F * line.size && line.is_bold == last_->is_bold &&
             lines_ < kHeadingLinesMax && list_mark_bytes(line.text) == 0 &&
             !starts_with_number(line.text);
    const std::string next = clean(line.text);
    if (list_mark_bytes(next) > 0) return false;
    if (!is_below || line.x0 > right_ + line.size) return flows_on(next);
    if (gap > std::max(type_.body_gap, 0.0F) + 0.45F * line.size) return false;
    // A line all in bold among others opens something new, and ends where the bold does.
    if (line.is_bold != last_->is_bold && (line.is_bold || lines_ == 1)) return false;
    const bool ended_early = last_->x1 < right_ - 0.25F * (right_ - left_) && lines_ > 1;
    if (ended_early && is_terminal(last_of(text_))) return false;
    const bool is_indented = kind_ == BlockKind::paragraph && lines_ > 1 &&
                             line.x0 > left_ + 0.9F * line.size && is_terminal(last_of(text_));
    return !is_indented;
  }

  // Across columns and pages only what plainly is the middle of a sentence goes on.
  bool flows_on(const std::string& next) const {
    if (kind_ == BlockKind::heading || next.empty()) return false;
    return !is_terminal(last_of(text_)) && is_lower(static_cast<unsigned char>(next[0])) &&
           text_.size() > 40;
  }

  static bool starts_with_number(const std::string& text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0 &&
           text.find('.') < 4;
  }

  // The level of a heading, 0: none. Larger than the body, or bold and alone on its line.
  std::uint8_t is_heading(const PdfPage& page, std::size_t i) const {
    const PdfLine& line = page.lines[i];
    if (!may_be_heading_text(line)) return 0;
    const char last = last_of(line.text);
    if (type_.is_larger(line)) {
      const auto rank =
          std::find(type_.heading_sizes.begin(), type_.heading_sizes.end(), rounded(line.size)) -
          type_.heading_sizes.begin();
      return static_cast<std::uint8_t>(std::min<std::ptrdiff_t>(rank + 1, 5));
    }
    if (!line.is_bold || type_.body_is_bold || last == '.' || last == ',' || last == ';') return 0;
    constexpr std::size_t bold_bytes_max = 100;
    if (line.text.size() > bold_bytes_max || line.size < type_.body_size * 0.95F) return 0;
    const std::size_t mark = list_mark_bytes(line.text);
    if (mark > 0 && std::isdigit(static_cast<unsigned char>(line.text[0])) == 0) return 0;
    return static_cast<std::uint8_t>(std::min<std::size_t>(type_.heading_sizes.size() + 1, 6));
  }

  const Typography& type_;
  DocumentBuilder& builder_;
  std::string text_;
  std::vector<PlacedLine> placed_;
  BlockKind kind_ = BlockKind::paragraph;
  std::uint8_t level_ = 0;
  std::int32_t page_ = 0;
  const PdfLine* last_ = nullptr;
  std::int32_t last_page_ = 0;
  std::size_t lines_ = 0;
  float left_ = 0, right_ = 0;
};

bool stand_side_by_side(const PdfLine& left, const PdfLine& right) {
  return left.kind == PdfLineKind::text && right.kind == PdfLineKind::text &&
         right.x0 >= left.x1 - 1 && right.x0 - left.x1 < 6 * right.size &&
         std::min(right.y1, left.y1) - std::max(right.y0, left.y0) >
             0.6F * std::min(right.y1 - right.y0, left.y1 - left.y0);
}

void join_right(PdfLine& left, const PdfLine& right) {
  left.text += ' ' + right.text;
  left.x1 = std::max(left.x1, right.x1);
  left.y0 = std::min(left.y0, right.y0);
  left.y1 = std::max(left.y1, right.y1);
  left.is_bold = left.is_bold && right.is_bold;
  left.size = std::max(left.size, right.size);
}

bool is_lone_mark(const PdfLine& line) {
  constexpr std::size_t mark_bytes_max = 5;
  return line.text.size() <= mark_bytes_max && list_mark_bytes(line.text + " x") > 0;
}

// A list's marks stand apart from their items like a column of their own, and poppler reads them as
// one: each is joined to what stands right of it before tables are looked for.
void join_marks(std::vector<PdfLine>& lines) {
  constexpr std::size_t lines_max = 5000;
  if (lines.size() > lines_max) return;
  std::vector<bool> is_gone(lines.size(), false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_lone_mark(lines[i])) continue;
    std::size_t best = i;
    for (std::size_t j = 0; j < lines.size(); ++j)
      if (j != i && !is_gone[j] && stand_side_by_side(lines[i], lines[j]) &&
          (best == i || lines[j].x0 < lines[best].x0))
        best = j;
    if (best == i || is_lone_mark(lines[best])) continue;
    PdfLine joined = lines[i];
    join_right(joined, lines[best]);
    joined.is_bold = lines[best].is_bold;
    joined.size = lines[best].size;
    lines[best] = std::move(joined);
    is_gone[i] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!is_gone[i]) {
      if (kept != i) lines[kept] = std::move(lines[i]);
      ++kept;
    }
  lines.resize(kept);
}

// Pieces that stand side by side and are no table's cells are one line: "1." and its heading.
void join_pieces(std::vector<PdfLine>& lines) {
  std::vector<PdfLine> out;
  for (PdfLine& line : lines) {
    if (!out.empty() && stand_side_by_side(out.back(), line))
      join_right(out.back(), line);
    else
      out.push_back(std::move(line));
  }
  lines = std::move(out);
}

}  // namespace

void build_blocks(const std::vector<PdfPage>& pages, DocumentBuilder& builder) {
  const Typography type = measure(pages);
  BlockWriter writer(type, builder);
  for (std::size_t p = 0; p < pages.size(); ++p)
    writer.add_page(pages[p], static_cast<std::int32_t>(p + 1));
  writer.flush();
}

void lay_out(std::vector<PdfPage>& pages, DocumentBuilder& builder) {
  drop_furniture(pages);
  for (PdfPage& page : pages) {
    join_marks(page.lines);
    page.lines = find_tables(std::move(page.lines));
    join_pieces(page.lines);
  }
  build_blocks(pages, builder);
}

}  // namespace carrel::ingest
