// generate/language_words.h
//
// Words of passages as the question's own, whatever language a document is written in: a word that
// shares its stem in the document's language (Snowball) with a word of the question counts as that
// word, and function words of that language count as stop words. English stems are the terms of
// every text already (core/text.h).
//
// One per question and thread: stems of the question are made once a language. Cost for English:
// that of Analyzer::words.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/language.h"
#include "core/text.h"

namespace carrel::generate {

class LanguageWords {
 public:
  // Borrows both.
  LanguageWords(std::string_view question, const Analyzer& analyzer);

  // `language` is the document's tag; empty or unknown reads as English.
  std::vector<Word> words(std::string_view text, std::string_view language);

 private:
  using Stems = std::unordered_map<std::string, std::string>;  // stem -> the question's term
  const Stems& stems_in(const Language& language);

  std::string_view question_;
  const Analyzer& analyzer_;
  std::map<std::string_view, Stems> stems_;  // by the language's code
};

}  // namespace carrel::generate
