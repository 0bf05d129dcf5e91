// Opening a library: the derived stores are brought up to the last change, never repaired by hand.
#include "index/library.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "core/error.h"
#include "core/file.h"
#include "core/half.h"
#include "core/log.h"
#include "index/erasure_rows.h"
#include "index/library_state.h"
#include "index/repair.h"
#include "index/vector_page_format.h"
#include "index/vector_store.h"

namespace carrel::index {
namespace {

constexpr std::size_t kPagesInOneTransaction = 256;  // a few megabytes
constexpr std::size_t kReplayBatch = 4096;
constexpr std::string_view kVectorFile = "vectors-";  // and the model, and .f16

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
  erasure_rows::migrate_erasure(*store.write());
  state_->reader = std::make_unique<Reader>(*this);
  state_->writer = std::make_unique<Writer>(*this);
  state_->conversations = std::make_unique<Conversations>(store, clock, options.conversations);
  state_->feedback = std::make_unique<Feedback>(store, clock);
  state_->load_classes();
  state_->remove_stray_originals();
  state_->open_keywords();
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
Conversations& Library::conversations() const { return *state_->conversations; }
Feedback& Library::feedback() const { return *state_->feedback; }
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

// What the graph lacks. A chunk that the checkpoint holds and that was embedded again since is
// linked anew. One that nothing can be found by is left out, so that the library opens: verify
// tells of it, and a repair takes it away.
void Library::State::replay_vectors(Database& db, VectorSpace& space) {
  std::unordered_set<std::int64_t> replayed;
  std::vector<ChunkId> chunks;
  std::vector<float> rows;
  const std::size_t dim = space.index.dim();
  std::vector<float> row(dim);
  std::size_t unfit = 0;
  const auto flush = [&] {
    space.index.insert(chunks, rows);
    space.changes_since_checkpoint += chunks.size();
    chunks.clear();
    rows.clear();
  };
  for (const catalogue::Change& change : catalogue::changes_after(db, space.reached)) {
    if (change.kind == ChangeKind::remove_chunks) {
      flush();
      for (std::int64_t id = change.first.value; id <= change.last.value; ++id)
        space.index.erase(ChunkId{id});
    } else if (change.kind == ChangeKind::put_vectors && change.subject == space.model.value) {
      Statement read(db,
                     "SELECT chunk_id, data FROM vector "
                     "WHERE model_id = ? AND chunk_id BETWEEN ? AND ?");
      read.bind(1, space.model.value).bind(2, change.first.value).bind(3, change.last.value);
      while (read.step()) {
        const ChunkId chunk{read.integer(0)};
        if (!replayed.insert(chunk.value).second) continue;
        space.index.erase(chunk);
        if (!read_embedding(read.blob(1), row)) {
          ++unfit;
          continue;
        }
        chunks.push_back(chunk);
        rows.insert(rows.end(), row.begin(), row.end());
        if (chunks.size() == kReplayBatch) flush();
      }
    }
    space.reached = change.id;
  }
  flush();
  if (unfit > 0)
    log::warning("index.embeddings_unfit", {{"model", space.model.value}, {"count", unfit}});
}

// False: damaged. `out` then has some of it.
bool Library::State::read_embedding(std::string_view bytes, std::span<float> out) const {
  if (bytes.size() != 2 * out.size()) return false;
  from_half_bytes(bytes, out);
  return is_storable(out, options.vectors.metric);
}

// After an insertion that failed, with all that was stored since. Where it fails again, the graph
// stays where it was, and no checkpoint says more than it holds.
void Library::State::catch_up_vectors(Database& db, VectorSpace& space) {
  if (!space.is_behind) return;
  const ChangeId before = space.reached;
  try {
    replay_vectors(db, space);
  } catch (...) {
    space.reached = before;
    throw;
  }
  space.is_behind = false;
}

VectorIndexOptions Library::State::vector_options(ModelId model) const {
  VectorIndexOptions out = options.vectors;
  out.file = directory / (std::string(kVectorFile) + std::to_string(model.value) + ".f16");
  return out;
}

void Library::State::remove_stray_vector_files() const {
  std::set<std::filesystem::path> kept;
  {
    const std::shared_lock lock(spaces_mutex);
    for (const auto& [model, space] : spaces) kept.insert(vector_options(model).file);
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const bool is_ours = entry.path().filename().string().starts_with(kVectorFile);
    if (is_ours && !kept.contains(entry.path())) std::filesystem::remove(entry.path(), ignored);
  }
}

// The graph as the last checkpoint has it: of each page the newest that it names.
VectorIndex Library::State::load_graph(Database& db, ModelId model, std::size_t dim,
                                       std::string_view header, std::int64_t generation) const {
  Statement pages(db,
                  "SELECT data, max(generation) FROM graph_page "
                  "WHERE model_id = ? AND generation <= ? GROUP BY page ORDER BY page");
  pages.bind(1, model.value).bind(2, generation);
  Statement vector(db, "SELECT data FROM vector WHERE model_id = ? AND chunk_id = ?");
  std::size_t asked = 0;
  std::vector<float> row(dim);
  VectorIndex out = VectorIndex::load(
      dim, vector_options(model), header,
      [&](std::string& page) {
        if (!pages.step()) return false;
        page = pages.blob(0);
        return true;
      },
      [&](ChunkId chunk, std::span<std::uint16_t> embedding) {
        ++asked;
        vector.reset();
        if (!vector.bind(1, model.value).bind(2, chunk.value).step()) return false;
        if (!read_embedding(vector.blob(0), row)) return false;
        halves_from_bytes(vector.blob(0), embedding);
        return true;
      });
  if (asked > 0)
    log::info("index.embeddings_read_again", {{"model", model.value}, {"count", asked}});
  return out;
}

std::shared_ptr<VectorSpace> Library::State::load_space(Database& db, ModelId model,
                                                        std::size_t dim) {
  std::shared_ptr<VectorSpace> space;
  bool was_damaged = false;
  Statement graph(db, "SELECT generation, header, change_id FROM graph WHERE model_id = ?");
  if (graph.bind(1, model.value).step()) {
    try {
      space = std::make_shared<VectorSpace>(
          VectorSpace{model, load_graph(db, model, dim, graph.blob(1), graph.integer(0)),
                      ChangeId{graph.integer(2)}, 0});
    } catch (const Error& e) {
      if (e.code() != ErrorCode::corrupt) throw;
      log::warning("index.graph_rebuilt", {{"model", model.value}, {"reason", e.what()}});
      was_damaged = true;
    }
  }
  graph.reset();
  if (space == nullptr)
    space = std::make_shared<VectorSpace>(
        VectorSpace{model, VectorIndex(dim, vector_options(model)), ChangeId{0}, 0});
  replay_vectors(db, *space);
  try {
    if (was_damaged) save_space(*space);  // else each opening would build it again
  } catch (const Error& e) {
    log::warning("index.graph_not_saved", {{"model", model.value}, {"reason", e.what()}});
  }
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
  {
    const std::unique_lock lock(spaces_mutex);
    spaces = std::move(loaded);
    active = active_model;
  }
  remove_stray_vector_files();
}

// Changed pages are written beside those of the last checkpoint, in short transactions; one row
// makes them the graph, and then those they replace go.
void Library::State::save_space(VectorSpace& space) {
  const auto db = store.write();
  catch_up_vectors(*db, space);
  const std::int64_t model = space.model.value;
  Statement last(*db, "SELECT generation FROM graph WHERE model_id = ?");
  const std::int64_t before = last.bind(1, model).step() ? last.integer(0) : 0;
  last.reset();
  const std::int64_t generation = before + 1;
  std::vector<std::uint32_t> written;
  const auto in_short_transactions = [&](const auto& work) {
    for (std::size_t first = 0; first < written.size(); first += kPagesInOneTransaction) {
      Transaction transaction(*db);
      const std::size_t end = std::min(first + kPagesInOneTransaction, written.size());
      for (std::size_t i = first; i < end; ++i) work(written[i]);
      transaction.commit();
    }
  };
  {  // leftovers of a checkpoint that was not finished
    Transaction transaction(*db);
    db->statement("DELETE FROM graph_page WHERE model_id = ? AND generation > ?")
        .bind(1, model)
        .bind(2, before)
        .run();
    transaction.commit();
  }
  std::optional<Transaction> transaction;
  const std::string header =
      space.index.checkpoint([&](std::uint32_t page, std::string_view bytes) {
        if (!transaction) transaction.emplace(*db);
        db->statement("INSERT INTO graph_page(model_id, page, generation, data) VALUES(?,?,?,?)")
            .bind(1, model)
            .bind(2, std::int64_t{page})
            .bind(3, generation)
            .bind_blob(4, bytes)
            .run();
        written.push_back(page);
        if (written.size() % kPagesInOneTransaction != 0) return;
        transaction->commit();
        transaction.reset();
      });
  if (!transaction) transaction.emplace(*db);
  db->statement(
        "INSERT INTO graph(model_id, generation, header, change_id) VALUES(?1,?2,?3,?4) "
        "ON CONFLICT(model_id) DO UPDATE SET generation=?2, header=?3, change_id=?4")
      .bind(1, model)
      .bind(2, generation)
      .bind_blob(3, header)
      .bind(4, space.reached.value)
      .run();
  // A graph built anew may have fewer pages than the one it replaces.
  db->statement("DELETE FROM graph_page WHERE model_id = ? AND page >= ? AND generation < ?")
      .bind(1, model)
      .bind(2, static_cast<std::int64_t>(page_format::pages_for(space.index.slot_count())))
      .bind(3, generation)
      .run();
  transaction->commit();
  space.index.checkpoint_done();
  space.changes_since_checkpoint = 0;
  // Links and numbers of chunks: their old bytes need not be overwritten, which would double the
  // cost of a checkpoint.
  struct WithoutOverwriting {
    explicit WithoutOverwriting(Database& in) : database(in) {
      database.execute("PRAGMA secure_delete = OFF");
    }
    ~WithoutOverwriting() { database.execute("PRAGMA secure_delete = ON"); }  // or ends the process
    Database& database;
  } faster(*db);
  in_short_transactions([&](std::uint32_t page) {
    db->statement("DELETE FROM graph_page WHERE model_id = ? AND page = ? AND generation < ?")
        .bind(1, model)
        .bind(2, std::int64_t{page})
        .bind(3, generation)
        .run();
  });
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

void Library::rebuild_derived(ProgressSink& progress) { repair(*this, progress); }

}  // namespace carrel::index
