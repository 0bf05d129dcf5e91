// The keyword index as a follower of the truth: opened, caught up with the change log, made anew
// when it is damaged or belongs to a later state. Whatever goes wrong here costs time and no data.
#include <filesystem>

#include "core/error.h"
#include "core/language.h"
#include "core/log.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

constexpr std::size_t kCatchUpBatch = 1000;  // chunks between commits of the keyword index

// The folder goes under another name first: removing it takes many steps, and a crash between them
// must not leave half an index under the name of a whole one.
void remove_folder(const std::filesystem::path& folder, const std::filesystem::path& aside) {
  std::error_code ec;
  std::filesystem::remove_all(aside, ec);
  if (std::filesystem::exists(folder, ec)) std::filesystem::rename(folder, aside, ec);
  if (!ec) std::filesystem::remove_all(aside, ec);
  if (ec)
    throw Error(ErrorCode::unavailable,
                "cannot remove the old keyword index " + folder.string() + ": " + ec.message());
}

}  // namespace

void Library::State::remove_keywords() {
  if (keywords != nullptr) keywords->close();
  remove_folder(directory / "keywords", directory / "keywords.old");
}

void Library::State::open_keywords() {
  const std::filesystem::path folder = directory / "keywords";
  NoProgress silent;
  try {
    keywords = std::make_unique<KeywordIndex>(folder);
    catch_up_keywords(silent);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::corrupt) throw;
    log::warning("index.keywords_rebuilt", {{"reason", e.what()}});
    remove_keywords();
    keywords = std::make_unique<KeywordIndex>(folder);
    catch_up_keywords(silent);
  }
  std::error_code ignored;
  for (const char* leaving : {"keywords.old", "keywords.new"})  // of a crash
    std::filesystem::remove_all(directory / leaving, ignored);
}

// Puts a document's present chunks into the keyword index; what is gone meanwhile is left out.
void Library::State::index_document(Database& db, DocumentId document) {
  const auto info = catalogue::find_document(db, document);
  if (!info) return;
  for (const StoredChunk& chunk : catalogue::chunks_of(db, document, std::nullopt))
    keywords->put(chunk.id, info->title, chunk.section, chunk.text,
                  find_language(info->language));
}

void Library::State::catch_up_keywords(ProgressSink& progress) {
  const auto db = store.write();
  const ChangeId newest = catalogue::last_change(*db);
  if (keywords->reached() > newest) {
    // The index is ahead of the truth: it belongs to a later state that a restore has undone.
    remove_keywords();
    keywords->reopen();
  }
  const auto changes = catalogue::changes_after(*db, keywords->reached());
  std::size_t done = 0;
  for (const catalogue::Change& change : changes) {
    if (change.kind == ChangeKind::put_chunks) {
      index_document(*db, DocumentId{change.subject});
    } else if (change.kind == ChangeKind::remove_chunks) {
      for (std::int64_t id = change.first.value; id <= change.last.value; ++id)
        keywords->remove(ChunkId{id});
    }
    progress.update({"keywords", ++done, changes.size(), "changes", ""});
    if (keywords->uncommitted() >= kCatchUpBatch) keywords->commit(change.id);
  }
  if (keywords->reached() < newest) keywords->commit(newest);
}

// A failed write leaves it open which of the index's changes since its last commit are in it: it is
// opened again as it is on disk, and the change log is applied from there.
void Library::State::commit_keywords() {
  const auto db = store.write();
  const bool was_behind = std::exchange(keywords_behind, true);
  if (was_behind) {
    NoProgress silent;
    keywords->reopen();
    catch_up_keywords(silent);
  }
  keywords->commit(catalogue::last_change(*db));
  keywords_behind = false;
}

// The copy lies beside the index until it is whole. A crash between the two renames leaves no index
// under its name, and the next opening makes one from the truth.
void Library::State::compact_keywords() {
  const auto db = store.write();
  const std::filesystem::path folder = directory / "keywords";
  const std::filesystem::path fresh = directory / "keywords.new";
  std::error_code ec;
  std::filesystem::remove_all(fresh, ec);
  keywords->copy_compacted(fresh);
  std::filesystem::permissions(fresh, std::filesystem::perms::owner_all, ec);
  keywords_behind = true;  // until it is open again
  remove_keywords();
  std::filesystem::rename(fresh, folder, ec);
  if (ec)
    throw Error(ErrorCode::unavailable,
                "cannot put the compacted keyword index in its place: " + ec.message());
  commit_keywords();
}

void Library::State::rebuild_keywords(ProgressSink& progress) {
  const auto db = store.write();
  keywords_behind = true;
  remove_keywords();
  keywords->reopen();
  // Replaying from the first change would index what was deleted since; the documents are enough.
  std::vector<DocumentId> documents;
  catalogue::each_document(*db, DocumentId{0}, [&](const DocumentInfo& document) {
    documents.push_back(document.id);
    return true;
  });
  const ChangeId newest = catalogue::last_change(*db);
  std::size_t done = 0;
  for (const DocumentId document : documents) {
    index_document(*db, document);
    progress.update({"keywords", ++done, documents.size(), "documents", ""});
    if (keywords->uncommitted() >= kCatchUpBatch) keywords->commit(ChangeId{0});
  }
  keywords->commit(newest);
  keywords_behind = false;
}

}  // namespace carrel::index
