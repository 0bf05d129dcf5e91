#include "ingest/nursery_frame.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "core/utf8.h"

namespace carrel::ingest {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

constexpr std::size_t kErrorBytesMax = 1024;
constexpr float kCoordinateMax = 1e6F;

class Writer {
 public:
  template <class Number>
  void put(Number value) {
    static_assert(std::is_arithmetic_v<Number> || std::is_enum_v<Number>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    out_ += text;
  }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  template <class Number>
  Number get() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string get_text(std::size_t bytes_max) {
    const auto size = get<std::uint64_t>();
    if (size > bytes_max) refuse();
    return std::string(take(static_cast<std::size_t>(size)));
  }
  std::string get_utf8(std::size_t bytes_max) {
    std::string text = get_text(bytes_max);
    if (!is_valid_utf8(text) || text.find('\0') != std::string::npos) refuse();
    return text;
  }
  // A count of things that take at least `bytes_each` on the wire: never more than can follow.
  std::size_t get_count(std::size_t bytes_each, std::size_t count_max) {
    const auto count = get<std::uint64_t>();
    if (count > count_max || count > in_.size() / bytes_each) refuse();
    return static_cast<std::size_t>(count);
  }
  void finish() const {
    if (!in_.empty()) refuse();
  }
  [[noreturn]] static void refuse() {
    throw Error(ErrorCode::corrupt,
                "the parser's answer breaks its own rules; the file is refused");
  }

 private:
  std::string_view take(std::size_t bytes) {
    if (bytes > in_.size()) refuse();
    const std::string_view out = in_.substr(0, bytes);
    in_.remove_prefix(bytes);
    return out;
  }
  std::string_view in_;
};

void require(bool holds) {
  if (!holds) Reader::refuse();
}

constexpr std::size_t kBlockBytes = 2 + 4 + 16;
constexpr std::size_t kLineBytes = 16 + 4 + 16;

bool cuts_code_point(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

ByteRange get_span(Reader& in, std::string_view text) {
  const auto begin = in.get<std::uint64_t>();
  const auto end = in.get<std::uint64_t>();
  require(begin <= end && end <= text.size());
  const ByteRange span{static_cast<std::size_t>(begin), static_cast<std::size_t>(end)};
  require(!cuts_code_point(text, span.begin) && !cuts_code_point(text, span.end));
  return span;
}

void get_blocks(Reader& in, ParsedDocument& document) {
  const std::size_t count = in.get_count(kBlockBytes, document.text.size());
  document.blocks.reserve(count);
  std::size_t behind = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Block block;
    const auto kind = in.get<std::uint8_t>();
    require(kind <= static_cast<std::uint8_t>(BlockKind::code));
    block.kind = static_cast<BlockKind>(kind);
    block.level = in.get<std::uint8_t>();
    require(block.kind == BlockKind::heading ? block.level >= 1 && block.level <= 6
                                             : block.level == 0);
    block.page = in.get<std::int32_t>();
    require(block.page >= 0 && block.page <= document.pages);
    block.span = get_span(in, document.text);
    require(block.span.begin >= behind && block.span.size() > 0);
    behind = block.span.end;
    document.blocks.push_back(block);
  }
}

void get_lines(Reader& in, ParsedDocument& document) {
  const std::size_t count = in.get_count(kLineBytes, document.text.size());
  document.lines.reserve(count);
  std::size_t behind = 0;
  for (std::size_t i = 0; i < count; ++i) {
    PlacedLine line;
    line.span = get_span(in, document.text);
    require(line.span.begin >= behind);
    behind = line.span.begin;
    line.page = in.get<std::int32_t>();
    require(line.page >= 1 && line.page <= document.pages);
    for (float* value : {&line.x0, &line.y0, &line.x1, &line.y1}) {
      *value = in.get<float>();
      require(std::isfinite(*value) && std::abs(*value) <= kCoordinateMax);
    }
    document.lines.push_back(line);
  }
}

// Opens an answer of the wanted kind, or throws the error it carries.
Reader open_answer(std::string_view answer, AnswerKind wanted) {
  Reader in(answer);
  const auto kind = in.get<std::uint8_t>();
  if (kind == static_cast<std::uint8_t>(AnswerKind::error)) {
    const auto code = in.get<std::uint8_t>();
    require(code <= static_cast<std::uint8_t>(ErrorCode::corrupt));
    const std::string what = in.get_utf8(kErrorBytesMax);
    in.finish();
    throw Error(static_cast<ErrorCode>(code), what);
  }
  require(kind == static_cast<std::uint8_t>(wanted));
  return in;
}

}  // namespace

std::string encode_request(const ChildRequest& request) {
  if (request.name.size() > kNameBytesMax || request.boxes.size() > kBoxesMax)
    throw Error(ErrorCode::invalid_argument, "the file's name or the list of boxes is too long");
  Writer out;
  out.put(request.kind);
  out.put_text(request.name);
  out.put(static_cast<std::uint64_t>(request.limits.file_bytes_max));
  out.put(static_cast<std::uint64_t>(request.limits.memory_bytes_max));
  out.put(static_cast<std::uint64_t>(request.limits.text_bytes_max));
  out.put(static_cast<std::uint64_t>(request.limits.unpacked_bytes_max));
  out.put(request.limits.pages_max);
  out.put(static_cast<std::int64_t>(request.limits.time_max.count()));
  out.put(request.page);
  out.put(request.dpi);
  out.put(static_cast<std::uint64_t>(request.boxes.size()));
  for (const PageBox& box : request.boxes)
    for (const float value : {box.x0, box.y0, box.x1, box.y1}) out.put(value);
  return out.take();
}

ChildRequest decode_request(std::string_view frame) {
  Reader in(frame);
  ChildRequest request;
  const auto kind = in.get<std::uint8_t>();
  require(kind >= 1 && kind <= static_cast<std::uint8_t>(RequestKind::probe));
  request.kind = static_cast<RequestKind>(kind);
  request.name = in.get_text(kNameBytesMax);
  request.limits.file_bytes_max = in.get<std::uint64_t>();
  request.limits.memory_bytes_max = in.get<std::uint64_t>();
  request.limits.text_bytes_max = in.get<std::uint64_t>();
  request.limits.unpacked_bytes_max = in.get<std::uint64_t>();
  request.limits.pages_max = in.get<std::int32_t>();
  request.limits.time_max = std::chrono::milliseconds(in.get<std::int64_t>());
  request.page = in.get<std::int32_t>();
  request.dpi = in.get<std::int32_t>();
  const std::size_t count = in.get_count(4 * sizeof(float), kBoxesMax);
  for (std::size_t i = 0; i < count; ++i) {
    PageBox box;
    for (float* value : {&box.x0, &box.y0, &box.x1, &box.y1}) *value = in.get<float>();
    request.boxes.push_back(box);
  }
  in.finish();
  return request;
}

std::string encode_answer(const ParsedDocument& document) {
  Writer out;
  out.reserve(document.text.size() + document.blocks.size() * kBlockBytes +
              document.lines.size() * kLineBytes + 4096);
  out.put(AnswerKind::document);
  for (const std::string* text : {&document.mime_type, &document.title, &document.author,
                                  &document.language, &document.created, &document.modified})
    out.put_text(*text);
  out.put(document.pages);
  out.put_text(document.text);
  out.put(static_cast<std::uint64_t>(document.blocks.size()));
  for (const Block& block : document.blocks) {
    out.put(block.kind);
    out.put(block.level);
    out.put(block.page);
    out.put(static_cast<std::uint64_t>(block.span.begin));
    out.put(static_cast<std::uint64_t>(block.span.end));
  }
  out.put(static_cast<std::uint64_t>(document.lines.size()));
  for (const PlacedLine& line : document.lines) {
    out.put(static_cast<std::uint64_t>(line.span.begin));
    out.put(static_cast<std::uint64_t>(line.span.end));
    out.put(line.page);
    for (const float value : {line.x0, line.y0, line.x1, line.y1}) out.put(value);
  }
  const std::size_t warnings = std::min(document.warnings.size(), kWarningsMax);
  out.put(static_cast<std::uint64_t>(warnings));
  for (std::size_t i = 0; i < warnings; ++i)
    out.put_text(truncate_utf8(document.warnings[i], kErrorBytesMax));
  return out.take();
}

std::string encode_answer(const PageImage& image) {
  Writer out;
  out.put(AnswerKind::image);
  out.put(image.width);
  out.put(image.height);
  out.put_text(image.png);
  return out.take();
}

std::string encode_answer(const std::vector<std::string>& texts) {
  Writer out;
  out.put(AnswerKind::texts);
  out.put(static_cast<std::uint64_t>(texts.size()));
  for (const std::string& text : texts) out.put_text(text);
  return out.take();
}

std::string encode_answer(const Error& error) {
  Writer out;
  out.put(AnswerKind::error);
  out.put(error.code());
  out.put_text(truncate_utf8(clean_utf8(error.what()), kErrorBytesMax));
  return out.take();
}

std::size_t answer_bytes_max(const ParseLimits& limits) {
  // A block or a line of a page holds some bytes of text; 4 a byte is beyond any real document.
  constexpr std::size_t slack = 256ULL << 20;
  return 4 * limits.text_bytes_max + slack;
}

ParsedDocument decode_document(std::string_view answer, const ParseLimits& limits) {
  Reader in = open_answer(answer, AnswerKind::document);
  ParsedDocument document;
  constexpr std::size_t property_bytes_max = 1024;
  for (std::string* text : {&document.mime_type, &document.title, &document.author,
                            &document.language, &document.created, &document.modified})
    *text = in.get_utf8(property_bytes_max);
  document.pages = in.get<std::int32_t>();
  require(document.pages >= 0 && document.pages <= limits.pages_max);
  // Separators between blocks come on top of what the parser counts.
  document.text = in.get_utf8(2 * limits.text_bytes_max + property_bytes_max);
  get_blocks(in, document);
  get_lines(in, document);
  const std::size_t warnings = in.get_count(sizeof(std::uint64_t), kWarningsMax);
  for (std::size_t i = 0; i < warnings; ++i)
    document.warnings.push_back(in.get_utf8(kErrorBytesMax));
  in.finish();
  return document;
}

PageImage decode_image(std::string_view answer) {
  Reader in = open_answer(answer, AnswerKind::image);
  PageImage image;
  image.width = in.get<std::int32_t>();
  image.height = in.get<std::int32_t>();
  require(image.width > 0 && image.height > 0 &&
          std::int64_t{image.width} * image.height <= kPixelsMax);
  image.png = in.get_text(answer.size());
  require(image.png.starts_with("\x89PNG\r\n\x1a\n"));
  in.finish();
  return image;
}

std::vector<std::string> decode_texts(std::string_view answer) {
  Reader in = open_answer(answer, AnswerKind::texts);
  std::vector<std::string> out;
  const std::size_t count = in.get_count(sizeof(std::uint64_t), 64);
  for (std::size_t i = 0; i < count; ++i) out.push_back(in.get_utf8(kErrorBytesMax));
  in.finish();
  return out;
}

}  // namespace carrel::ingest
