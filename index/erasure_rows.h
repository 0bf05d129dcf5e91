// index/erasure_rows.h
//
// The rows of holds and pending erasures, for the code that deletes documents. Private to this
// folder. Each function runs on the connection it is given, inside the caller's transaction.
#pragma once

#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/ids.h"
#include "core/sqlite.h"
#include "core/text.h"

namespace carrel::index::erasure_rows {

void migrate_erasure(Database& db);  // after the catalogue's tables

bool is_held(Database& db, DocumentId document);

// The words of all versions of a document that is about to be deleted or replaced, as `remember`
// and `keep_replaced` keep them: hashes only.
std::string words_of(Database& db, const Analyzer& analyzer, DocumentId document);
void remember(Database& db, DocumentId document, UnixMillis now, std::string_view words);
void keep_replaced(Database& db, DocumentId document, std::string_view words);

}  // namespace carrel::index::erasure_rows
