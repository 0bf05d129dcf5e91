#include "index/reader.h"

#include <algorithm>

#include "core/clock.h"
#include "core/error.h"
#include "core/seal.h"
#include "core/text.h"
#include "index/document_names.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

bool contains_folded(const std::string& text, const std::string& part) {
  return part.empty() || Analyzer::fold(text).find(Analyzer::fold(part)) != std::string::npos;
}

bool is_any(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

// "pdf" for application/pdf and so on: what people call the kinds of files.
std::string_view common_name(std::string_view mime_type) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"application/pdf", "pdf"},
      {"text/markdown", "md"},
      {"text/html", "html"},
      {"application/xhtml+xml", "html"},
      {"text/plain", "txt"},
      {"text/csv", "csv"},
      {"text/tab-separated-values", "csv"},
      {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"}};
  for (const auto& [mime, name] : kNames)
    if (mime_type == mime) return name;
  return mime_type;
}

bool matches_type(const std::vector<std::string>& types, const std::string& mime_type) {
  if (types.empty()) return true;
  const std::string_view common = common_name(mime_type);
  return std::any_of(types.begin(), types.end(), [&](const std::string& type) {
    return type == mime_type || type == common || (type == "markdown" && common == "md") ||
           (type == "text" && common == "txt") || (type == "word" && common == "docx");
  });
}

bool matches(const DocumentFilter& filter, const DocumentInfo& document) {
  const std::string when = document.modified.empty() ? document.created : document.modified;
  return is_any(filter.collections, document.collection) && is_any(filter.labels, document.label) &&
         matches_type(filter.types, document.mime_type) &&
         contains_folded(document.author, filter.author) &&
         contains_folded(document.title, filter.title) &&
         contains_folded(document.uri, filter.uri) &&
         (filter.after.empty() || when >= filter.after) &&
         (filter.before.empty() || (!when.empty() && when < filter.before));
}

bool may_see(Database& db, const access::Visibility& visible, DocumentId id) {
  auto& find = db.statement("SELECT acl_class_id FROM document WHERE id = ?");
  return find.bind(1, id.value).step() && visible.permits(AclClassId{find.integer(0)});
}

}  // namespace

std::optional<DocumentInfo> Reader::find_document(const access::Visibility& visible,
                                                  DocumentId id) const {
  const auto db = library_.state().store.read();
  auto found = catalogue::find_document(*db, id);
  if (!found || !visible.permits(found->acl_class)) return std::nullopt;
  found->label = library_.state().access.describe(found->acl_class).label;
  return found;
}

std::vector<DocumentInfo> Reader::list_documents(const access::Visibility& visible,
                                                 const DocumentQuery& query) const {
  const auto db = library_.state().store.read();
  std::vector<DocumentInfo> out;
  if (query.limit == 0) return out;
  catalogue::each_document(*db, query.after, [&](const DocumentInfo& row) {
    if (!visible.permits(row.acl_class)) return true;
    DocumentInfo document = row;
    document.label = library_.state().access.describe(row.acl_class).label;
    if (!matches(query.filter, document)) return true;
    if (!contains_folded(document.title, query.text) && !contains_folded(document.uri, query.text))
      return true;
    out.push_back(std::move(document));
    return out.size() < query.limit;
  });
  return out;
}

std::vector<CollectionInfo> Reader::collections(const access::Visibility& visible) const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT c.name, d.acl_class_id, count(*) FROM document d "
      "JOIN collection c ON c.id = d.collection_id GROUP BY c.name, d.acl_class_id "
      "ORDER BY c.name");
  std::vector<CollectionInfo> out;
  while (read.step()) {
    if (!visible.permits(AclClassId{read.integer(1)})) continue;
    if (out.empty() || out.back().name != read.text(0))
      out.push_back({std::string(read.text(0)), 0});
    out.back().documents += read.integer(2);
  }
  return out;
}

