// index/schema.h
//
// The catalogue's tables in carrel.db, as numbered migrations.
#pragma once

#include "core/sqlite.h"

namespace carrel::index {

void migrate_catalogue(Database& db);
void migrate_conversations(Database& db);  // after the catalogue and access tables

// Kinds of entries in the change log, as stored.
enum class ChangeKind : std::int64_t {
  put_chunks = 1,     // chunks first..last of `subject` (a document) were added
  remove_chunks = 2,  // chunks first..last of `subject` (a document) are gone
  put_vectors = 3,    // embeddings of `subject` (a model) for chunks within first..last were added
};

}  // namespace carrel::index
