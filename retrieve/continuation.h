// retrieve/continuation.h
//
// What stands right beside a passage in its document, where the passage cannot be read whole
// without it: a list, steps or a table that the border of a chunk cut.
//
// Any thread. Errors: unavailable, corrupt. Cost: one look-up for all passages together.
#pragma once

#include <vector>

#include "access/visibility.h"
#include "index/reader.h"
#include "retrieve/retriever.h"

namespace carrel::retrieve {

// Whether a text stops inside a list or a table, or with a line that announces one; whether it
// begins inside one.
bool ends_open(std::string_view text);
bool begins_open(std::string_view text);

// Appends the chunks that continue the best of `passages`, or that they continue, each with
// `continues` set: of the same document and section, permitted by `now`, not among the passages
// already. At most `limit`, those of better passages first.
void add_continuations(const index::Reader& reader, const access::Visibility& now,
                       std::size_t limit, std::vector<Passage>& passages);

}  // namespace carrel::retrieve
