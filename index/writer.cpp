#include "index/writer.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "core/half.h"
#include "core/log.h"
#include "core/seal.h"
#include "index/collection_name.h"
#include "index/erasure_rows.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

constexpr std::size_t kChunksInOneTransaction = 512;
constexpr std::size_t kCheckpointShare = 32;

std::string as_json(const std::vector<std::string>& list) { return nlohmann::json(list).dump(); }

std::vector<std::string> from_json(std::string_view text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (!parsed.is_array()) return {};
  return parsed.get<std::vector<std::string>>();
}

struct Prepared {
  Digest sha256{};
  std::vector<std::uint32_t> terms;
  std::string replaced_words;  // of the version before, for a purge
};

// A document as it stands after its row was written, for the derived stores.
struct Accepted {
  DocumentId id;
  AclClassId acl_class;
  catalogue::ChunkSpan removed;
  catalogue::ChunkSpan added;
};

Accepted accept(Database& db, Library::State& state, const NewDocument& document,
                const Prepared& prepared, PutResult& result) {
  const AclClassId acl_class = state.access.intern(db, document.acl);
  const CollectionId collection = catalogue::collection_id(db, document.collection);
  const auto before = catalogue::find_by_uri(db, collection, document.uri);
  if (before)
    erasure_rows::keep_replaced(db, before->id,
                                prepared.replaced_words.empty()  // put by this same batch
                                    ? erasure_rows::words_of(db, state.analyzer, before->id)
                                    : prepared.replaced_words);
  Accepted accepted;
  accepted.acl_class = acl_class;
  accepted.id = catalogue::put_row(db, document, collection, acl_class, prepared.sha256,
                                   state.clock.now(), before);
  if (before && before->chunks.count > 0) {
    accepted.removed = before->chunks;
    catalogue::delete_chunks(db, accepted.id);
    catalogue::append_change(db, static_cast<std::int64_t>(ChangeKind::remove_chunks),
                             accepted.id.value, before->chunks.first, before->chunks.last());
  }
  catalogue::put_abbreviations(db, state.analyzer, accepted.id, document);
  accepted.added = catalogue::put_chunks(db, accepted.id, document, prepared.terms);
  if (accepted.added.count > 0)
    catalogue::append_change(db, static_cast<std::int64_t>(ChangeKind::put_chunks),
                             accepted.id.value, accepted.added.first, accepted.added.last());
  result = {accepted.id, before ? before->version + 1 : 1, !before, document.chunks.size()};
  return accepted;
}

void forget_chunks(Library::State& state, const catalogue::ChunkSpan& span) {
  for (std::int64_t i = 0; i < span.count; ++i) state.classes.remove(ChunkId{span.first.value + i});
}

// The graphs first, which do not fail: what the keyword index misses is caught up later.
void erase_derived(Library::State& state, const catalogue::ChunkSpan& span) {
  {
    const std::shared_lock lock(state.spaces_mutex);
    for (std::int64_t i = 0; i < span.count; ++i)
      for (const auto& [model, space] : state.spaces)
        space->index.erase(ChunkId{span.first.value + i});
  }
  if (state.keywords_behind) return;
  for (std::int64_t i = 0; i < span.count; ++i)
    state.keywords->remove(ChunkId{span.first.value + i});
}

void put_derived(Library::State& state, const NewDocument& document, const Accepted& accepted) {
  erase_derived(state, accepted.removed);
  if (state.keywords_behind) return;
  for (std::size_t i = 0; i < document.chunks.size(); ++i)
    state.keywords->put(ChunkId{accepted.added.first.value + static_cast<std::int64_t>(i)},
                        document.title, document.chunks[i].section, document.chunks[i].text,
                        find_language(document.language));
}

void set_classes(Library::State& state, const Prepared& prepared, const Accepted& accepted) {
  forget_chunks(state, accepted.removed);
  for (std::size_t i = 0; i < prepared.terms.size(); ++i)
    state.classes.set(ChunkId{accepted.added.first.value + static_cast<std::int64_t>(i)},
                      accepted.acl_class, accepted.id, prepared.terms[i]);
}

