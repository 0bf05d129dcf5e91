// index/catalogue.h
//
// The SQL of the catalogue: rows to structs and back. Private to this folder. Each function runs on
// the connection it is given, inside the caller's transaction if there is one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "core/sqlite.h"
#include "core/text.h"
#include "index/schema.h"
#include "index/types.h"
#include "index/writer.h"

namespace carrel::index::catalogue {

struct ChunkSpan {  // consecutive chunk ids; count 0: none
  ChunkId first;
  std::int64_t count = 0;
  ChunkId last() const { return ChunkId{first.value + count - 1}; }
};

struct StoredDocument {
  DocumentId id;
  std::int32_t version = 0;
  ChunkSpan chunks;
};

CollectionId collection_id(Database& db, const std::string& name);
std::optional<StoredDocument> find_by_uri(Database& db, CollectionId collection,
                                          const std::string& uri);
std::optional<StoredDocument> find_by_id(Database& db, DocumentId id);

// Inserts or replaces the row; chunk ids are set later by set_chunks.
DocumentId put_row(Database& db, const NewDocument& document, CollectionId collection,
                   AclClassId acl_class, const Digest& sha256, UnixMillis now,
                   const std::optional<StoredDocument>& before);
ChunkSpan put_chunks(Database& db, DocumentId document, const NewDocument& content,
                     const std::vector<std::uint32_t>& terms);
void delete_chunks(Database& db, DocumentId document);
std::vector<Digest> originals_of(Database& db, DocumentId document);
bool is_original_needed(Database& db, const Digest& sha256);

std::optional<DocumentInfo> find_document(Database& db, DocumentId id);
// Documents with id > after, ascending, until `take` returns false.
void each_document(Database& db, DocumentId after,
                   const std::function<bool(const DocumentInfo&)>& take);

// The first two words of a long form that are no stop words, analyzed; empty: it has fewer.
std::string abbreviation_head(const Analyzer& analyzer, std::string_view long_form);

// What the document's chunks say that their abbreviations stand for, in place of what was known.
void put_abbreviations(Database& db, const Analyzer& analyzer, DocumentId document,
                       const NewDocument& content);
// Those with this short form (folded), or whose long form begins with this head; in order of short
// and long form, each once, if a document of a class that `visible` permits holds it.
std::vector<KnownAbbreviation> find_abbreviations(Database& db, const access::Visibility& visible,
                                                  std::string_view short_form,
                                                  std::string_view head);

// The class is read with the chunk, so that what is returned can be judged.
std::optional<std::pair<StoredChunk, AclClassId>> find_chunk(Database& db, ChunkId id);
// Those of `page`, or all, from the ordinal `from` on, `limit` of them.
std::vector<StoredChunk> chunks_of(Database& db, DocumentId document,
                                   std::optional<std::int32_t> page, std::int64_t from = 0,
                                   std::int64_t limit = INT64_MAX);
std::optional<std::string> text_of(Database& db, DocumentId document);

ChangeId append_change(Database& db, std::int64_t kind, std::int64_t subject, ChunkId first,
                       ChunkId last);
ChangeId last_change(Database& db);

struct Change {
  ChangeId id;
  ChangeKind kind;
  std::int64_t subject;
  ChunkId first, last;
};
std::vector<Change> changes_after(Database& db, ChangeId after);  // oldest first

std::string pack_lines(const std::vector<TextLine>& lines);
std::vector<TextLine> unpack_lines(std::string_view bytes);  // Errors: corrupt

}  // namespace carrel::index::catalogue
