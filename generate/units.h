// generate/units.h
//
// Cuts passages into what an extractive answer is made of: sentences, list items, table rows. Each
// unit knows what it needs to be understood: the heading above it, the line that introduces its
// list, the row that names its columns, its neighbours.
//
// Any thread; pure functions. Units own their text and words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/text.h"
#include "generate/language_words.h"
#include "retrieve/retriever.h"

namespace carrel::generate {

enum class UnitKind : std::uint8_t { sentence, list_item, table_row };

inline constexpr std::size_t kNoUnit = static_cast<std::size_t>(-1);

struct Unit {
  UnitKind kind = UnitKind::sentence;
  std::size_t passage = 0;           // counted from 0
  ByteRange span;                    // in the passage's text, verbatim
  std::string text;                  // for people: one line, list marks gone, columns named
  std::vector<Word> words;           // of the verbatim text
  std::vector<std::string> context;  // terms of heading, list introduction and column names
  std::vector<std::string> heading;  // terms of the nearest heading alone
  std::vector<std::string> opens;    // the same, of what stands first under it
  std::size_t before = kNoUnit;      // the neighbours in the same passage
  std::size_t after = kNoUnit;
  std::size_t introduced_by = kNoUnit;  // of a list item: the unit that introduces its list
  std::size_t item = kNoUnit;           // of a sentence that goes on a list item: that item
  std::size_t list = 0;                 // a list's items and what goes on them share it
  std::vector<std::string> cells;       // of a table row, as in `text`: "Maximum: 66,600"
  bool leans_on_before = false;         // begins with "they", "this": needs the sentence before
};

struct UnitLimits {
  std::size_t units_max = 2000;       // of all passages together
  std::size_t unit_bytes_max = 1200;  // a longer one is no answer
};

// Headings alone and lines without a word are no units.
std::vector<Unit> cut_units(std::span<const retrieve::Passage> passages, LanguageWords& reader,
                            const UnitLimits& limits);

// Appends those of the passages from `first` on, numbered as they stand among all.
void append_units(std::span<const retrieve::Passage> passages, std::size_t first,
                  LanguageWords& reader, const UnitLimits& limits, std::vector<Unit>& units);

}  // namespace carrel::generate
