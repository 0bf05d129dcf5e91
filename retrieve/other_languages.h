// retrieve/other_languages.h
//
// Questions and passages in other languages than English. Every word has its English stem as a
// term; documents in another language have that language's stems beside them (index/stem_terms.h),
// and a question is searched by those of each language that readable documents are written in, or
// of its own language alone where that is plain.
//
// Which languages there are is learned from what the asker may read. Any thread. Errors:
// unavailable, corrupt. Cost where all readable text is English: a cached look-up a language.
#pragma once

#include <string_view>
#include <vector>

#include "core/text.h"
#include "index/reader.h"
#include "retrieve/query.h"

namespace carrel::retrieve {

// Adds the stems that readable passages hold to `query`, and takes the function words of the
// question's own language out of its terms. A stem takes the place of a term that no readable
// passage holds; beside one that some do, it is an expansion.
void add_other_stems(const index::Reader& reader, const Analyzer& analyzer,
                     const access::Visibility& visible, ParsedQuery& query);

// Words of a passage that share a stem with a word of the question get its term, so that what is
// measured and marked counts them. `language` is the document's tag.
void recognise_stems(const ParsedQuery& query, std::string_view language, std::string_view text,
                     std::vector<Word>& words);

}  // namespace carrel::retrieve