// What is committed to the truth but failed to reach the keyword index is caught up from the change
// log before the next commit there, so that the index never claims a change it lacks.
template <class Work>
void follow(Library::State& state, const Work& work) {
  try {
    work();
  } catch (...) {
    state.keywords_behind = true;
    throw;
  }
}

// What an encoder sees of a chunk: its title and heading path too, as the keyword index does.
std::string encoder_text(std::string_view title, std::string_view section, std::string_view text) {
  std::string out(title);
  out.append("\n").append(section).append("\n").append(text);
  return out;
}

std::vector<ChunkText> chunk_text_rows(Statement& read) {
  std::vector<ChunkText> out;
  while (read.step())
    out.push_back(
        {ChunkId{read.integer(0)}, encoder_text(read.text(1), read.text(2), unseal(read.blob(3)))});
  read.reset();
  return out;
}

}  // namespace

std::vector<PutResult> Writer::put(std::span<const NewDocument> documents) {
  Library::State& state = library_.state();
  std::vector<Prepared> prepared(documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const NewDocument& document = documents[i];
    if (document.uri.empty())
      throw Error(ErrorCode::invalid_argument, "a document needs a uri that names it");
    prepared[i].sha256 = sha256(document.original);
    for (const NewChunk& chunk : document.chunks)
      prepared[i].terms.push_back(KeywordIndex::count_terms(state.analyzer, document.title,
                                                            chunk.section, chunk.text,
                                                            find_language(document.language)));
    state.originals.put(prepared[i].sha256, document.original);
  }
  state.originals.sync();

  std::vector<PutResult> results(documents.size());
  std::vector<Accepted> accepted(documents.size());
  const auto db = state.store.write();
  for (std::size_t i = 0; i < documents.size(); ++i)
    if (const auto known = known_file(documents[i].collection, documents[i].uri))
      prepared[i].replaced_words = erasure_rows::words_of(*db, state.analyzer, known->document);
  {
    Transaction transaction(*db);
    for (std::size_t i = 0; i < documents.size(); ++i)
      accepted[i] = accept(*db, state, documents[i], prepared[i], results[i]);
    transaction.commit();
  }
  for (std::size_t i = 0; i < documents.size(); ++i) {
    set_classes(state, prepared[i], accepted[i]);
    if (const auto info = catalogue::find_document(*db, accepted[i].id))
      state.names.put(state.analyzer, *info);
  }
  follow(state, [&] {
    for (std::size_t i = 0; i < documents.size(); ++i)
      put_derived(state, documents[i], accepted[i]);
  });
  return results;
}

void Writer::remove(DocumentId document) {
  Library::State& state = library_.state();
  const auto db = state.store.write();
  const auto before = catalogue::find_by_id(*db, document);
  if (!before) throw Error(ErrorCode::not_found, "no such document");
  if (erasure_rows::is_held(*db, document))
    throw Error(ErrorCode::conflict, "document " + std::to_string(document.value) +
                                         " is under a hold and cannot be deleted until it is "
                                         "released: carrel document release");
  const std::vector<Digest> originals = catalogue::originals_of(*db, document);
  const std::string words = erasure_rows::words_of(*db, state.analyzer, document);
  {
    Transaction transaction(*db);
    erasure_rows::remember(*db, document, state.clock.now(), words);
    if (before->chunks.count > 0)
      catalogue::append_change(*db, static_cast<std::int64_t>(ChangeKind::remove_chunks),
                               document.value, before->chunks.first, before->chunks.last());
    db->statement("DELETE FROM document WHERE id = ?").bind(1, document.value).run();
    transaction.commit();
  }
  forget_chunks(state, before->chunks);
  state.names.remove(document);
  follow(state, [&] { erase_derived(state, before->chunks); });
  for (const Digest& original : originals)
    if (!catalogue::is_original_needed(*db, original)) state.originals.remove(original);
}