std::vector<StoredChunk> Reader::chunks(const access::Visibility& visible,
                                        std::span<const ChunkId> ids) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  std::vector<StoredChunk> out;
  out.reserve(ids.size());
  for (const ChunkId id : ids) {
    auto found = catalogue::find_chunk(*db, id);
    if (found && visible.permits(found->second)) out.push_back(std::move(found->first));
  }
  return out;
}

std::vector<StoredChunk> Reader::chunks_of(const access::Visibility& visible, DocumentId document,
                                           std::optional<std::int32_t> page, std::int64_t from,
                                           std::int64_t limit) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  if (!may_see(*db, visible, document)) return {};
  return catalogue::chunks_of(*db, document, page, from, limit);
}

std::vector<std::string> Reader::headings_of(const access::Visibility& visible,
                                             DocumentId document) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  if (!may_see(*db, visible, document)) return {};
  auto& rows =
      db->statement("SELECT section FROM chunk WHERE document_id = ? ORDER BY ordinal LIMIT 2000");
  rows.bind(1, document.value);
  std::vector<std::string> out;
  while (rows.step())
    if (out.empty() || out.back() != rows.text(0)) out.emplace_back(rows.text(0));
  return out;
}

std::vector<DocumentInfo> Reader::newest_documents(const access::Visibility& visible,
                                                   std::size_t limit) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  std::vector<DocumentId> ids;
  auto& rows = db->statement("SELECT id, acl_class_id FROM document ORDER BY id DESC");
  while (ids.size() < limit && rows.step())
    if (visible.permits(AclClassId{rows.integer(1)})) ids.push_back(DocumentId{rows.integer(0)});
  rows.reset();
  std::vector<DocumentInfo> out;
  for (const DocumentId id : ids)
    if (auto found = catalogue::find_document(*db, id)) out.push_back(std::move(*found));
  return out;
}

std::vector<DocumentVersion> Reader::versions_of(const access::Visibility& visible,
                                                 DocumentId document) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  if (!may_see(*db, visible, document)) return {};
  auto& rows = db->statement(
      "SELECT version, added_at FROM document_version WHERE document_id = ? "
      "ORDER BY version DESC");
  rows.bind(1, document.value);
  std::vector<DocumentVersion> out;
  while (rows.step())
    out.push_back({static_cast<std::int32_t>(rows.integer(0)), UnixMillis{rows.integer(1)}});
  return out;
}

std::optional<std::string> Reader::text_of(const access::Visibility& visible,
                                           DocumentId document) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  if (!may_see(*db, visible, document)) return std::nullopt;
  return catalogue::text_of(*db, document);
}

std::optional<Digest> Reader::digest_of(const access::Visibility& visible,
                                        DocumentId document) const {
  const auto db = library_.state().store.read();
  Transaction snapshot(*db, Transaction::Kind::read);
  if (!may_see(*db, visible, document)) return std::nullopt;
  auto& find = db->statement("SELECT sha256 FROM document WHERE id = ?");
  if (!find.bind(1, document.value).step()) return std::nullopt;
  const std::string_view bytes = find.blob(0);
  Digest digest{};
  CARREL_ASSERT(bytes.size() == digest.size());
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::optional<std::string> Reader::original_of(const access::Visibility& visible,
                                               DocumentId document) const {
  const std::optional<Digest> digest = digest_of(visible, document);
  if (!digest) return std::nullopt;
  return library_.state().originals.get(*digest);
}

std::optional<OriginalFile> Reader::open_original(const access::Visibility& visible,
                                                  DocumentId document) const {
  const std::optional<Digest> digest = digest_of(visible, document);
  if (!digest) return std::nullopt;
  return library_.state().originals.open(*digest);
}

std::optional<DocumentId> Reader::document_of(const access::Visibility& visible,
                                              ChunkId chunk) const {
  const ClassMap& classes = library_.state().classes;
  const DocumentId document = classes.document_of(chunk);
  if (!document || !visible.permits(classes.class_of(chunk))) return std::nullopt;
  return document;
}

std::shared_ptr<const DocumentSet> Reader::documents_matching(const access::Visibility& visible,
                                                              const DocumentFilter& filter) const {
  if (filter.is_empty()) return nullptr;
  const auto db = library_.state().store.read();
  auto out = std::make_shared<DocumentSet>();
  catalogue::each_document(*db, DocumentId{0}, [&](const DocumentInfo& row) {
    if (!visible.permits(row.acl_class)) return true;
    DocumentInfo document = row;
    if (!filter.labels.empty())
      document.label = library_.state().access.describe(row.acl_class).label;
    if (matches(filter, document)) out->add(document.id);
    return true;
  });
  return out;
}

std::vector<ChunkId> Reader::first_chunks(const Scope& scope, std::size_t limit) const {
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT id, acl_class_id, chunk_first FROM document WHERE chunk_count > 0 "
      "ORDER BY CASE modified WHEN '' THEN created ELSE modified END DESC, id");
  std::vector<ChunkId> out;
  while (out.size() < limit && read.step()) {
    if (!scope.visible.permits(AclClassId{read.integer(1)})) continue;
    if (scope.documents != nullptr && !scope.documents->contains(DocumentId{read.integer(0)}))
      continue;
    out.push_back(ChunkId{read.integer(2)});
  }
  read.reset();
  return out;
}

