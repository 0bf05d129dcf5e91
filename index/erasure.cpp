// Holds, retention, and the list of what is still to be purged: the tables and their rows.
#include "index/erasure.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/error.h"
#include "core/hash.h"
#include "core/utf8.h"
#include "index/erasure_rows.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

constexpr std::int64_t kDayMillis = std::int64_t{24} * 3600 * 1000;

// The trigger stands behind the check in Writer::remove: whatever deletes rows, a held document's
// stay.
constexpr std::array kMigrations = {Migration{1, R"sql(
CREATE TABLE hold(
  document  INTEGER PRIMARY KEY,
  reason    TEXT NOT NULL,
  placed_by TEXT NOT NULL,
  since     INTEGER NOT NULL              -- milliseconds since 1970
) STRICT;
CREATE TRIGGER held_documents_stay BEFORE DELETE ON document
WHEN EXISTS(SELECT 1 FROM hold WHERE document = old.id) BEGIN
  SELECT RAISE(ABORT, 'the document is under a hold');
END;
CREATE TABLE retention(
  collection_id INTEGER PRIMARY KEY REFERENCES collection(id) ON DELETE CASCADE,
  days          INTEGER NOT NULL
) STRICT;
CREATE TABLE erasure(                     -- deleted, and not yet purged
  document INTEGER PRIMARY KEY,
  deleted  INTEGER NOT NULL,
  words    BLOB NOT NULL                  -- 64-bit hashes of its words, ascending, little-endian
) STRICT;
CREATE TABLE purge(ended INTEGER NOT NULL) STRICT;
INSERT INTO purge(ended) VALUES(0);
)sql"},
                                    Migration{2, R"sql(
CREATE TABLE replaced_words(              -- of former versions of documents that are still here
  document INTEGER PRIMARY KEY REFERENCES document(id) ON DELETE CASCADE,
  words    BLOB NOT NULL                  -- as in erasure
) STRICT;
)sql"}};

std::vector<std::uint64_t> hashes_from(std::string_view bytes) {
  std::vector<std::uint64_t> out(bytes.size() / sizeof(std::uint64_t));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(std::uint64_t));
  return out;
}

std::string bytes_from(std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return std::string(reinterpret_cast<const char*>(hashes.data()),
                     hashes.size() * sizeof(std::uint64_t));
}

}  // namespace

namespace erasure_rows {

void migrate_erasure(Database& db) { migrate(db, "erasure", kMigrations); }

bool is_held(Database& db, DocumentId document) {
  return db.statement("SELECT 1 FROM hold WHERE document = ?").bind(1, document.value).step();
}

std::string words_of(Database& db, const Analyzer& analyzer, DocumentId document) {
  auto& former = db.statement("SELECT words FROM replaced_words WHERE document = ?");
  std::vector<std::uint64_t> hashes;
  if (former.bind(1, document.value).step()) hashes = hashes_from(former.blob(0));
  former.reset();
  const auto add = [&](std::string_view text) {
    for (const Word& word : analyzer.words(text)) hashes.push_back(Erasure::word_hash(word.term));
  };
  const auto info = catalogue::find_document(db, document);
  if (!info) return {};
  for (const std::string* field : {&info->title, &info->uri, &info->external_id, &info->author})
    add(*field);
  for (const auto& [name, value] : info->metadata) add(value);
  auto& sections = db.statement("SELECT DISTINCT section FROM chunk WHERE document_id = ?");
  sections.bind(1, document.value);
  while (sections.step()) add(sections.text(0));
  try {
    add(catalogue::text_of(db, document).value_or(""));
  } catch (const Error& e) {
    if (e.code() != ErrorCode::corrupt) throw;  // a damaged document can be deleted too
  }
  return bytes_from(hashes);
}

void keep_replaced(Database& db, DocumentId document, std::string_view words) {
  db.statement("INSERT OR REPLACE INTO replaced_words(document, words) VALUES(?,?)")
      .bind(1, document.value)
      .bind_blob(2, words)
      .run();
}

void remember(Database& db, DocumentId document, UnixMillis now, std::string_view words) {
  db.statement("INSERT OR REPLACE INTO erasure(document, deleted, words) VALUES(?,?,?)")
      .bind(1, document.value)
      .bind(2, now.value)
      .bind_blob(3, words)
      .run();
}

}  // namespace erasure_rows