void Writer::set_access(DocumentId document, const access::AclSpec& acl, const std::string& owner) {
  Library::State& state = library_.state();
  const auto db = state.store.write();
  const auto before = catalogue::find_by_id(*db, document);
  if (!before) throw Error(ErrorCode::not_found, "no such document");
  AclClassId acl_class;
  {
    Transaction transaction(*db);
    acl_class = state.access.intern(*db, acl);
    db->statement("UPDATE document SET acl_class_id = ?, owner = ? WHERE id = ?")
        .bind(1, acl_class.value)
        .bind(2, owner)
        .bind(3, document.value)
        .run();
    transaction.commit();
  }
  Statement read(*db, "SELECT id, terms FROM chunk WHERE document_id = ?");
  read.bind(1, document.value);
  while (read.step())
    state.classes.set(ChunkId{read.integer(0)}, acl_class, document,
                      static_cast<std::uint32_t>(read.integer(1)));
  state.names.set_class(document, acl_class);
}

void Writer::commit_keywords() { library_.state().commit_keywords(); }

std::size_t Writer::uncommitted_chunks() const {
  const auto db = library_.state().store.write();
  const Library::State& state = library_.state();
  return std::max<std::size_t>(state.keywords->uncommitted(), state.keywords_behind ? 1 : 0);
}

namespace {

KnownFile known_row(Library::State& state, const Statement& row) {
  KnownFile known{.document = DocumentId{row.integer(0)}};
  const std::string_view digest = row.blob(1);
  if (digest.size() == known.sha256.size())
    std::memcpy(known.sha256.data(), digest.data(), digest.size());
  known.parser_version = row.text(2);
  known.acl = state.access.describe(AclClassId{row.integer(3)});
  known.owner = row.text(4);
  return known;
}

}  // namespace

std::optional<KnownFile> Writer::known_file(const std::string& collection,
                                            const std::string& uri) const {
  Library::State& state = library_.state();
  const auto db = state.store.read();
  auto& find = db->statement(
      "SELECT d.id, d.sha256, d.parser, d.acl_class_id, d.owner FROM document d "
      "JOIN collection c ON c.id = d.collection_id WHERE c.name = ? AND d.uri = ?");
  if (!find.bind(1, collection).bind(2, uri).step()) return std::nullopt;
  return known_row(state, find);
}

std::vector<std::pair<DocumentId, std::string>> Writer::uris_below(
    const std::string& collection, const std::string& prefix) const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT d.id, d.uri FROM document d JOIN collection c ON c.id = d.collection_id "
      "WHERE c.name = ?1 AND substr(d.uri, 1, length(?2)) = ?2 ORDER BY d.id");
  read.bind(1, collection).bind(2, prefix);
  std::vector<std::pair<DocumentId, std::string>> out;
  while (read.step()) out.emplace_back(DocumentId{read.integer(0)}, read.text(1));
  return out;
}

void Writer::set_collection_default(const std::string& collection, const access::AclSpec& acl) {
  if (!collection.empty()) checked_collection_name(collection);  // empty: the whole library's
  const auto db = library_.state().store.write();
  Transaction transaction(*db);
  library_.state().access.intern(*db, acl);  // refuses unknown principals and labels
  db->statement(
        "INSERT INTO collection(name, default_allow, default_deny, default_label) "
        "VALUES(?1,?2,?3,?4) ON CONFLICT(name) DO UPDATE SET default_allow=?2, "
        "default_deny=?3, default_label=?4")
      .bind(1, collection)
      .bind(2, as_json(acl.allow))
      .bind(3, as_json(acl.deny))
      .bind(4, acl.label)
      .run();
  transaction.commit();
}

