#include "core/text.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_set>

#include <libstemmer.h>
#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel {
namespace {

// The small closed-class words of English that carry no topic: articles, pronouns, auxiliaries,
// prepositions, conjunctions, and the question words, which say what kind of answer is wanted and
// are read from the question itself.
const std::unordered_set<std::string_view>& stop_words() {
  static const std::unordered_set<std::string_view> words = {
      "a",      "about", "am",     "an",    "and",   "any",    "are",   "as",    "at",    "be",
      "been",   "being", "but",    "by",    "can",   "could",  "did",   "do",    "does",  "doing",
      "for",    "from",  "had",    "has",   "have",  "having", "he",    "her",   "hers",  "him",
      "his",    "how",   "i",      "if",    "in",    "into",   "is",    "it",    "its",   "me",
      "my",     "no",    "nor",    "not",   "of",    "on",     "or",    "our",   "ours",  "s",
      "shall",  "she",   "should", "so",    "such",  "t",      "than",  "that",  "the",   "their",
      "theirs", "them",  "then",   "there", "these", "they",   "this",  "those", "to",    "too",
      "us",     "was",   "we",     "were",  "what",  "when",   "where", "which", "while", "who",
      "whom",   "whose", "why",    "will",  "with",  "would",  "you",   "your",  "yours"};
  return words;
}

bool is_ascii_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// Scripts written without spaces: their runs are indexed as overlapping pairs of characters.
bool is_unspaced(char32_t c) {
  if (c < 0x0E00) return false;
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(c), &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return false;
  }
}

bool is_word_point(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  if (u_isalnum(point)) return true;
  const auto type = u_charType(point);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

std::string fold_unicode(std::string_view word) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCCasefoldInstance(status);
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  CARREL_ASSERT(U_SUCCESS(status));
  const auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(word.data(), static_cast<std::int32_t>(word.size())));
  const icu::UnicodeString split = nfd->normalize(nfkc->normalize(text, status), status);
  icu::UnicodeString bare;
  for (std::int32_t i = 0; i < split.length(); i = split.moveIndex32(i, 1)) {
    const UChar32 c = split.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) bare.append(c);
  }
  std::string out;
  bare.toUTF8String(out);
  return out;
}

// An English possessive's "'s" and a negation's "n't" are dropped with the apostrophe they follow.
std::size_t skip_apostrophe(std::string_view text, std::size_t at, std::size_t& end) {
  std::size_t after = at;
  const char32_t c = next_code_point(text, after);
  if (c != U'\'' && c != 0x2019) return at;
  if (after >= text.size() || !is_ascii_word(static_cast<unsigned char>(text[after]))) return at;
  std::size_t tail = after;
  while (tail < text.size() && is_ascii_word(static_cast<unsigned char>(text[tail]))) ++tail;
  if (tail - after > 2) return at;  // "l'homme": two words
  end = at;
  return tail;
}

}  // namespace

struct Analyzer::Stemmers {
  // A stemmer holds scratch memory, so each call borrows one.
  struct Deleter {
    void operator()(sb_stemmer* s) const noexcept { sb_stemmer_delete(s); }
  };
  using Handle = std::unique_ptr<sb_stemmer, Deleter>;

  Handle borrow() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        Handle one = std::move(idle.back());
        idle.pop_back();
        return one;
      }
    }
    Handle made(sb_stemmer_new("porter", "UTF_8"));
    CARREL_ASSERT(made != nullptr);
    return made;
  }
  void give_back(Handle one) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(one));
  }

  std::mutex mutex;
  std::vector<Handle> idle;
};

Analyzer::Analyzer() : stemmers_(std::make_unique<Stemmers>()) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;

std::string Analyzer::fold(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) return fold_unicode(word);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

namespace {

// Walks a text and hands out the raw spans of words and of pairs of unspaced characters.
class WordScanner {
 public:
  explicit WordScanner(std::string_view text) : text_(text) {}

  bool next(ByteRange& span, bool& is_pair) {
    while (at_ < text_.size()) {
      const std::size_t start = at_;
      const auto byte = static_cast<unsigned char>(text_[start]);
      if (byte < 0x80) {
        if (!is_ascii_word(byte)) {
          ++at_;
          continue;
        }
        span = {start, scan_word(start)};
        is_pair = false;
        return true;
      }
      std::size_t after = start;
      const char32_t c = next_code_point(text_, after);
      if (is_unspaced(c)) {
        std::size_t second = after;
        const bool has_second = after < text_.size() && is_unspaced(next_code_point(text_, second));
        const bool follows_pair = start == pair_continues_at_;
        at_ = after;
        if (!has_second && follows_pair) continue;  // the last character is in the pair before
        span = {start, has_second ? second : after};
        pair_continues_at_ = after;
        is_pair = true;
        return true;
      }
      if (!is_word_point(c)) {
        at_ = after;
        continue;
      }
      span = {start, scan_word(start)};
      is_pair = false;
      return true;
    }
    return false;
  }

 private:
  // From the first character of a word to its end; leaves at_ behind what belongs to it.
  std::size_t scan_word(std::size_t start) {
    std::size_t at = start;
    while (at < text_.size()) {
      const auto byte = static_cast<unsigned char>(text_[at]);
      if (byte < 0x80) {
        if (is_ascii_word(byte)) {
          ++at;
          continue;
        }
        // Digits stay together over one separator: 1,250.50 and 3.14 but not "end.Start".
        const bool joins = (byte == '.' || byte == ',') && at > start &&
                           is_ascii_digit(text_[at - 1]) && at + 1 < text_.size() &&
                           is_ascii_digit(text_[at + 1]);
        if (joins) {
          ++at;
          continue;
        }
        break;
      }
      std::size_t after = at;
      const char32_t c = next_code_point(text_, after);
      if (!is_word_point(c) || is_unspaced(c)) break;
      at = after;
    }
    std::size_t end = at;
    at_ = at < text_.size() ? skip_apostrophe(text_, at, end) : at;
    return end;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t pair_continues_at_ = static_cast<std::size_t>(-1);
};

}  // namespace

std::vector<Word> Analyzer::words(std::string_view text) const {
  std::vector<Word> out;
  out.reserve(text.size() / 6);
  auto stemmer = stemmers_->borrow();
  WordScanner scanner(text);
  ByteRange span;
  bool is_pair = false;
  std::uint32_t position = 0;
  while (scanner.next(span, is_pair)) {
    Word word{
        .term = fold(text.substr(span.begin, span.size())), .span = span, .position = position++};
    if (word.term.empty()) continue;
    if (word.term.find(',') != std::string::npos) std::erase(word.term, ',');
    word.is_stop_word = stop_words().contains(word.term);
    if (!is_pair && word.term.size() <= kTermBytesMax) {
      const auto* stem =
          sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(word.term.data()),
                          static_cast<int>(word.term.size()));
      if (stem != nullptr)
        word.term.assign(reinterpret_cast<const char*>(stem),
                         static_cast<std::size_t>(sb_stemmer_length(stemmer.get())));
    }
    if (word.term.size() > kTermBytesMax) word.term = truncate_utf8(word.term, kTermBytesMax);
    out.push_back(std::move(word));
  }
  stemmers_->give_back(std::move(stemmer));
  return out;
}

std::size_t estimate_tokens(std::string_view text) {
  std::size_t words = 0;
  WordScanner scanner(text);
  ByteRange span;
  bool is_pair = false;
  std::size_t long_words = 0;
  while (scanner.next(span, is_pair)) {
    ++words;
    if (span.size() > 9) ++long_words;
  }
  return words + long_words + words / 8;
}

}  // namespace carrel
