#include "generate/language_words.h"

namespace carrel::generate {

LanguageWords::LanguageWords(std::string_view question, const Analyzer& analyzer)
    : question_(question), analyzer_(analyzer) {}

const LanguageWords::Stems& LanguageWords::stems_in(const Language& language) {
  const auto [entry, is_new] = stems_.try_emplace(language.code);
  if (is_new)
    for (const Word& word : analyzer_.words(question_)) {
      const std::string_view shown = question_.substr(word.span.begin, word.span.size());
      if (!word.is_stop_word && !is_function_word(language, Analyzer::fold(shown)))
        entry->second.try_emplace(stem_of(shown, language), word.term);
    }
  return entry->second;
}

std::vector<Word> LanguageWords::words(std::string_view text, std::string_view language) {
  std::vector<Word> out = analyzer_.words(text);
  const Language* known = find_language(language);
  if (known == nullptr) return out;
  const Stems& stems = stems_in(*known);
  for (Word& word : out) {
    const std::string_view shown = text.substr(word.span.begin, word.span.size());
    word.is_stop_word = is_function_word(*known, Analyzer::fold(shown));
    if (word.is_stop_word) continue;
    const auto asked = stems.find(stem_of(shown, *known));
    if (asked != stems.end()) word.term = asked->second;
  }
  return out;
}

}  // namespace carrel::generate