std::uint64_t Erasure::word_hash(std::string_view term) { return checksum64(bytes_of(term)); }

void Erasure::hold(DocumentId document, std::string_view reason, std::string_view placed_by) {
  if (reason.empty() || reason.size() > kReasonBytesMax || !is_valid_utf8(reason))
    throw Error(
        ErrorCode::invalid_argument,
        "a hold needs a reason of at most " + std::to_string(kReasonBytesMax) + " bytes of UTF-8");
  Library::State& state = library_.state();
  const auto db = state.store.write();
  if (!catalogue::find_by_id(*db, document)) throw Error(ErrorCode::not_found, "no such document");
  if (erasure_rows::is_held(*db, document))
    throw Error(ErrorCode::conflict, "document " + std::to_string(document.value) +
                                         " is under a hold already; see: carrel document holds");
  db->statement("INSERT INTO hold(document, reason, placed_by, since) VALUES(?,?,?,?)")
      .bind(1, document.value)
      .bind(2, reason)
      .bind(3, placed_by)
      .bind(4, state.clock.now().value)
      .run();
}

void Erasure::release(DocumentId document) {
  const auto db = library_.state().store.write();
  db->statement("DELETE FROM hold WHERE document = ?").bind(1, document.value).run();
  if (db->changes() == 0)
    throw Error(ErrorCode::not_found,
                "document " + std::to_string(document.value) + " is under no hold");
}

std::vector<Hold> Erasure::holds() const {
  const auto db = library_.state().store.read();
  auto& read =
      db->statement("SELECT document, reason, placed_by, since FROM hold ORDER BY since, document");
  std::vector<Hold> out;
  while (read.step())
    out.push_back({DocumentId{read.integer(0)}, std::string(read.text(1)),
                   std::string(read.text(2)), UnixMillis{read.integer(3)}});
  return out;
}

void Erasure::set_retention(const std::string& collection, std::optional<std::int64_t> days) {
  if (days && (*days < 1 || *days > kDaysMax))
    throw Error(ErrorCode::invalid_argument, "retention is from 1 to 36500 days");
  const auto db = library_.state().store.write();
  auto& find = db->statement("SELECT id FROM collection WHERE name = ? AND name <> ''");
  if (!find.bind(1, collection).step())
    throw Error(ErrorCode::not_found, "no collection named '" + collection + "'");
  const std::int64_t id = find.integer(0);
  find.reset();
  if (days)
    db->statement(
          "INSERT INTO retention(collection_id, days) VALUES(?1, ?2) "
          "ON CONFLICT(collection_id) DO UPDATE SET days = ?2")
        .bind(1, id)
        .bind(2, *days)
        .run();
  else
    db->statement("DELETE FROM retention WHERE collection_id = ?").bind(1, id).run();
}

std::vector<Retention> Erasure::retention() const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT c.name, r.days FROM retention r JOIN collection c ON c.id = r.collection_id "
      "ORDER BY c.name");
  std::vector<Retention> out;
  while (read.step()) out.push_back({std::string(read.text(0)), read.integer(1)});
  return out;
}

std::vector<DueDocument> Erasure::due() const {
  const Library::State& state = library_.state();
  const auto db = state.store.read();
  auto& read = db->statement(
      "SELECT d.id, c.name, d.updated_at, EXISTS(SELECT 1 FROM hold h WHERE h.document = d.id) "
      "FROM document d JOIN collection c ON c.id = d.collection_id "
      "JOIN retention r ON r.collection_id = c.id "
      "WHERE d.updated_at < ?1 - r.days * ?2 ORDER BY d.updated_at, d.id");
  read.bind(1, state.clock.now().value).bind(2, kDayMillis);
  std::vector<DueDocument> out;
  while (read.step())
    out.push_back({DocumentId{read.integer(0)}, std::string(read.text(1)),
                   UnixMillis{read.integer(2)}, read.integer(3) != 0});
  return out;
}

std::vector<PendingErasure> Erasure::pending() const {
  const auto db = library_.state().store.read();
  auto& read = db->statement("SELECT document, deleted, words FROM erasure ORDER BY document");
  std::vector<PendingErasure> out;
  while (read.step())
    out.push_back(
        {DocumentId{read.integer(0)}, UnixMillis{read.integer(1)}, hashes_from(read.blob(2))});
  return out;
}

}  // namespace carrel::index
