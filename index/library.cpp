// Opening a library: the derived stores are brought up to the last change, never repaired by hand.
#include "index/library.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "core/half.h"
#include "core/log.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

constexpr std::size_t kCatchUpBatch = 1000;  // chunks between commits of the keyword index
constexpr std::size_t kPagesInOneTransaction = 64;

struct Change {
  ChangeId id;
  ChangeKind kind;
  std::int64_t subject;
  ChunkId first, last;
};

std::vector<Change> changes_after(Database& db, ChangeId after) {
  std::vector<Change> out;
  Statement read(db, "SELECT id, kind, subject, first, last FROM change WHERE id > ? ORDER BY id");
  read.bind(1, after.value);
  while (read.step())
    out.push_back({ChangeId{read.integer(0)}, static_cast<ChangeKind>(read.integer(1)),
                   read.integer(2), ChunkId{read.integer(3)}, ChunkId{read.integer(4)}});
  return out;
}

std::unique_ptr<KeywordIndex> open_keywords(const std::filesystem::path& directory) {
  return std::make_unique<KeywordIndex>(directory / "keywords");
}

}  // namespace

Library::State::State(const std::filesystem::path& dir, Store& store_,
                      access::AccessControl& access_, const Clock& clock_,
                      const LibraryOptions& options_)
    : directory(dir),
      store(store_),
      access(access_),
      clock(clock_),
      options(options_),
      originals(dir / "originals") {}

Library::Library(const std::filesystem::path& directory, Store& store,
                 access::AccessControl& access, const Clock& clock, const LibraryOptions& options)
    : state_(std::make_unique<State>(directory, store, access, clock, options)) {
  migrate_catalogue(*store.write());
  state_->keywords = open_keywords(directory);
  state_->reader = std::make_unique<Reader>(*this);
  state_->writer = std::make_unique<Writer>(*this);
  state_->load_classes();
  state_->remove_stray_originals();
  NoProgress silent;
  state_->catch_up_keywords(silent);
  state_->load_spaces();
}

Library::~Library() {
  try {
    if (state_->keywords->uncommitted() > 0) state_->writer->commit_keywords();
  } catch (const Error& e) {
    log::warning("index.close", {{"reason", e.what()}});  // the next opening catches up
  }
}

const Reader& Library::reader() const { return *state_->reader; }
Writer& Library::writer() { return *state_->writer; }
access::AccessControl& Library::access() const { return state_->access; }

void Library::State::load_classes() {
  const auto db = store.write();
  Statement read(*db,
                 "SELECT k.id, k.document_id, k.terms, d.acl_class_id "
                 "FROM chunk k JOIN document d ON d.id = k.document_id");
  while (read.step())
    classes.set(ChunkId{read.integer(0)}, AclClassId{read.integer(3)}, DocumentId{read.integer(1)},
                static_cast<std::uint32_t>(read.integer(2)));
  catalogue::each_document(*db, DocumentId{0}, [&](const DocumentInfo& document) {
    names.put(analyzer, document);
    return true;
  });
}

void Library::State::remove_stray_originals() {
  const auto db = store.write();
  const std::size_t removed = originals.remove_unneeded(
      [&](const Digest& digest) { return catalogue::is_original_needed(*db, digest); });
  if (removed > 0) log::info("index.stray_originals_removed", {{"files", removed}});
}

// Puts a document's present chunks into the keyword index; what is gone meanwhile is left out.
void Library::State::index_document(Database& db, DocumentId document) {
  const auto info = catalogue::find_document(db, document);
  if (!info) return;
  for (const StoredChunk& chunk : catalogue::chunks_of(db, document, std::nullopt))
    keywords->put(chunk.id, info->title, chunk.section, chunk.text);
}

