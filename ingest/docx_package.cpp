#include "ingest/docx_package.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include <archive.h>
#include <archive_entry.h>

#include "core/error.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kEntriesMax = 8192;
// Text in XML packs 10 to 40 times; above this, and past the free allowance, it is a bomb.
constexpr std::size_t kRatioMax = 200;
constexpr std::size_t kRatioFreeBytes = 16ULL << 20;

constexpr std::array<std::string_view, 5> kWantedParts = {"word/styles.xml", "word/footnotes.xml",
                                                          "word/endnotes.xml", "docProps/core.xml",
                                                          "word/document.xml"};

struct CloseArchive {
  void operator()(archive* handle) const noexcept { archive_read_free(handle); }
};

[[noreturn]] void refuse_broken() {
  throw Error(ErrorCode::invalid_argument, "broken: the office file cannot be unpacked");
}

[[noreturn]] void refuse_bomb() {
  throw Error(ErrorCode::too_large,
              "the file unpacks to more than its limit: a zip bomb, or a document to be split");
}

std::string unpack_entry(archive* from, std::size_t packed_bytes, std::size_t bytes_max) {
  std::string out;
  for (;;) {
    const void* piece = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int rc = archive_read_data_block(from, &piece, &size, &offset);
    if (rc == ARCHIVE_EOF) return out;
    if (rc != ARCHIVE_OK) refuse_broken();
    if (offset < 0 || static_cast<std::size_t>(offset) != out.size()) refuse_broken();
    out.append(static_cast<const char*>(piece), size);
    if (out.size() > bytes_max ||
        (out.size() > kRatioFreeBytes && out.size() / kRatioMax > packed_bytes))
      refuse_bomb();
  }
}

}  // namespace

std::map<std::string, std::string, std::less<>> unpack_docx(std::string_view bytes,
                                                            const ParseLimits& limits) {
  const std::unique_ptr<archive, CloseArchive> from(archive_read_new());
  if (!from) throw std::bad_alloc();
  archive_read_support_format_zip(from.get());
  archive_read_support_filter_none(from.get());
  if (archive_read_open_memory(from.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    refuse_broken();
  std::map<std::string, std::string, std::less<>> parts;
  std::size_t unpacked = 0;
  std::size_t entries = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int rc = archive_read_next_header(from.get(), &entry);
    if (rc == ARCHIVE_EOF) break;
    if (rc < ARCHIVE_WARN) {
      if (parts.contains("word/document.xml")) break;  // a torn tail; the text is there
      refuse_broken();
    }
    if (++entries > kEntriesMax) refuse_bomb();
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) continue;
    const auto wanted = std::find(kWantedParts.begin(), kWantedParts.end(), name);
    if (wanted == kWantedParts.end() || parts.contains(*wanted)) continue;
    if (archive_entry_is_encrypted(entry) != 0)
      throw Error(ErrorCode::invalid_argument, "encrypted: remove the password and save it again");
    std::string part = unpack_entry(from.get(), bytes.size(), limits.unpacked_bytes_max - unpacked);
    unpacked += part.size();
    parts.emplace(*wanted, std::move(part));
  }
  if (!parts.contains("word/document.xml"))
    throw Error(ErrorCode::invalid_argument, "broken: it has no word/document.xml");
  return parts;
}

}  // namespace carrel::ingest
