#include "index/schema.h"

#include <array>

namespace carrel::index {
namespace {

constexpr std::string_view kFirst = R"sql(
CREATE TABLE collection(
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,   -- '' holds the library's own default
  default_allow TEXT,                   -- JSON list of principals; NULL: none set
  default_deny  TEXT,
  default_label TEXT
) STRICT;

CREATE TABLE document(
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  collection_id INTEGER NOT NULL REFERENCES collection(id),
  uri           TEXT NOT NULL,
  external_id   TEXT NOT NULL,
  title         TEXT NOT NULL,
  mime_type     TEXT NOT NULL,
  language      TEXT NOT NULL,
  author        TEXT NOT NULL,
  created       TEXT NOT NULL,          -- RFC 3339 or ''
  modified      TEXT NOT NULL,
  pages         INTEGER NOT NULL,
  bytes         INTEGER NOT NULL,
  chunk_first   INTEGER NOT NULL,       -- a document's chunks have consecutive ids
  chunk_count   INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  sha256        BLOB NOT NULL,
  parser        TEXT NOT NULL,
  acl_class_id  INTEGER NOT NULL,
  owner         TEXT NOT NULL,          -- a principal or ''
  metadata      TEXT NOT NULL,          -- JSON object
  added_at      INTEGER NOT NULL,       -- milliseconds since 1970
  updated_at    INTEGER NOT NULL,
  UNIQUE(collection_id, uri)
) STRICT;
CREATE INDEX document_by_class ON document(acl_class_id);

CREATE TABLE document_version(
  document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
  version     INTEGER NOT NULL,
  sha256      BLOB NOT NULL,            -- names the original
  bytes       INTEGER NOT NULL,
  added_at    INTEGER NOT NULL,
  PRIMARY KEY(document_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_by_sha ON document_version(sha256);

CREATE TABLE document_text(
  document_id INTEGER PRIMARY KEY REFERENCES document(id) ON DELETE CASCADE,
  text        BLOB NOT NULL             -- sealed
) STRICT;

CREATE TABLE chunk(
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
  ordinal     INTEGER NOT NULL,
  page        INTEGER NOT NULL,         -- 0: none
  section     TEXT NOT NULL,
  span_begin  INTEGER NOT NULL,
  span_end    INTEGER NOT NULL,
  tokens      INTEGER NOT NULL,
  terms       INTEGER NOT NULL,         -- indexed words, title and section included
  text        BLOB NOT NULL,            -- sealed
  lines       BLOB NOT NULL             -- packed TextLine
) STRICT;
CREATE INDEX chunk_by_document ON chunk(document_id, ordinal);

CREATE TABLE embedding_model(
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL,
  dim        INTEGER NOT NULL,
  state      INTEGER NOT NULL,          -- 0 building, 1 active, 2 retired
  trained_on INTEGER NOT NULL,
  bytes      BLOB NOT NULL,             -- sealed
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_active_model ON embedding_model(state) WHERE state = 1;

CREATE TABLE vector(
  model_id INTEGER NOT NULL REFERENCES embedding_model(id) ON DELETE CASCADE,
  chunk_id INTEGER NOT NULL REFERENCES chunk(id) ON DELETE CASCADE,
  data     BLOB NOT NULL,               -- float16[dim], little-endian
  PRIMARY KEY(model_id, chunk_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vector_by_chunk ON vector(chunk_id);

CREATE TABLE graph(
  model_id   INTEGER PRIMARY KEY REFERENCES embedding_model(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,          -- the pages of other generations are leftovers
  pages      INTEGER NOT NULL,
  change_id  INTEGER NOT NULL           -- the last change the graph holds
) STRICT;
CREATE TABLE graph_page(
  model_id   INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  page       INTEGER NOT NULL,
  data       BLOB NOT NULL,
  PRIMARY KEY(model_id, generation, page)
) STRICT;

CREATE TABLE change(
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  first   INTEGER NOT NULL,
  last    INTEGER NOT NULL
) STRICT;
)sql";

// The graph's pages are written one by one: those of generations above the graph's are leftovers,
// and of each page the newest counts. The old form is not read: the graph is built anew.
constexpr std::string_view kGraphPages = R"sql(
DROP TABLE graph;
DROP TABLE graph_page;
CREATE TABLE graph(
  model_id   INTEGER PRIMARY KEY REFERENCES embedding_model(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,          -- of the last checkpoint
  header     BLOB NOT NULL,
  change_id  INTEGER NOT NULL           -- the last change the graph holds
) STRICT;
CREATE TABLE graph_page(
  model_id   INTEGER NOT NULL,
  page       INTEGER NOT NULL,
  generation INTEGER NOT NULL,          -- of the checkpoint that wrote it
  data       BLOB NOT NULL,
  PRIMARY KEY(model_id, page, generation)
) STRICT;
)sql";

// What texts say their abbreviations stand for ("paid time off (PTO)"), for questions that use the
// other form. `head`: the long form's first two words, analyzed, by which it is found in a
// question.
constexpr std::string_view kAbbreviations = R"sql(
CREATE TABLE abbreviation(
  document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
  short       TEXT NOT NULL,            -- folded
  long        TEXT NOT NULL,            -- folded
  head        TEXT NOT NULL,
  PRIMARY KEY(document_id, short, long)
) STRICT, WITHOUT ROWID;
CREATE INDEX abbreviation_by_short ON abbreviation(short);
CREATE INDEX abbreviation_by_head ON abbreviation(head);
)sql";

// Opening reads the class and the length of every chunk; with both in the index it does not pass
// through the texts.
constexpr std::string_view kChunkLengths = R"sql(
DROP INDEX chunk_by_document;
CREATE INDEX chunk_by_document ON chunk(document_id, ordinal, terms);
)sql";

constexpr std::array kMigrations = {Migration{1, kFirst}, Migration{2, kGraphPages},
                                    Migration{3, kAbbreviations}, Migration{4, kChunkLengths}};

}  // namespace

void migrate_catalogue(Database& db) { migrate(db, "index", kMigrations); }

}  // namespace carrel::index
