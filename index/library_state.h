// index/library_state.h
//
// What Library, Reader and Writer share. Private to this folder.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "core/text.h"
#include "index/admitted_sets.h"
#include "index/catalogue.h"
#include "index/class_map.h"
#include "index/document_names.h"
#include "index/keyword_index.h"
#include "index/library.h"
#include "index/originals.h"
#include "index/schema.h"

namespace carrel::index {

// One vector space in memory, and the last change it holds.
struct VectorSpace {
  ModelId model;
  VectorIndex index;
  ChangeId reached;
  std::size_t changes_since_checkpoint = 0;
  bool is_behind = false;  // an insertion failed: stored embeddings are missing in the graph
};

struct Library::State {
  State(const std::filesystem::path& dir, Store& store_, access::AccessControl& access_,
        const Clock& clock_, const LibraryOptions& options_);

  std::filesystem::path directory;
  Store& store;
  access::AccessControl& access;
  const Clock& clock;
  LibraryOptions options;
  Analyzer analyzer;
  ClassMap classes;
  AdmittedSets admitted{classes};
  DocumentNames names;
  std::unique_ptr<KeywordIndex> keywords;  // written under the store's writer lock
  bool keywords_behind = false;            // guarded by the store's writer lock
  Originals originals;
  std::unique_ptr<Reader> reader;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Conversations> conversations;
  std::unique_ptr<Feedback> feedback;

  // The spaces of models that are building or active. The map is guarded; each space's index
  // serves readers while one writer (who holds the store's writer lock) changes it.
  mutable std::shared_mutex spaces_mutex;
  std::map<ModelId, std::shared_ptr<VectorSpace>> spaces;
  ModelId active;  // guarded by spaces_mutex; none: 0

  std::shared_ptr<VectorSpace> space(ModelId model) const;
  std::shared_ptr<VectorSpace> require_space(ModelId model) const;  // Errors: not_found

  // --- opening and following the change log (library.cpp)
  void load_classes();
  void remove_stray_originals();
  void load_spaces();
  std::shared_ptr<VectorSpace> load_space(Database& db, ModelId model, std::size_t dim);
  void replay_vectors(Database& db, VectorSpace& space);
  void catch_up_vectors(Database& db, VectorSpace& space);
  void save_space(VectorSpace& space);
  bool read_embedding(std::string_view bytes, std::span<float> out) const;
  VectorIndexOptions vector_options(ModelId model) const;
  void remove_stray_vector_files() const;
  VectorIndex load_graph(Database& db, ModelId model, std::size_t dim, std::string_view header,
                         std::int64_t generation) const;

  // --- the keyword index (library_keywords.cpp)
  void open_keywords();  // makes it anew where it is damaged
  void commit_keywords();
  void rebuild_keywords(ProgressSink& progress);
  void compact_keywords();  // its files forget what was deleted

 private:
  void catch_up_keywords(ProgressSink& progress);
  void index_document(Database& db, DocumentId document);
  void remove_keywords();
};

}  // namespace carrel::index
