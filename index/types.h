// index/types.h
//
// What the library stores and gives back: documents, chunks, collections, and the filter by which
// people narrow a search. Plain values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "access/access_control.h"
#include "core/clock.h"
#include "core/ids.h"

namespace carrel::index {

// Where a line of a chunk stands on its page, in points from the top left corner.
struct TextLine {
  ByteRange span;  // in the document's text
  std::int32_t page = 1;
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

struct NewChunk {
  std::int32_t page = 0;  // 1-based; 0: the format has no pages
  std::string section;    // heading path, "Leave > Annual leave"
  ByteRange span;         // in the document's text
  std::string text;
  std::uint32_t tokens = 0;
  std::vector<TextLine> lines;
};

struct NewDocument {
  std::string collection;
  std::string uri;          // names the document within its collection; a path for files
  std::string external_id;  // the source system's own id, or empty
  std::string title;
  std::string mime_type;
  std::string language;
  std::string author;
  std::string created;   // RFC 3339 or empty
  std::string modified;  // RFC 3339 or empty
  std::int32_t pages = 0;
  access::AclSpec acl;
  std::string owner;                            // a principal, or empty
  std::map<std::string, std::string> metadata;  // free names and values
  std::string original;                         // the file's bytes
  std::string text;                             // extracted
  std::vector<NewChunk> chunks;
  std::string parser_version;  // a newer parser reads the same bytes again
};

struct DocumentInfo {
  DocumentId id;
  std::string collection;
  std::string uri;
  std::string external_id;
  std::string title;
  std::string mime_type;
  std::string language;
  std::string author;
  std::string created;
  std::string modified;
  std::int32_t pages = 0;
  std::int64_t bytes = 0;
  std::int64_t chunks = 0;
  std::int32_t version = 1;
  AclClassId acl_class;
  std::string label;
  std::string owner;
  UnixMillis added;
  UnixMillis updated;
  std::map<std::string, std::string> metadata;
};

struct StoredChunk {
  ChunkId id;
  DocumentId document;
  std::uint32_t ordinal = 0;
  std::int32_t page = 0;
  std::string section;
  ByteRange span;
  std::string text;
  std::uint32_t tokens = 0;
  std::vector<TextLine> lines;
};

// What readable documents say that an abbreviation stands for.
struct KnownAbbreviation {
  std::string short_form;  // both folded
  std::string long_form;
  std::int64_t documents = 0;  // readable ones that say so
};

struct DocumentVersion {
  std::int32_t version = 1;
  UnixMillis added;
};

struct CollectionInfo {
  std::string name;
  std::int64_t documents = 0;  // those the asker may read
};

// All that is set must hold. Comparisons of text ignore case.
struct DocumentFilter {
  std::vector<std::string> collections;  // any of these
  std::vector<std::string> types;        // "pdf", "docx", or a MIME type; any of these
  std::vector<std::string> labels;       // any of these
  std::string author;                    // contained in the author
  std::string title;                     // contained in the title
  std::string uri;                       // contained in the uri
  std::string after;                     // date of modification, "2024-01-01", inclusive
  std::string before;                    // exclusive
  bool is_empty() const;
};

// `collection:hr type:pdf label:internal author:"Ana O" title:travel after:2024-01-01`, as people
// write it. Errors: invalid_argument (unknown name, with the nearest; unclosed quote).
DocumentFilter parse_filter(std::string_view expression);

}  // namespace carrel::index
