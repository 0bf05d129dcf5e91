#include "ingest/detect.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <string>

#include <magic.h>

#include "core/error.h"
#include "ingest/parse_formats.h"
#include "ingest/plain_decode.h"

namespace carrel::ingest {
namespace {

struct Extension {
  std::string_view name;
  FileKind kind;
};

constexpr std::array kExtensions = {
    Extension{"pdf", FileKind::pdf},        Extension{"docx", FileKind::docx},
    Extension{"docm", FileKind::docx},      Extension{"dotx", FileKind::docx},
    Extension{"dotm", FileKind::docx},      Extension{"html", FileKind::html},
    Extension{"htm", FileKind::html},       Extension{"xhtml", FileKind::html},
    Extension{"md", FileKind::markdown},    Extension{"markdown", FileKind::markdown},
    Extension{"mdown", FileKind::markdown}, Extension{"csv", FileKind::csv},
    Extension{"tsv", FileKind::csv},        Extension{"tab", FileKind::csv},
    Extension{"txt", FileKind::plain},      Extension{"text", FileKind::plain},
    Extension{"log", FileKind::plain},      Extension{"rst", FileKind::plain},
    Extension{"adoc", FileKind::plain},     Extension{"asciidoc", FileKind::plain},
    Extension{"org", FileKind::plain}};

std::string extension_of(std::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string out(name.substr(dot + 1));
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::optional<FileKind> kind_of_extension(std::string_view extension) {
  const auto found = std::find_if(kExtensions.begin(), kExtensions.end(),
                                  [&](const Extension& e) { return e.name == extension; });
  if (found == kExtensions.end()) return std::nullopt;
  return found->kind;
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
}

struct CloseMagic {
  void operator()(magic_set* handle) const noexcept { magic_close(handle); }
};

magic_set* magic_handle() {
  static const std::unique_ptr<magic_set, CloseMagic> handle = [] {
    std::unique_ptr<magic_set, CloseMagic> opened(
        magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                   MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_CSV));
    if (opened && magic_load(opened.get(), nullptr) != 0) opened.reset();
    return opened;
  }();
  return handle.get();
}

std::string magic_type(std::string_view bytes) {
  constexpr std::size_t bytes_max = 64 << 10;
  if (magic_handle() == nullptr) return "application/octet-stream";
  const char* type = magic_buffer(magic_handle(), bytes.data(), std::min(bytes.size(), bytes_max));
  return type != nullptr ? type : "application/octet-stream";
}

bool contains(std::string_view bytes, std::string_view what) {
  return bytes.find(what) != std::string_view::npos;
}

// A zip: office formats name their parts in it, uncompressed.
FileKind kind_of_zip(std::string_view bytes) {
  if (contains(bytes, "word/document")) return FileKind::docx;
  if (contains(bytes, "xl/workbook"))
    refuse("Excel workbooks are not read; save the sheets as CSV");
  if (contains(bytes, "ppt/presentation")) refuse("PowerPoint files are not read; save it as PDF");
  if (contains(bytes, "mimetypeapplication/vnd.oasis"))
    refuse("OpenDocument files are not read; save it as .docx or PDF");
  if (contains(bytes, "mimetypeapplication/epub"))
    refuse("EPUB books are not read; save it as PDF");
  if (contains(bytes, "[Content_Types].xml"))
    refuse("an office file of a kind that is not read, or broken: it has no word/document.xml");
  refuse("archives are not read; unpack it first");
}

FileKind kind_of_ole(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (contains(bytes, "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"sv))
    refuse("encrypted: remove the password and save it again");
  refuse(
      "Office files from before 2007 (.doc, .xls, .ppt, .msg) are not read; save it as .docx or "
      "PDF");
}

// Control characters beyond a stray few (1 in 32) are no text in any encoding with bytes as units;
// random bytes hold 1 in 10.
bool is_text(std::string_view bytes) {
  constexpr std::size_t sample_bytes = 64 << 10;
  if (has_wide_characters(bytes)) return true;
  bytes = bytes.substr(0, sample_bytes);
  std::size_t controls = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    controls +=
        byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f' && byte != 0x1B;
  }
  return controls <= 2 + bytes.size() / 32;
}

bool looks_like_html(std::string_view bytes) {
  std::string head(bytes.substr(0, 1024));
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return contains(head, "<!doctype html") || contains(head, "<html");
}

std::optional<FileKind> kind_of_signature(std::string_view bytes) {
  // Readers accept junk before the header, and so do files in the wild.
  if (contains(bytes.substr(0, 1024), "%PDF-")) return FileKind::pdf;
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return kind_of_zip(bytes);
  if (bytes.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) return kind_of_ole(bytes);
  if (bytes.starts_with("{\\rtf")) refuse("RTF files are not read; save it as .docx or PDF");
  return std::nullopt;
}

}  // namespace

FileKind detect_kind(std::string_view bytes, std::string_view name) {
  if (bytes.empty()) refuse("the file is empty");
  if (const auto kind = kind_of_signature(bytes)) return *kind;
  if (!is_text(bytes)) {
    const std::string type = magic_type(bytes);
    refuse("not a kind of file that is read (its bytes say " + type + ")");
  }
  const std::string extension = extension_of(name);
  const auto kind = kind_of_extension(extension);
  if (kind == FileKind::pdf || kind == FileKind::docx) {
    if (looks_like_html(bytes)) return FileKind::html;
    refuse("broken, or not what its name says: the bytes are not those of a ." + extension +
           " file");
  }
  if (kind && *kind != FileKind::plain) return *kind;
  if (looks_like_html(bytes)) return FileKind::html;
  if (!kind && !extension.empty() && extension.size() <= 12)
    refuse("files ending in ." + extension + " are not read");
  return FileKind::plain;
}

void warm_detection() { static_cast<void>(magic_type("carrel")); }

bool is_readable_name(std::string_view name) {
  return kind_of_extension(extension_of(name)).has_value();
}

ParsedDocument parse_any(std::string_view bytes, std::string_view name, const ParseLimits& limits) {
  switch (detect_kind(bytes, name)) {
    case FileKind::pdf:
      return parse_pdf(bytes, limits);
    case FileKind::docx:
      return parse_docx(bytes, limits);
    case FileKind::html:
      return parse_html(bytes, limits);
    case FileKind::markdown:
      return parse_markdown(bytes, limits);
    case FileKind::csv:
      return parse_csv(bytes, limits);
    case FileKind::plain:
      return parse_plain(bytes, limits);
  }
  throw Error(ErrorCode::invalid_argument, "not a kind of file that is read");
}

}  // namespace carrel::ingest