void Library::State::catch_up_keywords(ProgressSink& progress) {
  const auto db = store.write();
  const ChangeId newest = catalogue::last_change(*db);
  if (keywords->reached() > newest) {
    // The index is ahead of the truth: it belongs to a later state that a restore has undone.
    keywords.reset();
    std::filesystem::remove_all(directory / "keywords");
    keywords = open_keywords(directory);
  }
  const auto changes = changes_after(*db, keywords->reached());
  std::size_t done = 0;
  for (const Change& change : changes) {
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

bool Library::State::fetch_vector(Database& db, ModelId model, ChunkId chunk,
                                  std::span<float> out) const {
  auto& find = db.statement("SELECT data FROM vector WHERE model_id = ? AND chunk_id = ?");
  if (!find.bind(1, model.value).bind(2, chunk.value).step()) return false;
  from_half_bytes(find.blob(0), out);
  return true;
}

void Library::State::replay_vectors(Database& db, VectorSpace& space) {
  std::vector<float> row(space.index.dim());
  for (const Change& change : changes_after(db, space.reached)) {
    if (change.kind == ChangeKind::remove_chunks) {
      for (std::int64_t id = change.first.value; id <= change.last.value; ++id)
        space.index.erase(ChunkId{id});
    } else if (change.kind == ChangeKind::put_vectors && change.subject == space.model.value) {
      Statement read(db,
                     "SELECT chunk_id, data FROM vector "
                     "WHERE model_id = ? AND chunk_id BETWEEN ? AND ?");
      read.bind(1, space.model.value).bind(2, change.first.value).bind(3, change.last.value);
      while (read.step()) {
        const ChunkId chunk{read.integer(0)};
        if (space.index.contains(chunk)) continue;
        from_half_bytes(read.blob(1), row);
        space.index.insert(chunk, row);
        ++space.changes_since_checkpoint;
      }
    }
    space.reached = change.id;
  }
}

std::shared_ptr<VectorSpace> Library::State::load_space(Database& db, ModelId model,
                                                        std::size_t dim) {
  const auto empty = [&] {
    return std::make_shared<VectorSpace>(
        VectorSpace{model, VectorIndex(dim, options.vectors), ChangeId{0}, 0});
  };
  auto space = empty();
  Statement graph(db, "SELECT generation, pages, change_id FROM graph WHERE model_id = ?");
  if (graph.bind(1, model.value).step()) {
    try {
      std::vector<std::string> pages;
      Statement read(db,
                     "SELECT data FROM graph_page WHERE model_id = ? AND generation = ? "
                     "ORDER BY page");
      read.bind(1, model.value).bind(2, graph.integer(0));
      while (read.step()) pages.emplace_back(read.blob(0));
      if (static_cast<std::int64_t>(pages.size()) != graph.integer(1))
        throw Error(ErrorCode::corrupt, "pages of the vector graph are missing");
      space = std::make_shared<VectorSpace>(
          VectorSpace{model,
                      VectorIndex::load_pages(dim, options.vectors, pages,
                                              [&](ChunkId chunk, std::span<float> out) {
                                                return fetch_vector(db, model, chunk, out);
                                              }),
                      ChangeId{graph.integer(2)}, 0});
    } catch (const Error& e) {
      if (e.code() != ErrorCode::corrupt) throw;
      log::warning("index.graph_rebuilt", {{"model", model.value}, {"reason", e.what()}});
      space = empty();
    }
  }
  replay_vectors(db, *space);
  return space;
}

void Library::State::load_spaces() {
  const auto db = store.write();
  Statement read(*db, "SELECT id, dim, state FROM embedding_model WHERE state <> 2 ORDER BY id");
  std::map<ModelId, std::shared_ptr<VectorSpace>> loaded;
  ModelId active_model;
  while (read.step()) {
    const ModelId model{read.integer(0)};
    loaded[model] = load_space(*db, model, static_cast<std::size_t>(read.integer(1)));
    if (read.integer(2) == 1) active_model = model;
  }
  const std::unique_lock lock(spaces_mutex);
  spaces = std::move(loaded);
  active = active_model;
}

// Pages are written under a new generation in short transactions; one row makes them the graph.
void Library::State::save_space(VectorSpace& space) {
  const auto db = store.write();
  const ChangeId reached = space.reached;
  const std::vector<std::string> pages = space.index.save_pages();
  Statement last(*db, "SELECT coalesce(max(generation), 0) FROM graph_page WHERE model_id = ?");
  last.bind(1, space.model.value).step();
  const std::int64_t generation = last.integer(0) + 1;
  last.reset();
  for (std::size_t first = 0; first < pages.size(); first += kPagesInOneTransaction) {
    Transaction transaction(*db);
    const std::size_t end = std::min(first + kPagesInOneTransaction, pages.size());
    for (std::size_t page = first; page < end; ++page)
      db->statement("INSERT INTO graph_page(model_id, generation, page, data) VALUES(?,?,?,?)")
          .bind(1, space.model.value)
          .bind(2, generation)
          .bind(3, static_cast<std::int64_t>(page))
          .bind_blob(4, pages[page])
          .run();
    transaction.commit();
  }
  Transaction transaction(*db);
  db->statement(
        "INSERT INTO graph(model_id, generation, pages, change_id) VALUES(?1,?2,?3,?4) "
        "ON CONFLICT(model_id) DO UPDATE SET generation=?2, pages=?3, change_id=?4")
      .bind(1, space.model.value)
      .bind(2, generation)
      .bind(3, static_cast<std::int64_t>(pages.size()))
      .bind(4, reached.value)
      .run();
  db->statement("DELETE FROM graph_page WHERE model_id = ? AND generation <> ?")
      .bind(1, space.model.value)
      .bind(2, generation)
      .run();
  transaction.commit();
  space.changes_since_checkpoint = 0;
}

std::shared_ptr<VectorSpace> Library::State::space(ModelId model) const {
  const std::shared_lock lock(spaces_mutex);
  const auto it = spaces.find(model);
  return it == spaces.end() ? nullptr : it->second;
}

std::shared_ptr<VectorSpace> Library::State::require_space(ModelId model) const {
  auto found = space(model);
  if (found == nullptr)
    throw Error(ErrorCode::not_found,
                "no embedding model " + std::to_string(model.value) + " is in use or being built");
  return found;
}

void Library::rebuild_derived(ProgressSink& progress) {
  const auto db = state_->store.write();
  state_->keywords.reset();
  std::filesystem::remove_all(state_->directory / "keywords");
  state_->keywords = open_keywords(state_->directory);
  // Replaying from the first change would index what was deleted since; the documents are enough.
  std::vector<DocumentId> documents;
  catalogue::each_document(*db, DocumentId{0}, [&](const DocumentInfo& document) {
    documents.push_back(document.id);
    return true;
  });
  const ChangeId newest = catalogue::last_change(*db);
  std::size_t done = 0;
  for (const DocumentId document : documents) {
    state_->index_document(*db, document);
    progress.update({"keywords", ++done, documents.size(), "documents", ""});
    if (state_->keywords->uncommitted() >= kCatchUpBatch) state_->keywords->commit(ChangeId{0});
  }
  state_->keywords->commit(newest);
  {
    Transaction transaction(*db);
    db->execute("DELETE FROM graph; DELETE FROM graph_page;");
    transaction.commit();
  }
  state_->load_spaces();
  for (const auto& [model, space] : state_->spaces) state_->save_space(*space);
}

}  // namespace carrel::index
