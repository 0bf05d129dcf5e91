#include "ingest/plain_decode.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include "core/utf8.h"

namespace carrel::ingest {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const noexcept { ucnv_close(converter); }
};

// None: no such encoding, or (if `is_strict`) the bytes are not of it.
std::optional<std::string> convert(std::string_view bytes, const std::string& encoding,
                                   bool is_strict) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> from(ucnv_open(encoding.c_str(), &status));
  if (U_FAILURE(status)) return std::nullopt;
  if (is_strict)
    ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  std::array<UChar, 4096> units{};
  const char* at = bytes.data();
  const char* const end = bytes.data() + bytes.size();
  char32_t high = 0;  // the first half of a pair that a buffer's end has cut
  do {
    UChar* to = units.data();
    status = U_ZERO_ERROR;
    ucnv_toUnicode(from.get(), &to, units.data() + units.size(), &at, end, nullptr, true, &status);
    if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR) return std::nullopt;
    for (const UChar* unit = units.data(); unit < to; ++unit) {
      const char32_t c = *unit;
      if (c >= 0xD800 && c < 0xDC00) {
        high = c;
      } else if (c >= 0xDC00 && c < 0xE000) {
        append_utf8(out, high != 0 ? 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00) : 0xFFFD);
        high = 0;
      } else {
        append_utf8(out, c);
      }
    }
  } while (status == U_BUFFER_OVERFLOW_ERROR);
  return out;
}

std::string marked_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xEF\xBB\xBF"sv)) return "UTF-8";
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32LE";
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32BE";
  if (bytes.starts_with("\xFF\xFE"sv)) return "UTF-16LE";
  if (bytes.starts_with("\xFE\xFF"sv)) return "UTF-16BE";
  return {};
}

// UTF-16 of Latin text without a mark: nearly every second byte is zero, the others are not.
std::string wide_encoding(std::string_view bytes) {
  bytes = bytes.substr(0, 4096);
  if (bytes.size() < 4) return {};
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i % 2] += bytes[i] == '\0';
  const std::size_t half = bytes.size() / 2;
  if (zeros[1] * 10 > half * 7 && zeros[0] * 20 < half) return "UTF-16LE";
  if (zeros[0] * 10 > half * 7 && zeros[1] * 20 < half) return "UTF-16BE";
  return {};
}

std::string guess_encoding(std::string_view bytes) {
  constexpr std::size_t sample_bytes = 256 << 10;
  struct Release {
    void operator()(uchardet* detector) const noexcept { uchardet_delete(detector); }
  };
  const std::unique_ptr<uchardet, Release> detector(uchardet_new());
  uchardet_handle_data(detector.get(), bytes.data(), std::min(bytes.size(), sample_bytes));
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

// Shift_JIS where it explains every byte: short texts are beyond uchardet's statistics, and
// accented Western letters do not come in such pairs. JIS X 0208 lead bytes 0x81..0x9F are controls
// in Windows-1252's ancestors and rare in its texts.
bool looks_like_shift_jis(std::string_view bytes) {
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) continue;
    if (lead < 0x81 || lead > 0x9F || i + 1 == bytes.size()) return false;
    const auto trail = static_cast<unsigned char>(bytes[++i]);
    if (trail < 0x40 || trail == 0x7F || trail > 0xFC) return false;
    ++pairs;
  }
  return pairs >= 2;
}

DecodedText finish(std::string text, std::string encoding, bool is_guess) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (text.find('\f') == std::string::npos)
    return {clean_utf8(text), std::move(encoding), is_guess};
  DecodedText out{{}, std::move(encoding), is_guess};
  std::string_view rest = text;
  for (;;) {
    const std::size_t at = rest.find('\f');
    out.utf8 += clean_utf8(rest.substr(0, at));
    if (at == std::string_view::npos) return out;
    out.utf8 += '\f';
    rest.remove_prefix(at + 1);
  }
}

}  // namespace

bool has_wide_characters(std::string_view bytes) {
  const std::string marked = marked_encoding(bytes);
  return (!marked.empty() && marked != "UTF-8") || !wide_encoding(bytes).empty();
}

DecodedText decode_text(std::string_view bytes, std::string_view declared) {
  std::string encoding = marked_encoding(bytes);
  if (encoding.empty()) encoding = wide_encoding(bytes);
  if (!encoding.empty() && encoding != "UTF-8")
    if (auto text = convert(bytes, encoding, false))
      return finish(std::move(*text), encoding, false);
  if (encoding == "UTF-8" || is_valid_utf8(bytes))
    return finish(std::string(bytes), "UTF-8", false);

  if (!declared.empty())
    if (auto text = convert(bytes, std::string(declared), true))
      return finish(std::move(*text), std::string(declared), false);
  constexpr std::size_t short_bytes = 64;
  const std::string guess = bytes.size() < short_bytes && looks_like_shift_jis(bytes)
                                ? "Shift_JIS"
                                : guess_encoding(bytes);
  // A mostly valid UTF-8 text with a few broken bytes stays UTF-8: the breaks become U+FFFD.
  if (guess == "UTF-8" || guess == "ASCII") return finish(std::string(bytes), "UTF-8", true);
  if (!guess.empty())
    if (auto text = convert(bytes, guess, true)) return finish(std::move(*text), guess, true);
  auto text = convert(bytes, "windows-1252", false);
  return finish(text ? std::move(*text) : std::string(bytes), "windows-1252", true);
}

}  // namespace carrel::ingest