std::optional<access::AclSpec> Writer::collection_default(const std::string& collection) const {
  const auto db = library_.state().store.read();
  auto& find = db->statement(
      "SELECT default_allow, default_deny, default_label FROM collection "
      "WHERE name = ? AND default_allow IS NOT NULL");
  if (!find.bind(1, collection).step()) return std::nullopt;
  return access::AclSpec{from_json(find.text(0)), from_json(find.text(1)),
                         std::string(find.text(2))};
}

ModelId Writer::create_model(const std::string& kind, std::size_t dim, std::size_t trained_on,
                             std::string_view bytes) {
  Library::State& state = library_.state();
  const auto db = state.store.write();
  Transaction transaction(*db);
  db->statement(
        "INSERT INTO embedding_model(kind, dim, state, trained_on, bytes, created_at) "
        "VALUES(?,?,0,?,?,?)")
      .bind(1, kind)
      .bind(2, static_cast<std::int64_t>(dim))
      .bind(3, static_cast<std::int64_t>(trained_on))
      .bind_blob(4, seal(bytes))
      .bind(5, state.clock.now().value)
      .run();
  const ModelId model{db->last_insert_id()};
  transaction.commit();
  const std::unique_lock lock(state.spaces_mutex);
  state.spaces[model] = std::make_shared<VectorSpace>(VectorSpace{
      model, VectorIndex(dim, state.vector_options(model)), catalogue::last_change(*db), 0});
  return model;
}

void Writer::activate(ModelId model) {
  Library::State& state = library_.state();
  const auto db = state.store.write();
  state.catch_up_vectors(*db, *state.require_space(model));
  {
    Transaction transaction(*db);
    db->execute("UPDATE embedding_model SET state = 2 WHERE state = 1");
    db->statement("UPDATE embedding_model SET state = 1 WHERE id = ?").bind(1, model.value).run();
    transaction.commit();
  }
  {
    const std::unique_lock lock(state.spaces_mutex);
    if (state.active != model) state.spaces.erase(state.active);
    state.active = model;
  }
  state.remove_stray_vector_files();
}

void Writer::drop_model(ModelId model) {
  Library::State& state = library_.state();
  const auto db = state.store.write();
  {
    const std::unique_lock lock(state.spaces_mutex);
    if (state.active == model)
      throw Error(ErrorCode::conflict, "the embedding model in use cannot be dropped");
    state.spaces.erase(model);
  }
  state.remove_stray_vector_files();
  // A model's vectors can be many: they go in short transactions, the model's row last.
  while (true) {
    Transaction transaction(*db);
    db->statement(
          "DELETE FROM vector WHERE model_id = ?1 AND chunk_id IN "
          "(SELECT chunk_id FROM vector WHERE model_id = ?1 LIMIT 2000)")
        .bind(1, model.value)
        .run();
    const bool more = db->changes() > 0;
    if (!more) {
      db->statement("DELETE FROM graph_page WHERE model_id = ?").bind(1, model.value).run();
      db->statement("DELETE FROM embedding_model WHERE id = ?").bind(1, model.value).run();
    }
    transaction.commit();
    if (!more) return;
  }
}

std::vector<ModelInfo> Writer::models() const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT m.id, m.kind, m.dim, m.state, m.trained_on, m.created_at, "
      "(SELECT count(*) FROM vector v WHERE v.model_id = m.id) "
      "FROM embedding_model m ORDER BY m.id");
  std::vector<ModelInfo> out;
  while (read.step())
    out.push_back({ModelId{read.integer(0)}, std::string(read.text(1)),
                   static_cast<std::size_t>(read.integer(2)),
                   static_cast<ModelState>(read.integer(3)),
                   static_cast<std::size_t>(read.integer(4)),
                   static_cast<std::size_t>(read.integer(6)), UnixMillis{read.integer(5)}});
  return out;
}

