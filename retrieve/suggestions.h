// retrieve/suggestions.h
//
// Questions to ask next, made from the headings of documents that the asker may read: near the
// passages that were just shown, or, for an empty page, of the newest documents.
//
// Nothing but visible headings and titles goes in, so a hidden document changes no byte. All text
// is untrusted, like the documents it comes from. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/reader.h"
#include "retrieve/retriever.h"

namespace carrel::retrieve {

struct SuggestedQuestion {
  std::string question;
  DocumentId document;  // whose heading it is
};

// About headings near the best passages that the question did not ask about, nearest first.
std::vector<SuggestedQuestion> next_questions(const index::Reader& reader,
                                              const access::Visibility& visible,
                                              std::span<const Passage> passages,
                                              std::string_view asked, std::size_t questions_max);

// From the newest documents, of as many collections as there are.
std::vector<SuggestedQuestion> first_questions(const index::Reader& reader,
                                               const access::Visibility& visible,
                                               std::size_t questions_max);

}  // namespace carrel::retrieve
