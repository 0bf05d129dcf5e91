// Plain text: paragraphs end at blank lines, form feeds end pages.
#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/parse_builder.h"
#include "ingest/parse_formats.h"
#include "ingest/plain_decode.h"

namespace carrel::ingest {
namespace {

bool is_list_line(std::string_view line) {
  line = trim(line);
  if (line.size() > 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ')
    return true;
  std::size_t digits = 0;
  while (digits < line.size() && digits < 3 && line[digits] >= '0' && line[digits] <= '9') ++digits;
  return digits > 0 && digits + 1 < line.size() && (line[digits] == '.' || line[digits] == ')') &&
         line[digits + 1] == ' ';
}

class PlainReader {
 public:
  explicit PlainReader(const ParseLimits& limits) : builder_(limits) {}

  void read_page(std::string_view text, std::int32_t page) {
    page_ = page;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    flush();
  }

  DocumentBuilder& builder() { return builder_; }

 private:
  void read_line(std::string_view line) {
    if (trim(line).empty()) return flush();
    if (is_list_line(line)) {
      flush();
      kind_ = BlockKind::list_item;
    }
    if (!block_.empty()) block_ += ' ';
    block_ += line;
  }

  void flush() {
    builder_.add(kind_, block_, 0, page_);
    block_.clear();
    kind_ = BlockKind::paragraph;
  }

  DocumentBuilder builder_;
  std::string block_;
  BlockKind kind_ = BlockKind::paragraph;
  std::int32_t page_ = 0;
};

}  // namespace

ParsedDocument parse_plain(std::string_view bytes, const ParseLimits& limits) {
  const DecodedText decoded = decode_text(bytes);
  std::string_view rest = decoded.utf8;
  PlainReader reader(limits);
  std::int32_t page = 0;
  if (rest.find('\f') == std::string_view::npos) {
    reader.read_page(rest, 0);
  } else {
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\f'), rest.size());
      if (++page > limits.pages_max)
        throw Error(ErrorCode::too_large, "the file has more pages than the limit allows");
      reader.read_page(rest.substr(0, end), page);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  ParsedDocument& document = reader.builder().document();
  document.pages = page;
  if (decoded.is_guess) document.warnings.push_back("its encoding is a guess: " + decoded.encoding);
  return reader.builder().take("text/plain");
}

}  // namespace carrel::ingest
