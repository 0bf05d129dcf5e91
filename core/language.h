// core/language.h
//
// The languages beside English whose words are brought to stems: their codes, their function words
// (articles, pronouns, prepositions, auxiliaries), and the guess which of them a text is written
// in, by the share of its words that are function words of one language and of no other.
//
// Pure functions over tables made once; any thread (a stemmer's scratch memory is each thread's
// own). Cost: a hash look-up a word.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace carrel {

// One of the languages below, by its place in stemmed_languages().
struct Language {
  std::string_view code;     // ISO 639-1, "de"
  std::string_view stemmer;  // Snowball's name, "german"
};

// English is not among them: its stems are the terms of every text (core/text.h).
std::span<const Language> stemmed_languages();

// By code or by a tag that begins with one ("de-CH"), ignoring case; null: English, empty or
// unknown.
const Language* find_language(std::string_view tag);

// `folded` as Analyzer::fold gives it.
bool is_function_word(const Language& language, std::string_view folded);

// The stem of one word of a text in `language` (Snowball), folded afterwards, because accents tell
// endings apart. At most kTermBytesMax bytes.
std::string stem_of(std::string_view word, const Language& language);

// The language of a text of at least a few sentences: null for English and where it is unclear.
// Looks at the first 64 KiB.
const Language* language_of_text(std::string_view text);

// The language of a question, which may be three words long: where at least two of them, or one in
// three, are function words of one language and fewer of any other. Null: English or unclear.
const Language* language_of_question(std::string_view question);

}  // namespace carrel
