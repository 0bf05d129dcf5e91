// Words anywhere on pages, of any size: layout gives a document that keeps its promises.
#include <cstring>

#include "ingest/pdf_layout.h"
#include "tests/fuzz/parse_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carrel;
  using namespace carrel::ingest;
  constexpr std::size_t record_bytes = 8;  // x, y, width, size, flags, three bytes of text
  std::vector<PdfPage> pages(1);
  std::vector<PdfWord> words;
  const auto end_page = [&] {
    pages.back().width = 612;
    pages.back().height = 792;
    pages.back().lines = join_words(words);
    words.clear();
  };
  for (std::size_t at = 0; at + record_bytes <= size; at += record_bytes) {
    const std::uint8_t* r = data + at;
    PdfWord word;
    word.x0 = static_cast<float>(r[0]) * 2.4F;
    word.y0 = static_cast<float>(r[1]) * 3.1F;
    word.size = static_cast<float>(r[3]) / 6;
    word.x1 = word.x0 + r[2];
    word.y1 = word.y0 + word.size;
    word.is_bold = (r[4] & 1) != 0;
    word.has_space_after = (r[4] & 2) != 0;
    word.text = clean_utf8({reinterpret_cast<const char*>(r) + 5, 3});
    words.push_back(word);
    if ((r[4] & 0xF0) == 0xF0 && pages.size() < 20) {
      end_page();
      pages.emplace_back();
    }
  }
  end_page();
  DocumentBuilder builder{ParseLimits{}};
  lay_out(pages, builder);
  check_promises(builder.take("application/pdf"));
  return 0;
}
