// Purging: each store is written anew without what was deleted from it.
#include <array>
#include <functional>

#include "core/error.h"
#include "core/seal.h"
#include "index/erasure.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

// Collections that no document and no rule is left of: their names may be secrets too.
void drop_empty_collections(Database& db) {
  db.execute(
      "DELETE FROM collection WHERE default_allow IS NULL "
      "AND id NOT IN (SELECT collection_id FROM document) "
      "AND id NOT IN (SELECT collection_id FROM retention)");
}

// After VACUUM the file holds live rows only, and after this the write-ahead log holds nothing.
void cut_write_ahead_log(Database& db) {
  Statement checkpoint(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (checkpoint.step() && checkpoint.integer(0) != 0)
    throw Error(ErrorCode::unavailable,
                "the library is written anew, but somebody reads it and keeps its old pages on "
                "disk; run the purge again");
}

bool has_table(Database& db, std::string_view name) {
  Statement find(db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  return find.bind(1, name).step();
}

struct TextColumn {
  std::string_view table;
  std::string_view select;  // rowid and text
  std::string_view update;  // text, rowid
};

// What people wrote themselves, in tables that a library may not have yet.
constexpr std::array kHistory = {
    TextColumn{"conversation", "SELECT id, title FROM conversation",
               "UPDATE conversation SET title = ? WHERE id = ?"},
    TextColumn{"message", "SELECT id, question FROM message",
               "UPDATE message SET question = ? WHERE id = ?"},
    TextColumn{"message", "SELECT id, searched_for FROM message",
               "UPDATE message SET searched_for = ? WHERE id = ?"},
    TextColumn{"feedback", "SELECT id, question FROM feedback",
               "UPDATE feedback SET question = ? WHERE id = ?"},
    TextColumn{"feedback", "SELECT id, comment FROM feedback",
               "UPDATE feedback SET comment = ? WHERE id = ?"},
};

}  // namespace

bool Erasure::is_in_use(std::string_view term) const {
  return library_.state().keywords->has_term(term);
}

std::string Erasure::model_bytes(ModelId model) const {
  const auto db = library_.state().store.read();
  auto& find = db->statement("SELECT bytes FROM embedding_model WHERE id = ?");
  if (!find.bind(1, model.value).step())
    throw Error(ErrorCode::not_found, "no embedding model " + std::to_string(model.value));
  return unseal(find.blob(0));
}

void Erasure::replace_model_bytes(ModelId model, std::string_view bytes) {
  const auto db = library_.state().store.write();
  db->statement("UPDATE embedding_model SET bytes = ? WHERE id = ?")
      .bind_blob(1, seal(bytes))
      .bind(2, model.value)
      .run();
}

void Erasure::drop_model(ModelId model) {
  Library::State& state = library_.state();
  {
    const auto db = state.store.write();
    db->statement("UPDATE embedding_model SET state = 2 WHERE id = ?").bind(1, model.value).run();
    const std::unique_lock lock(state.spaces_mutex);
    state.spaces.erase(model);
    if (state.active == model) state.active = {};
  }
  state.writer->drop_model(model);
}

std::size_t Erasure::erase_history(const std::function<bool(std::string_view)>& quotes) {
  const auto db = library_.state().store.write();
  std::size_t erased = 0;
  for (const TextColumn& column : kHistory) {
    if (!has_table(*db, column.table)) continue;
    std::vector<std::int64_t> chosen;
    Statement read(*db, column.select);
    while (read.step())
      if (quotes(read.text(1))) chosen.push_back(read.integer(0));
    for (const std::int64_t id : chosen)
      db->statement(column.update).bind(1, std::string_view()).bind(2, id).run();
    erased += chosen.size();
  }
  return erased;
}

void Erasure::rewrite_stores(ProgressSink& progress) {
  Library::State& state = library_.state();
  const auto db = state.store.write();  // nothing is written meanwhile
  progress.update({"purging keywords", 0, 3, "stores", ""});
  state.commit_keywords();
  state.compact_keywords();
  progress.update({"purging vectors", 1, 3, "stores", ""});
  for (const auto& [model, space] : state.spaces) state.save_space(*space);
  progress.update({"purging the catalogue", 2, 3, "stores", ""});
  drop_empty_collections(*db);
  db->reset_statements();
  db->execute("VACUUM");
  cut_write_ahead_log(*db);
  progress.update({"purging", 3, 3, "stores", ""});
}

void Erasure::finish(const std::vector<PendingErasure>& done) {
  const auto db = library_.state().store.write();
  Transaction transaction(*db);
  for (const PendingErasure& one : done)
    db->statement("DELETE FROM erasure WHERE document = ?").bind(1, one.document.value).run();
  db->execute("UPDATE purge SET ended = ended + 1");
  transaction.commit();
}

std::int64_t Erasure::purges() const {
  const auto db = library_.state().store.read();
  auto& read = db->statement("SELECT ended FROM purge");
  return read.step() ? read.integer(0) : 0;
}

}  // namespace carrel::index
