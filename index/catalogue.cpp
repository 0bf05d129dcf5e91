#include "index/catalogue.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "core/abbreviations.h"
#include "core/error.h"
#include "core/seal.h"
#include "index/collection_name.h"

namespace carrel::index::catalogue {
namespace {

constexpr std::string_view kDocumentColumns =
    "SELECT d.id, c.name, d.uri, d.external_id, d.title, d.mime_type, d.language, d.author, "
    "d.created, d.modified, d.pages, d.bytes, d.chunk_count, d.version, d.acl_class_id, d.owner, "
    "d.added_at, d.updated_at, d.metadata "
    "FROM document d JOIN collection c ON c.id = d.collection_id ";

DocumentInfo document_row(const Statement& row) {
  DocumentInfo out;
  out.id = DocumentId{row.integer(0)};
  out.collection = row.text(1);
  out.uri = row.text(2);
  out.external_id = row.text(3);
  out.title = row.text(4);
  out.mime_type = row.text(5);
  out.language = row.text(6);
  out.author = row.text(7);
  out.created = row.text(8);
  out.modified = row.text(9);
  out.pages = static_cast<std::int32_t>(row.integer(10));
  out.bytes = row.integer(11);
  out.chunks = row.integer(12);
  out.version = static_cast<std::int32_t>(row.integer(13));
  out.acl_class = AclClassId{row.integer(14)};
  out.owner = row.text(15);
  out.added = UnixMillis{row.integer(16)};
  out.updated = UnixMillis{row.integer(17)};
  const auto metadata = nlohmann::json::parse(row.text(18), nullptr, false);
  if (metadata.is_object())
    for (const auto& [name, value] : metadata.items())
      if (value.is_string()) out.metadata[name] = value.get<std::string>();
  return out;
}

StoredChunk chunk_row(const Statement& row) {
  StoredChunk out;
  out.id = ChunkId{row.integer(0)};
  out.document = DocumentId{row.integer(1)};
  out.ordinal = static_cast<std::uint32_t>(row.integer(2));
  out.page = static_cast<std::int32_t>(row.integer(3));
  out.section = row.text(4);
  out.span = {static_cast<std::size_t>(row.integer(5)), static_cast<std::size_t>(row.integer(6))};
  out.tokens = static_cast<std::uint32_t>(row.integer(7));
  out.text = unseal(row.blob(8));
  out.lines = unpack_lines(row.blob(9));
  return out;
}

StoredDocument stored_row(const Statement& row) {
  return {DocumentId{row.integer(0)},
          static_cast<std::int32_t>(row.integer(1)),
          {ChunkId{row.integer(2)}, row.integer(3)}};
}

std::string metadata_json(const NewDocument& document) {
  return nlohmann::json(document.metadata)
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

CollectionId collection_id(Database& db, const std::string& name) {
  auto& find = db.statement("SELECT id FROM collection WHERE name = ?");
  if (find.bind(1, name).step()) return CollectionId{find.integer(0)};
  db.statement("INSERT INTO collection(name) VALUES(?)")
      .bind(1, checked_collection_name(name))
      .run();
  return CollectionId{db.last_insert_id()};
}

std::optional<StoredDocument> find_by_uri(Database& db, CollectionId collection,
                                          const std::string& uri) {
  auto& find = db.statement(
      "SELECT id, version, chunk_first, chunk_count FROM document "
      "WHERE collection_id = ? AND uri = ?");
  if (!find.bind(1, collection.value).bind(2, uri).step()) return std::nullopt;
  return stored_row(find);
}

std::optional<StoredDocument> find_by_id(Database& db, DocumentId id) {
  auto& find =
      db.statement("SELECT id, version, chunk_first, chunk_count FROM document WHERE id = ?");
  if (!find.bind(1, id.value).step()) return std::nullopt;
  return stored_row(find);
}

DocumentId put_row(Database& db, const NewDocument& document, CollectionId collection,
                   AclClassId acl_class, const Digest& sha256, UnixMillis now,
                   const std::optional<StoredDocument>& before) {
  auto& put = db.statement(
      before
          ? "UPDATE document SET external_id=?3, title=?4, mime_type=?5, language=?6, author=?7, "
            "created=?8, modified=?9, pages=?10, bytes=?11, version=?12, sha256=?13, parser=?14, "
            "acl_class_id=?15, owner=?16, metadata=?17, updated_at=?18 "
            "WHERE collection_id=?1 AND uri=?2"
          : "INSERT INTO document(collection_id, uri, external_id, title, mime_type, language, "
            "author, created, modified, pages, bytes, version, sha256, parser, acl_class_id, "
            "owner, metadata, updated_at, added_at, chunk_first, chunk_count) "
            "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?18,0,0)");
  const std::int64_t version = before ? before->version + 1 : 1;
  put.bind(1, collection.value).bind(2, document.uri).bind(3, document.external_id);
  put.bind(4, document.title).bind(5, document.mime_type).bind(6, document.language);
  put.bind(7, document.author).bind(8, document.created).bind(9, document.modified);
  put.bind(10, std::int64_t{document.pages});
  put.bind(11, static_cast<std::int64_t>(document.original.size())).bind(12, version);
  put.bind_blob(13, sha256).bind(14, document.parser_version).bind(15, acl_class.value);
  put.bind(16, document.owner).bind(17, metadata_json(document)).bind(18, now.value).run();
  const DocumentId id = before ? before->id : DocumentId{db.last_insert_id()};
  db.statement(
        "INSERT INTO document_version(document_id, version, sha256, bytes, added_at) "
        "VALUES(?,?,?,?,?)")
      .bind(1, id.value)
      .bind(2, version)
      .bind_blob(3, sha256)
      .bind(4, static_cast<std::int64_t>(document.original.size()))
      .bind(5, now.value)
      .run();
  db.statement(
        "INSERT INTO document_text(document_id, text) VALUES(?1, ?2) "
        "ON CONFLICT(document_id) DO UPDATE SET text = ?2")
      .bind(1, id.value)
      .bind_blob(2, seal(document.text))
      .run();
  return id;
}

ChunkSpan put_chunks(Database& db, DocumentId document, const NewDocument& content,
                     const std::vector<std::uint32_t>& terms) {
  CARREL_ASSERT(terms.size() == content.chunks.size());
  ChunkSpan span{ChunkId{0}, static_cast<std::int64_t>(content.chunks.size())};
  for (std::size_t i = 0; i < content.chunks.size(); ++i) {
    const NewChunk& chunk = content.chunks[i];
    auto& put = db.statement(
        "INSERT INTO chunk(document_id, ordinal, page, section, span_begin, span_end, tokens, "
        "terms, text, lines) VALUES(?,?,?,?,?,?,?,?,?,?)");
    put.bind(1, document.value).bind(2, static_cast<std::int64_t>(i));
    put.bind(3, std::int64_t{chunk.page}).bind(4, chunk.section);
    put.bind(5, static_cast<std::int64_t>(chunk.span.begin));
    put.bind(6, static_cast<std::int64_t>(chunk.span.end));
    put.bind(7, std::int64_t{chunk.tokens}).bind(8, std::int64_t{terms[i]});
    put.bind_blob(9, seal(chunk.text)).bind_blob(10, pack_lines(chunk.lines)).run();
    const ChunkId id{db.last_insert_id()};
    if (i == 0) span.first = id;
    CARREL_ASSERT(id.value == span.first.value + static_cast<std::int64_t>(i));
  }
  db.statement("UPDATE document SET chunk_first = ?, chunk_count = ? WHERE id = ?")
      .bind(1, span.first.value)
      .bind(2, span.count)
      .bind(3, document.value)
      .run();
  return span;
}

void delete_chunks(Database& db, DocumentId document) {
  db.statement("DELETE FROM chunk WHERE document_id = ?").bind(1, document.value).run();
}

std::vector<Digest> originals_of(Database& db, DocumentId document) {
  std::vector<Digest> out;
  auto& read = db.statement("SELECT sha256 FROM document_version WHERE document_id = ?");
  read.bind(1, document.value);
  while (read.step()) {
    Digest digest{};
    const std::string_view bytes = read.blob(0);
    if (bytes.size() == digest.size()) std::memcpy(digest.data(), bytes.data(), digest.size());
    out.push_back(digest);
  }
  return out;
}

bool is_original_needed(Database& db, const Digest& sha256) {
  auto& find = db.statement("SELECT 1 FROM document_version WHERE sha256 = ? LIMIT 1");
  return find.bind_blob(1, sha256).step();
}

std::optional<DocumentInfo> find_document(Database& db, DocumentId id) {
  auto& find = db.statement(std::string(kDocumentColumns) + "WHERE d.id = ?");
  if (!find.bind(1, id.value).step()) return std::nullopt;
  return document_row(find);
}

void each_document(Database& db, DocumentId after,
                   const std::function<bool(const DocumentInfo&)>& take) {
  auto& read = db.statement(std::string(kDocumentColumns) + "WHERE d.id > ? ORDER BY d.id");
  read.bind(1, after.value);
  while (read.step())
    if (!take(document_row(read))) break;
  read.reset();
}

std::string abbreviation_head(const Analyzer& analyzer, std::string_view long_form) {
  std::string head;
  std::size_t words = 0;
  for (const Word& word : analyzer.words(long_form)) {
    if (word.is_stop_word) continue;
    if (words > 0) head += ' ';
    head += word.term;
    if (++words == 2) return head;
  }
  return {};
}

void put_abbreviations(Database& db, const Analyzer& analyzer, DocumentId document,
                       const NewDocument& content) {
  constexpr std::size_t kept_max = 256;  // of one document
  db.statement("DELETE FROM abbreviation WHERE document_id = ?").bind(1, document.value).run();
  std::size_t kept = 0;
  for (const NewChunk& chunk : content.chunks) {
    for (const Abbreviation& found : carrel::find_abbreviations(chunk.text)) {
      const std::string long_form = Analyzer::fold(found.long_form);
      const std::string head = abbreviation_head(analyzer, long_form);
      if (head.empty() || ++kept > kept_max) continue;
      db.statement(
            "INSERT OR IGNORE INTO abbreviation(document_id, short, long, head) VALUES(?,?,?,?)")
          .bind(1, document.value)
          .bind(2, Analyzer::fold(found.short_form))
          .bind(3, long_form)
          .bind(4, head)
          .run();
    }
  }
}

std::vector<KnownAbbreviation> find_abbreviations(Database& db, const access::Visibility& visible,
                                                  std::string_view short_form,
                                                  std::string_view head) {
  auto& read = db.statement(
      "SELECT a.short, a.long, d.acl_class_id FROM abbreviation a "
      "JOIN document d ON d.id = a.document_id "
      "WHERE (?1 <> '' AND a.short = ?1) OR (?2 <> '' AND a.head = ?2) "
      "ORDER BY a.short, a.long");
  read.bind(1, short_form).bind(2, head);
  std::vector<KnownAbbreviation> out;
  while (read.step()) {
    if (!visible.permits(AclClassId{read.integer(2)})) continue;
    const bool is_same = !out.empty() && out.back().short_form == read.text(0) &&
                         out.back().long_form == read.text(1);
    if (is_same)
      ++out.back().documents;
    else
      out.push_back({std::string(read.text(0)), std::string(read.text(1)), 1});
  }
  read.reset();
  return out;
}

std::optional<std::pair<StoredChunk, AclClassId>> find_chunk(Database& db, ChunkId id) {
  auto& find = db.statement(
      "SELECT k.id, k.document_id, k.ordinal, k.page, k.section, k.span_begin, k.span_end, "
      "k.tokens, k.text, k.lines, d.acl_class_id "
      "FROM chunk k JOIN document d ON d.id = k.document_id WHERE k.id = ?");
  if (!find.bind(1, id.value).step()) return std::nullopt;
  return std::pair{chunk_row(find), AclClassId{find.integer(10)}};
}

std::vector<StoredChunk> chunks_of(Database& db, DocumentId document,
                                   std::optional<std::int32_t> page, std::int64_t from,
                                   std::int64_t limit) {
  auto& read = db.statement(
      "SELECT id, document_id, ordinal, page, section, span_begin, span_end, tokens, text, lines "
      "FROM chunk WHERE document_id = ?1 AND (?2 < 0 OR page = ?2) AND ordinal >= ?3 "
      "ORDER BY ordinal LIMIT ?4");
  read.bind(1, document.value).bind(2, std::int64_t{page.value_or(-1)});
  read.bind(3, from).bind(4, limit);
  std::vector<StoredChunk> out;
  while (read.step()) out.push_back(chunk_row(read));
  return out;
}

std::optional<std::string> text_of(Database& db, DocumentId document) {
  auto& find = db.statement("SELECT text FROM document_text WHERE document_id = ?");
  if (!find.bind(1, document.value).step()) return std::nullopt;
  return unseal(find.blob(0));
}

ChangeId append_change(Database& db, std::int64_t kind, std::int64_t subject, ChunkId first,
                       ChunkId last) {
  db.statement("INSERT INTO change(kind, subject, first, last) VALUES(?,?,?,?)")
      .bind(1, kind)
      .bind(2, subject)
      .bind(3, first.value)
      .bind(4, last.value)
      .run();
  return ChangeId{db.last_insert_id()};
}

ChangeId last_change(Database& db) {
  auto& read = db.statement("SELECT coalesce(max(id), 0) FROM change");
  read.step();
  const ChangeId id{read.integer(0)};
  read.reset();
  return id;
}

std::vector<Change> changes_after(Database& db, ChangeId after) {
  std::vector<Change> out;
  Statement read(db, "SELECT id, kind, subject, first, last FROM change WHERE id > ? ORDER BY id");
  read.bind(1, after.value);
  while (read.step())
    out.push_back({ChangeId{read.integer(0)}, static_cast<ChangeKind>(read.integer(1)),
                   read.integer(2), ChunkId{read.integer(3)}, ChunkId{read.integer(4)}});
  return out;
}

namespace {

struct PackedLine {
  std::uint32_t begin, end;
  std::int32_t page;
  float x0, y0, x1, y1;
};
static_assert(sizeof(PackedLine) == 28);

}  // namespace

std::string pack_lines(const std::vector<TextLine>& lines) {
  std::string out(lines.size() * sizeof(PackedLine), '\0');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const TextLine& line = lines[i];
    const PackedLine packed{static_cast<std::uint32_t>(line.span.begin),
                            static_cast<std::uint32_t>(line.span.end),
                            line.page,
                            line.x0,
                            line.y0,
                            line.x1,
                            line.y1};
    std::memcpy(out.data() + i * sizeof packed, &packed, sizeof packed);
  }
  return out;
}

std::vector<TextLine> unpack_lines(std::string_view bytes) {
  if (bytes.size() % sizeof(PackedLine) != 0)
    throw Error(ErrorCode::corrupt, "a stored chunk's lines are damaged; run 'carrel verify'");
  std::vector<TextLine> out(bytes.size() / sizeof(PackedLine));
  for (std::size_t i = 0; i < out.size(); ++i) {
    PackedLine packed{};
    std::memcpy(&packed, bytes.data() + i * sizeof packed, sizeof packed);
    out[i] = {{packed.begin, packed.end}, packed.page, packed.x0, packed.y0, packed.x1, packed.y1};
  }
  return out;
}

}  // namespace carrel::index::catalogue