KeywordResult Reader::keyword_search(const Scope& scope, const KeywordQuery& query,
                                     const KeywordLimits& limits, const CancelToken& cancel) const {
  const Library::State& state = library_.state();
  return state.keywords->search(scope, state.classes, query, limits, cancel);
}

std::vector<KnownAbbreviation> Reader::abbreviations(const access::Visibility& visible,
                                                     std::string_view short_form,
                                                     std::string_view head) const {
  const auto db = library_.state().store.read();
  return catalogue::find_abbreviations(*db, visible, short_form, head);
}

std::vector<VisibleTerm> Reader::similar_terms(const access::Visibility& visible,
                                               std::string_view term, std::size_t edits) const {
  const Library::State& state = library_.state();
  return state.keywords->similar(visible, state.classes, term, edits);
}

std::vector<VisibleTerm> Reader::term_statistics(const access::Visibility& visible,
                                                 std::span<const std::string> terms) const {
  const Library::State& state = library_.state();
  return state.keywords->statistics(visible, state.classes, terms);
}

NameMatches Reader::match_names(const Scope& scope, std::span<const NameKey> question) const {
  return library_.state().names.match(scope, question);
}

bool Reader::is_superseded(const access::Visibility& visible, DocumentId document) const {
  const Library::State& state = library_.state();
  return state.names.is_superseded(visible, document, to_rfc3339(state.clock.now()).substr(0, 10));
}

std::optional<ModelId> Reader::active_model() const {
  const Library::State& state = library_.state();
  const std::shared_lock lock(state.spaces_mutex);
  if (!state.active) return std::nullopt;
  return state.active;
}

std::vector<Candidate> Reader::vector_search(const Scope& scope, ModelId model,
                                             std::span<const float> query,
                                             const VectorSearch& options) const {
  const Library::State& state = library_.state();
  const auto space = state.space(model);
  if (space == nullptr) return {};  // switched meanwhile: the keyword arm carries this one question
  return space->index.search(query, options, ScopeAdmission(scope, state.classes, state.admitted));
}

std::optional<std::vector<float>> Reader::embedding_of(const access::Visibility& visible,
                                                       ModelId model, ChunkId chunk) const {
  const Library::State& state = library_.state();
  if (!visible.permits(state.classes.class_of(chunk))) return std::nullopt;
  const auto space = state.space(model);
  return space == nullptr ? std::nullopt : space->index.embedding(chunk);
}

std::string Reader::model_bytes(ModelId model) const {
  const auto db = library_.state().store.read();
  auto& find = db->statement("SELECT bytes FROM embedding_model WHERE id = ?");
  if (!find.bind(1, model.value).step())
    throw Error(ErrorCode::not_found, "no embedding model " + std::to_string(model.value));
  return unseal(find.blob(0));
}

}  // namespace carrel::index