std::vector<ChunkText> Writer::chunks_to_embed(ModelId model, ChunkId after,
                                               std::size_t limit) const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT k.id, d.title, k.section, k.text FROM chunk k JOIN document d ON d.id = "
      "k.document_id "
      "WHERE k.id > ?2 AND NOT EXISTS "
      "(SELECT 1 FROM vector v WHERE v.model_id = ?1 AND v.chunk_id = k.id) "
      "ORDER BY k.id LIMIT ?3");
  read.bind(1, model.value).bind(2, after.value).bind(3, static_cast<std::int64_t>(limit));
  return chunk_text_rows(read);
}

std::vector<ChunkText> Writer::chunk_texts(ChunkId after, std::size_t limit) const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT k.id, d.title, k.section, k.text FROM chunk k JOIN document d ON d.id = "
      "k.document_id "
      "WHERE k.id > ? ORDER BY k.id LIMIT ?");
  read.bind(1, after.value).bind(2, static_cast<std::int64_t>(limit));
  return chunk_text_rows(read);
}

std::size_t Writer::chunk_count() const {
  return static_cast<std::size_t>(library_.state().classes.chunk_count());
}

void Writer::put_embeddings(ModelId model, std::span<const ChunkId> chunks,
                            std::span<const float> data) {
  Library::State& state = library_.state();
  const auto space = state.require_space(model);
  const std::size_t dim = space->index.dim();
  if (data.size() != chunks.size() * dim)
    throw Error(ErrorCode::invalid_argument,
                std::to_string(chunks.size()) + " embeddings have " + std::to_string(data.size()) +
                    " values where model " + std::to_string(model.value) + " takes " +
                    std::to_string(dim) +
                    " each. Use the encoder the model was made with, or make another model.");
  for (std::size_t first = 0; first < chunks.size(); first += kChunksInOneTransaction) {
    const auto part =
        chunks.subspan(first, std::min(kChunksInOneTransaction, chunks.size() - first));
    const auto db = state.store.write();
    // The graph sees exactly what is stored, so that a reopened one is the same.
    std::vector<ChunkId> written;
    std::vector<float> stored;
    ChangeId change;
    {
      Transaction transaction(*db);
      for (std::size_t i = 0; i < part.size(); ++i) {
        auto& alive = db->statement("SELECT 1 FROM chunk WHERE id = ?");
        if (!alive.bind(1, part[i].value).step()) continue;
        const std::string bytes = to_half_bytes(data.subspan((first + i) * dim, dim));
        db->statement("INSERT OR REPLACE INTO vector(model_id, chunk_id, data) VALUES(?,?,?)")
            .bind(1, model.value)
            .bind(2, part[i].value)
            .bind_blob(3, bytes)
            .run();
        written.push_back(part[i]);
        stored.resize(written.size() * dim);
        from_half_bytes(bytes, std::span(stored).last(dim));
      }
      if (written.empty()) continue;
      const auto [low, high] = std::minmax_element(part.begin(), part.end());
      change = catalogue::append_change(*db, static_cast<std::int64_t>(ChangeKind::put_vectors),
                                        model.value, *low, *high);
      transaction.commit();
    }
    if (space->is_behind) {
      state.catch_up_vectors(*db, *space);
    } else {
      space->is_behind = true;  // if this fails
      space->index.insert(written, stored);
      space->is_behind = false;
      space->reached = change;
      space->changes_since_checkpoint += written.size();
    }
    if (space->changes_since_checkpoint >=
        std::max(state.options.checkpoint_changes_max, space->index.size() / kCheckpointShare))
      state.save_space(*space);
  }
}

void Writer::checkpoint_vectors() {
  Library::State& state = library_.state();
  const auto db = state.store.write();
  std::vector<std::shared_ptr<VectorSpace>> spaces;
  {
    const std::shared_lock lock(state.spaces_mutex);
    for (const auto& [model, space] : state.spaces) spaces.push_back(space);
  }
  for (const auto& space : spaces)
    if (space->changes_since_checkpoint > 0) state.save_space(*space);
}

}  // namespace carrel::index
