// server/passage_json.h
//
// Passages found for somebody, checked once more, and as JSON. Private to this folder's .cpp files.
// Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/cancel.h"
#include "retrieve/retriever.h"
#include "server/api.h"
#include "server/json_text.h"

namespace carrel::server {

// Errors: invalid_argument (empty, over 2 KiB, not UTF-8).
void check_question(std::string_view question);

// What the retriever finds, authorized again under the rules in force now. Where a rule changed
// while it ran and took something away, those passages are missing. Errors: as Retriever::retrieve.
retrieve::Retrieval retrieve_readable(const Service& service, const Caller& caller,
                                      std::string_view question,
                                      const retrieve::RetrieveOptions& options,
                                      const CancelToken& cancel);

// Whether the caller may read all of these chunks under the rules in force now.
bool are_readable(const Service& service, const Caller& caller, const std::vector<ChunkId>& chunks);

// document_id, chunk_id, title, uri, page, section, text, highlights, mime_type
// The last look before passages leave: rights may have been taken away while they were recorded.
// Errors: conflict.
void check_passages(const Service& service, const Caller& caller,
                    const retrieve::Retrieval& retrieval);

nlohmann::json passage_json(const retrieve::Passage& passage);

// For the audit log: the ids shown and the epoch of the rules.
nlohmann::json shown_json(const retrieve::Retrieval& retrieval);

nlohmann::json me(const access::AccessControl& access, const Caller& caller);

std::string joined(const std::vector<std::string>& words);

}  // namespace carrel::server
