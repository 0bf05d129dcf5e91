// index/reader.h
//
// Everything that can be read from a library. Every member takes a Visibility (or a Scope, which
// holds one); what it does not permit is absent: not_found and "not yours" cannot be told apart.
//
// Threads: all members, any thread. Ownership: borrowed from a Library, which must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "access/visibility.h"
#include "core/cancel.h"
#include "index/keyword_query.h"
#include "index/original_file.h"
#include "index/scope.h"
#include "index/types.h"
#include "index/vector_index.h"

namespace carrel::embed {
class Encoder;
}

namespace carrel::index {

class Library;
struct NameKey;
struct NameMatches;

struct DocumentQuery {
  DocumentFilter filter;
  std::string text;  // contained in title or uri, ignoring case
  DocumentId after;  // only documents with a larger id
  std::size_t limit = 50;
};

class Reader {
 public:
  explicit Reader(const Library& library) : library_(library) {}

  // --- documents and chunks
  std::optional<DocumentInfo> find_document(const access::Visibility& visible, DocumentId id) const;
  std::vector<DocumentInfo> list_documents(const access::Visibility& visible,
                                           const DocumentQuery& query) const;
  std::vector<CollectionInfo> collections(const access::Visibility& visible) const;

  // In the order asked; those that are gone or not permitted are left out.
  std::vector<StoredChunk> chunks(const access::Visibility& visible,
                                  std::span<const ChunkId> ids) const;
  // Those of `page`, or all, from the ordinal `from` on, `limit` of them.
  std::vector<StoredChunk> chunks_of(const access::Visibility& visible, DocumentId document,
                                     std::optional<std::int32_t> page, std::int64_t from = 0,
                                     std::int64_t limit = INT64_MAX) const;
  // The sections of its chunks in order, each once where it stands in a row. At most 2,000.
  std::vector<std::string> headings_of(const access::Visibility& visible,
                                       DocumentId document) const;
  // Those that were accepted last, newest first.
  std::vector<DocumentInfo> newest_documents(const access::Visibility& visible,
                                             std::size_t limit) const;
  // When each version of it was accepted, newest first.
  std::vector<DocumentVersion> versions_of(const access::Visibility& visible,
                                           DocumentId document) const;
  std::optional<std::string> text_of(const access::Visibility& visible, DocumentId document) const;
  std::optional<std::string> original_of(const access::Visibility& visible,
                                         DocumentId document) const;
  // The same in pieces, for files of any size.
  std::optional<OriginalFile> open_original(const access::Visibility& visible,
                                            DocumentId document) const;

  // None: gone or not permitted.
  std::optional<DocumentId> document_of(const access::Visibility& visible, ChunkId chunk) const;

  // --- search
  // The first chunk of each document in scope, last changed first; at most `limit`.
  std::vector<ChunkId> first_chunks(const Scope& scope, std::size_t limit) const;
  // Null when the filter is empty: every document.
  std::shared_ptr<const DocumentSet> documents_matching(const access::Visibility& visible,
                                                        const DocumentFilter& filter) const;
  // Errors: invalid_argument (more phrases than allowed), deadline, cancelled, unavailable.
  KeywordResult keyword_search(const Scope& scope, const KeywordQuery& query,
                               const KeywordLimits& limits, const CancelToken& cancel) const;
  // What readable documents say that `short_form` (folded) stands for, and the abbreviations of
  // what begins with `head` (its first two analyzed words that are no stop words, with a space).
  // Either may be empty.
  std::vector<KnownAbbreviation> abbreviations(const access::Visibility& visible,
                                               std::string_view short_form,
                                               std::string_view head) const;
  // Indexed words within `edits` insertions, deletions, replacements and exchanges of neighbours
  // that begin alike and stand in a readable chunk; nearest first, then by how many chunks.
  std::vector<VisibleTerm> similar_terms(const access::Visibility& visible, std::string_view term,
                                         std::size_t edits) const;
  std::vector<VisibleTerm> term_statistics(const access::Visibility& visible,
                                           std::span<const std::string> terms) const;

  // --- what documents are called (index/document_names.h)
  NameMatches match_names(const Scope& scope, std::span<const NameKey> question) const;
  bool is_superseded(const access::Visibility& visible, DocumentId document) const;

  // --- vectors, of the model now in use. None: no model is trained yet.
  std::optional<ModelId> active_model() const;
  std::vector<Candidate> vector_search(const Scope& scope, ModelId model,
                                       std::span<const float> query,
                                       const VectorSearch& options) const;
  std::optional<std::vector<float>> embedding_of(const access::Visibility& visible, ModelId model,
                                                 ChunkId chunk) const;
  // The bytes an encoder of this model is made from (embed::LsaEncoder::from_bytes).
  std::string model_bytes(ModelId model) const;

 private:
  std::optional<Digest> digest_of(const access::Visibility& visible, DocumentId document) const;

  const Library& library_;
};

}  // namespace carrel::index
