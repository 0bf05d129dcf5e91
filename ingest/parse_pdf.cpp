// PDF: words with their places from poppler, then ingest/pdf_layout.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "core/clock.h"
#include "core/error.h"
#include "core/utf8.h"
#include "ingest/parse_builder.h"
#include "ingest/parse_formats.h"
#include "ingest/pdf_layout.h"
#include "ingest/pdf_open.h"

namespace carrel::ingest {
namespace {

// Below this, in points, no person reads: a place where instructions for machines are hidden.
constexpr float kReadableSizeMin = 2.5F;
constexpr std::size_t kWordsOfPageMax = 200'000;

// poppler's UTF-16 without iconv, which opens its tables for every word. Ligatures are taken apart.
std::string to_utf8(const poppler::ustring& units) {
  constexpr std::array<std::string_view, 7> ligatures = {"ff",  "fi", "fl", "ffi",
                                                         "ffl", "st", "st"};
  std::string out;
  out.reserve(units.size() + 8);
  for (std::size_t i = 0; i < units.size(); ++i) {
    char32_t c = units[i];
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c >= 0xFB00 && c <= 0xFB06) {
      out += ligatures[c - 0xFB00];
    } else if (c >= 0xD800 && c < 0xE000) {
      const bool is_pair =
          c < 0xDC00 && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000;
      append_utf8(out,
                  is_pair ? 0x10000 + ((c - 0xD800) << 10) + (units[i + 1] - 0xDC00U) : 0xFFFD);
      i += is_pair;
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

bool names_bold_font(const std::string& name) {
  for (const std::string_view mark : {"Bold", "bold", "Black", "Heavy", "Semibold", "BOLD", "Demi"})
    if (name.find(mark) != std::string::npos) return true;
  return false;
}

class PdfReader {
 public:
  PdfReader(const ParseLimits& limits) : limits_(limits), builder_(limits) {}

  ParsedDocument read(std::string_view bytes) {
    const auto pdf = open_pdf(bytes);
    const int count = pdf->pages();
    if (count < 1) throw Error(ErrorCode::invalid_argument, "broken: it has no pages");
    if (count > limits_.pages_max)
      throw Error(ErrorCode::too_large,
                  "it has " + std::to_string(count) + " pages, more than the limit; split it");
    std::vector<PdfPage> pages(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) read_page(*pdf, i, pages[static_cast<std::size_t>(i)]);
    lay_out(pages, builder_);
    builder_.document().pages = count;
    read_properties(*pdf);
    warn(count);
    return builder_.take("application/pdf");
  }

 private:
  void read_page(const poppler::document& pdf, int index, PdfPage& out) {
    const std::unique_ptr<poppler::page> page(pdf.create_page(index));
    if (!page) {
      ++broken_pages_;
      return;
    }
    const poppler::rectf rect = page->page_rect();
    out.width = static_cast<float>(rect.width());
    out.height = static_cast<float>(rect.height());
    const auto boxes = page->text_list(poppler::page::text_list_include_font);
    std::vector<PdfWord> words;
    words.reserve(std::min(boxes.size(), kWordsOfPageMax));
    for (const poppler::text_box& box : boxes) {
      if (words.size() >= kWordsOfPageMax) {
        builder_.document().warnings.push_back("page " + std::to_string(index + 1) +
                                               " holds too many words; the rest was left out");
        break;
      }
      add_word(box, words);
    }
    empty_pages_ += words.empty();
    out.lines = join_words(words);
    for (const PdfLine& line : out.lines) text_bytes_ += line.text.size();
    if (text_bytes_ > limits_.text_bytes_max)
      throw Error(ErrorCode::too_large, "its text is longer than " +
                                            std::to_string(limits_.text_bytes_max >> 20) + " MB");
  }

  void add_word(const poppler::text_box& box, std::vector<PdfWord>& words) {
    PdfWord word;
    word.text = to_utf8(box.text());
    const poppler::rectf place = box.bbox();
    word.x0 = bounded(place.left());
    word.y0 = bounded(place.top());
    word.x1 = bounded(place.right());
    word.y1 = bounded(place.bottom());
    word.size = bounded(box.has_font_info() ? box.get_font_size() : place.height());
    if (word.size < kReadableSizeMin && word.y1 - word.y0 < kReadableSizeMin) {
      ++tiny_words_;
      return;
    }
    if (word.size < kReadableSizeMin) word.size = word.y1 - word.y0;  // scaled by the page's matrix
    word.is_bold = box.has_font_info() && is_bold(box.get_font_name());
    word.has_space_after = box.has_space_after();
    if (!word.text.empty()) words.push_back(std::move(word));
  }

  // Fonts repeat from word to word.
  bool is_bold(const std::string& font) {
    if (font != last_font_) {
      last_font_ = font;
      last_is_bold_ = names_bold_font(font);
    }
    return last_is_bold_;
  }

  static float bounded(double value) {
    constexpr double points_max = 100'000;
    return std::isfinite(value) ? static_cast<float>(std::clamp(value, -points_max, points_max))
                                : 0;
  }

  void read_properties(const poppler::document& pdf) {
    ParsedDocument& document = builder_.document();
    document.author = clean_property(to_utf8(pdf.info_key("Author")));
    document.created = date(pdf.info_date_t("CreationDate"));
    document.modified = date(pdf.info_date_t("ModDate"));
    const std::string title = clean_property(to_utf8(pdf.info_key("Title")));
    document.title = is_sensible_title(title) ? title : first_heading();
  }

  static std::string date(std::time_t time) {
    constexpr std::time_t year_max = 253402300799;  // 9999
    if (time <= 0 || time > year_max) return {};
    return to_rfc3339({static_cast<std::int64_t>(time) * 1000});
  }

  // Many programs write the file's name or a template's into the title.
  static bool is_sensible_title(const std::string& title) {
    constexpr std::size_t bytes_max = 200;
    if (title.size() < 3 || title.size() > bytes_max || title.find(' ') == std::string::npos)
      return false;
    std::string lower(title);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    for (const std::string_view junk : {"microsoft word", "microsoft powerpoint", "untitled",
                                        "document1", "powerpoint presentation", "slide 1"})
      if (lower.starts_with(junk)) return false;
    for (const std::string_view ending : {".doc", ".docx", ".indd", ".pdf", ".pptx", ".ppt", ".qxd",
                                          ".xls", ".xlsx", ".txt", ".dvi", ".tex"})
      if (lower.ends_with(ending)) return false;
    return lower.find("\xEF\xBF\xBD") == std::string::npos;
  }

  std::string first_heading() {
    const ParsedDocument& document = builder_.document();
    const Block* best = nullptr;
    for (const Block& block : document.blocks)
      if (block.kind == BlockKind::heading && block.page == 1 &&
          (best == nullptr || block.level < best->level))
        best = &block;
    return best != nullptr ? document.text.substr(best->span.begin, best->span.size()) : "";
  }

  void warn(int count) {
    std::vector<std::string>& warnings = builder_.document().warnings;
    if (empty_pages_ > 0)
      warnings.push_back(std::to_string(empty_pages_) + " of " + std::to_string(count) +
                         " pages hold no text (blank or scanned)");
    if (broken_pages_ > 0) warnings.push_back(std::to_string(broken_pages_) + " pages are broken");
    if (tiny_words_ > 0)
      warnings.push_back(std::to_string(tiny_words_) +
                         " words too small for a person to read were left out");
  }

  const ParseLimits& limits_;
  DocumentBuilder builder_;
  std::size_t text_bytes_ = 0;
  std::size_t empty_pages_ = 0, broken_pages_ = 0, tiny_words_ = 0;
  std::string last_font_;
  bool last_is_bold_ = false;
};

}  // namespace

ParsedDocument parse_pdf(std::string_view bytes, const ParseLimits& limits) {
  return PdfReader(limits).read(bytes);
}

}  // namespace carrel::ingest
