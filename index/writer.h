// index/writer.h
//
// Everything that changes a library, and what ingestion must know to change it well. Not for
// answering anybody: what it returns is for building, and never leaves towards a reader.
//
// Each call is one SQLite transaction and returns when that is on disk. The keyword index follows
// at commit_keywords(), after which the new chunks are found; embeddings follow through
// put_embeddings(). Opening after a crash catches both up from the change log.
//
// Threads: members take turns inside. Ownership: borrowed from a Library, which must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/hash.h"
#include "index/types.h"

namespace carrel::index {

class Library;

struct PutResult {
  DocumentId document;
  std::int32_t version = 1;
  bool is_new = true;
  std::size_t chunks = 0;
};

// What is known of a file that was accepted before.
struct KnownFile {
  DocumentId document;
  Digest sha256{};
  std::string parser_version;
  access::AclSpec acl;
  std::string owner;
};

// The same for many at once; the rights by class, which AccessControl::describe() spells out.
struct KnownDocument {
  DocumentId document;
  std::string collection;
  std::string uri;
  Digest sha256{};
  std::string parser_version;
  AclClassId acl_class;
  std::string owner;
};

struct ChunkText {
  ChunkId id;
  std::string text;  // title, section and text: what an encoder should see
};

enum class ModelState : std::uint8_t { building, active, retired };

struct ModelInfo {
  ModelId id;
  std::string kind;  // "lsa"
  std::size_t dim = 0;
  ModelState state = ModelState::building;
  std::size_t trained_on = 0;  // chunks
  std::size_t vectors = 0;
  UnixMillis created;
};

class Writer {
 public:
  explicit Writer(Library& library) : library_(library) {}

  // --- documents. All of `documents` or none; keep a call under about 50 ms (a few hundred
  // chunks). A document with the same collection and uri is replaced: same id, next version.
  std::vector<PutResult> put(std::span<const NewDocument> documents);
  void remove(DocumentId document);  // Errors: not_found, conflict (under a hold)
  void set_access(DocumentId document, const access::AclSpec& acl, const std::string& owner);
  void commit_keywords();  // makes what was put findable by keyword
  std::size_t uncommitted_chunks() const;

  std::optional<KnownFile> known_file(const std::string& collection, const std::string& uri) const;
  // Documents of every collection whose uri starts with `prefix`, by uri and then by id: a run over
  // thousands of unchanged files asks once instead of once a file, and finds what moved.
  std::vector<KnownDocument> known_files(const std::string& prefix) const;
  // Documents of a collection whose uri starts with `prefix`, for --prune.
  std::vector<std::pair<DocumentId, std::string>> uris_below(const std::string& collection,
                                                             const std::string& prefix) const;

  // --- collections
  void set_collection_default(const std::string& collection, const access::AclSpec& acl);
  std::optional<access::AclSpec> collection_default(const std::string& collection) const;

  // --- embedding models
  ModelId create_model(const std::string& kind, std::size_t dim, std::size_t trained_on,
                       std::string_view bytes);
  void activate(ModelId model);  // atomically: it becomes active, the one before is retired
  void drop_model(ModelId model);
  std::vector<ModelInfo> models() const;
  // Chunks without an embedding of `model`, ascending, after `after`.
  std::vector<ChunkText> chunks_to_embed(ModelId model, ChunkId after, std::size_t limit) const;
  std::vector<ChunkText> chunk_texts(ChunkId after, std::size_t limit) const;
  std::size_t chunk_count() const;
  // Embeddings [n, dim]; chunks that were deleted meanwhile are skipped.
  void put_embeddings(ModelId model, std::span<const ChunkId> chunks, std::span<const float> data);
  void checkpoint_vectors();  // saves the graph, so that opening need not rebuild it

 private:
  Library& library_;
};

}  // namespace carrel::index
