// Sentence boundaries: ICU's rules, with its false stops after abbreviations undone and the hard
// stops that layout makes (blank lines, list items) added.
#include <algorithm>
#include <memory>
#include <unordered_set>

#include <unicode/brkiter.h>
#include <unicode/uchar.h>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"

namespace carrel {
namespace {

// After these a full stop does not end a sentence.
bool is_abbreviation(std::string_view word) {
  static const std::unordered_set<std::string> known = {
      "mr",   "mrs", "ms",  "dr",  "prof", "sr",   "jr",  "st",   "vs",   "etc", "e.g",  "i.e",
      "cf",   "al",  "inc", "ltd", "co",   "corp", "no",  "nos",  "art",  "sec", "fig",  "approx",
      "dept", "est", "jan", "feb", "mar",  "apr",  "jun", "jul",  "aug",  "sep", "sept", "oct",
      "nov",  "dec", "u.s", "u.k", "u.n",  "p",    "pp",  "vol",  "ed",   "eds", "gen",  "gov",
      "sen",  "rep", "rev", "hon", "lt",   "col",  "sgt", "capt", "ph.d", "m.d", "b.a",  "m.a"};
  const std::string folded = Analyzer::fold(word);
  if (known.contains(folded)) return true;
  // A single letter is an initial: "J. Smith".
  return folded.size() == 1 && folded[0] >= 'a' && folded[0] <= 'z';
}

bool ends_with_abbreviation(std::string_view sentence) {
  const std::string_view body = trim(sentence);
  if (body.empty() || body.back() != '.') return false;
  std::size_t begin = body.size() - 1;
  while (begin > 0) {
    const char c = body[begin - 1];
    if (c == ' ' || c == '\n' || c == '\t' || c == '(' || c == '"') break;
    --begin;
  }
  return is_abbreviation(body.substr(begin, body.size() - 1 - begin));
}

bool starts_list_item(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  line.remove_prefix(at);
  if (line.size() < 2) return false;
  if ((line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ') return true;
  if (line.starts_with("\u2022")) return true;
  std::size_t digits = 0;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  return digits > 0 && digits <= 3 && digits + 1 < line.size() &&
         (line[digits] == '.' || line[digits] == ')') && line[digits + 1] == ' ';
}

// Splits at blank lines and before list items: no sentence crosses these.
std::vector<ByteRange> blocks(std::string_view text) {
  std::vector<ByteRange> out;
  std::size_t block = 0;
  std::size_t line = 0;
  const auto close = [&](std::size_t end) {
    if (end > block && !trim(text.substr(block, end - block)).empty()) out.push_back({block, end});
  };
  while (line < text.size()) {
    const std::size_t newline = text.find('\n', line);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline;
    const std::string_view content = text.substr(line, end - line);
    const bool blank = trim(content).empty();
    if (blank || starts_list_item(content)) {
      close(line);
      block = line;
    }
    line = newline == std::string_view::npos ? text.size() : newline + 1;
    if (blank) block = line;
  }
  close(text.size());
  return out;
}

void trim_range(std::string_view text, ByteRange& range) {
  const std::string_view kept = trim(text.substr(range.begin, range.size()));
  if (kept.empty()) {
    range.end = range.begin;
    return;
  }
  range.begin = static_cast<std::size_t>(kept.data() - text.data());
  range.end = range.begin + kept.size();
}

class IcuSentences {
 public:
  IcuSentences() {
    UErrorCode status = U_ZERO_ERROR;
    iterator_.reset(icu::BreakIterator::createSentenceInstance(icu::Locale::getEnglish(), status));
    CARREL_ASSERT(U_SUCCESS(status));
  }

  // Byte offsets at which ICU would break `text`, the end included.
  std::vector<std::size_t> breaks(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    text_ = utext_openUTF8(text_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    CARREL_ASSERT(U_SUCCESS(status));
    iterator_->setText(text_, status);
    std::vector<std::size_t> out;
    for (std::int32_t at = iterator_->next(); at != icu::BreakIterator::DONE;
         at = iterator_->next())
      out.push_back(static_cast<std::size_t>(at));
    return out;
  }

  ~IcuSentences() { utext_close(text_); }
  IcuSentences(const IcuSentences&) = delete;
  IcuSentences& operator=(const IcuSentences&) = delete;

 private:
  std::unique_ptr<icu::BreakIterator> iterator_;
  UText* text_ = nullptr;
};

}  // namespace

std::vector<ByteRange> sentences(std::string_view text) {
  thread_local IcuSentences icu;  // making one costs 100 us
  std::vector<ByteRange> out;
  for (const ByteRange& block : blocks(text)) {
    const std::string_view body = text.substr(block.begin, block.size());
    std::size_t start = 0;
    for (const std::size_t end : icu.breaks(body)) {
      if (end < body.size() && ends_with_abbreviation(body.substr(start, end - start))) continue;
      ByteRange sentence{block.begin + start, block.begin + end};
      trim_range(text, sentence);
      if (sentence.size() > 0) out.push_back(sentence);
      start = end;
    }
  }
  return out;
}

}  // namespace carrel
