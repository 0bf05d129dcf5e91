// core/text.h
//
// What a word is, in one place, so that postings, the trained encoder and questions agree.
//
// A word is a run of letters and digits as Unicode sees them (ICU word boundaries beyond ASCII),
// case-folded, stripped of accents and stemmed (Snowball "porter"); "1,250.50" is one word, "don't"
// loses its apostrophe, "e-mail" gives its two parts. Runs of Han, Hiragana, Katakana, Hangul and
// Thai give overlapping pairs of characters, which need no dictionary.
//
// Also sentences (ICU, with the abbreviations that ICU does not know) and the estimate of model
// tokens by which chunks are measured.
//
// Threads: const members of Analyzer may run on many threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace carrel {

struct Word {
  std::string term;            // folded and stemmed; at most kTermBytesMax bytes
  ByteRange span;              // in the text it was found in
  std::uint32_t position = 0;  // counts every word, stop words too, from 0
  bool is_stop_word = false;   // "the", "of": not indexed
};

inline constexpr std::size_t kTermBytesMax = 64;

class Analyzer {
 public:
  Analyzer();
  ~Analyzer();
  Analyzer(Analyzer&&) noexcept;

  // `text` is UTF-8. Cost: about 25 ns a byte of English.
  std::vector<Word> words(std::string_view text) const;

  // Folded but not stemmed, for display and exact comparison.
  static std::string fold(std::string_view word);

 private:
  struct Stemmers;
  std::unique_ptr<Stemmers> stemmers_;
};

// Sentence spans in order; together they cover all but white space between them. A blank line and
// a line that starts a list item end a sentence too.
std::vector<ByteRange> sentences(std::string_view text);

// About how many tokens a sub-word vocabulary would make of it: words plus a quarter for pieces.
std::size_t estimate_tokens(std::string_view text);

}  // namespace carrel
