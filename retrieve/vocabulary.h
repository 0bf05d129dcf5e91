// retrieve/vocabulary.h
//
// Brings a question to the words of the library: other spellings of what it says, the long forms of
// its abbreviations and the abbreviations of its words as readable texts explain them, and for a
// word that no readable text holds the nearest one that some does. A name is only ranked by its
// nearest: it may be somebody else's.
//
// Everything learned is learned from what the asker may read; what he may not has no influence. The
// question's own words stay: what is added weighs less than they do.
//
// Any thread. Errors: unavailable, corrupt. Cost: a database lookup a word; where a word is
// unknown, one walk over the indexed words that begin like it.
#pragma once

#include <string>
#include <vector>

#include "core/text.h"
#include "index/reader.h"
#include "retrieve/query.h"

namespace carrel::retrieve {

struct Correction {
  std::string written;  // as in the question
  std::string term;     // the indexed word it was searched as
  std::string read_as;  // that word as a passage found writes it; the term where none does
};

// Adds to query.keywords. Returns what was corrected, in the question's order.
std::vector<Correction> adapt_to_library(const index::Reader& reader, const Analyzer& analyzer,
                                         const access::Visibility& visible, ParsedQuery& query);

}  // namespace carrel::retrieve
