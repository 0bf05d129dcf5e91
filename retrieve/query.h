// retrieve/query.h
//
// What a person wrote, taken apart: words that score, "phrases that must occur", -words that must
// not, and filters such as collection:hr. What remains is the plain question, for encoders and
// engines.
//
// Nothing in it reaches a query language: terms and phrases are analyzed words, filters are values.
// Any thread; pure functions. Errors: invalid_argument.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "index/keyword_query.h"
#include "index/types.h"

namespace carrel::retrieve {

struct QueryLimits {
  std::size_t question_bytes_max = 2048;
  std::size_t terms_max = 64;
  std::size_t phrases_max = 8;
  std::size_t phrase_words_max = 16;
  std::size_t excluded_max = 16;
  std::size_t expansions_max = 32;
};

// Words that together stand for one term of the question.
struct StandIn {
  std::string term;
  std::vector<std::string> others;
};

// A name of the question that no readable text holds, as readable texts spell one that is nearly
// the same. It ranks, but is no part of the question: what is asked of Telnet is not answered of
// Telenet because of it.
struct NearName {
  std::string term;
  double idf = 0;  // visible
  double weight = 1;
};

struct ParsedQuery {
  std::string plain;             // the question without filters, exclusions and quotation marks
  index::KeywordQuery keywords;  // each term once, its weight the number of times it was written
  index::DocumentFilter filter;
  std::vector<StandIn> stand_ins;  // synonyms that the library knows (retrieve/synonyms.h)
  std::vector<NearName> near_names;
  // Of languages beside English, by code: which term of the question a stem stands for
  // (retrieve/other_languages.h).
  std::map<std::string, std::unordered_map<std::string, std::string>, std::less<>> stems;

  bool has_constraints() const { return !keywords.phrases.empty() || !keywords.excluded.empty(); }
};

// A filter is `name:value` or `name:"some words"` with a name that index/types.h knows; a name that
// is one slip away from a known one is an error, anything else with a colon in it is a word.
// Stop words score only where the question has nothing else.
ParsedQuery parse_query(std::string_view question, const Analyzer& analyzer,
                        const QueryLimits& limits);

// Whether a text whose words are `words` holds every phrase and no excluded term.
bool meets_constraints(const std::vector<Word>& words, const index::KeywordQuery& query);

}  // namespace carrel::retrieve
