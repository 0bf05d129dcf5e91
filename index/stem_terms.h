// index/stem_terms.h
//
// How the stems of other languages than English stand among the terms of the keyword index, beside
// the terms that every text has: `Zde:kundigungsfrist` for a word of a German document, and `Lde`
// once for each of its chunks. Words are folded to lower case, so no question can spell these.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/language.h"

namespace carrel::index {

inline std::string stem_term(const Language& language, std::string_view stem) {
  return "Z" + std::string(language.code) + ":" + std::string(stem);
}

inline std::string language_marker(const Language& language) {
  return "L" + std::string(language.code);
}

}  // namespace carrel::index
