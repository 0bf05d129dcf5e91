// Documents: listed, shown, drawn, handed out, changed and deleted.
#include <algorithm>
#include <charconv>

#include "core/error.h"
#include "core/utf8.h"
#include "server/api.h"
#include "server/page_cache.h"
#include "server/passage_json.h"
#include "server/trail.h"

namespace carrel::server {

using nlohmann::json;

namespace {

constexpr std::size_t kTextAroundBytes = 4000;
constexpr std::int64_t kChunksMax = 1000;  // of one answer; documents may have a hundred times that
constexpr std::int64_t kChunksBefore = 100;  // before one that was asked for

// One sentence for what is absent and for what is hidden.
Error no_such_document() {
  return Error(ErrorCode::not_found, "There is no such document, or you may not read it.");
}

std::string file_name_of(const index::DocumentInfo& d) {
  const std::size_t slash = d.uri.find_last_of('/');
  return slash == std::string::npos ? d.uri : d.uri.substr(slash + 1);
}

json row_json(const index::DocumentInfo& d, bool may_manage) {
  return {{"document_id", d.id.value},
          {"title", d.title},
          {"uri", d.uri},
          {"external_id", d.external_id},
          {"mime_type", d.mime_type},
          {"collection", d.collection},
          {"label", d.label},
          {"owner", d.owner},
          {"version", d.version},
          {"pages", d.pages},
          {"chunks", d.chunks},
          {"bytes", d.bytes},
          {"state", "ready"},
          {"created_at", to_rfc3339(d.added)},
          {"updated_at", to_rfc3339(d.updated)},
          {"may_manage", may_manage}};
}

json acl_json(const access::AclSpec& acl) {
  return {{"allow", acl.allow}, {"deny", acl.deny}, {"label", acl.label}};
}

json ids_json(const std::vector<index::DocumentInfo>& documents) {
  json ids = json::array();
  for (const index::DocumentInfo& d : documents) ids.push_back(d.id.value);
  return ids;
}

// The window of `text` around `middle`, cut between code points.
ByteRange window_around(std::string_view text, ByteRange middle) {
  const std::size_t spare =
      middle.size() >= kTextAroundBytes ? 0 : (kTextAroundBytes - middle.size()) / 2;
  const std::size_t begin = middle.begin > spare ? middle.begin - spare : 0;
  const std::size_t end =
      std::min(text.size(), std::max(middle.end + spare, begin + kTextAroundBytes));
  return {floor_to_code_point(text, begin), floor_to_code_point(text, end)};
}

// `chunk`, if the caller may read it and it belongs to this document. Errors: not_found.
index::StoredChunk chunk_in(const index::Reader& reader, const access::Visibility& visible,
                            DocumentId document, ChunkId chunk) {
  const std::vector<ChunkId> ids = {chunk};
  std::vector<index::StoredChunk> found = reader.chunks(visible, ids);
  if (found.empty() || found.front().document != document) throw no_such_document();
  return std::move(found.front());
}

// A right may be taken away while what will be shown is recorded: it is judged once more, last.
void check_still_readable(const Service& service, const Caller& caller, DocumentId id) {
  const access::Visibility now = service.access.visibility(caller.identity.user.id);
  if (!service.library.reader().find_document(now, id)) throw no_such_document();
}

}  // namespace

bool Api::may_manage(const Caller& caller, const index::DocumentInfo& document) const {
  const access::ActionSet& actions = caller.identity.actions;  // a key has no more than its scopes
  return (document.owner == caller.principal() && actions.contains(access::Action::upload)) ||
         actions.contains(access::Action::manage_collection);
}

index::DocumentInfo Api::find(const Caller&, const access::Visibility& visible,
                              DocumentId id) const {
  std::optional<index::DocumentInfo> found = service_.library.reader().find_document(visible, id);
  if (!found) throw no_such_document();
  return std::move(*found);
}

std::string Api::documents_json(const Caller& caller, const DocumentListRequest& request) const {
  index::DocumentQuery query;
  if (!request.collection.empty()) query.filter.collections = {request.collection};
  query.text = request.query;
  query.limit = request.limit + 1;  // one more tells whether there is a next page
  if (!request.after.empty()) {
    const char* end = request.after.data() + request.after.size();
    const auto [stop, error] = std::from_chars(request.after.data(), end, query.after.value);
    if (error != std::errc() || stop != end || query.after.value < 0)
      throw Error(ErrorCode::invalid_argument, "'after' is not what a page gave as 'next'.");
  }
  AuditTrail trail(service_.audit, caller, "document.list", {{"after", query.after.value}},
                   request.query);
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  std::vector<index::DocumentInfo> found = service_.library.reader().list_documents(visible, query);
  const bool has_more = found.size() > request.limit;
  if (has_more) found.resize(request.limit);
  json rows = json::array();
  for (const index::DocumentInfo& d : found) rows.push_back(row_json(d, may_manage(caller, d)));
  trail.disclose({{"documents", ids_json(found)}, {"epoch", visible.epoch().value}});
  for (const index::DocumentInfo& d : found) check_still_readable(service_, caller, d.id);
  return dump({{"documents", std::move(rows)},
               {"next", has_more ? json(std::to_string(found.back().id.value)) : json(nullptr)}});
}

std::string Api::document_json(const Caller& caller, DocumentId id) const {
  AuditTrail trail(service_.audit, caller, "document.read", {{"document", id.value}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::DocumentInfo d = find(caller, visible, id);
  json out = row_json(d, may_manage(caller, d));
  out["language"] = d.language;
  out["author"] = d.author;
  out["page_count"] = d.pages;
  out["has_pages"] = d.pages > 0 && d.mime_type == "application/pdf";
  if (may_manage(caller, d)) out["access"] = acl_json(service_.access.describe(d.acl_class));
  trail.disclose({{"documents", {id.value}}, {"epoch", visible.epoch().value}});
  check_still_readable(service_, caller, id);
  return dump(out);
}

std::string Api::chunks_json(const Caller& caller, DocumentId id,
                             const ChunksRequest& request) const {
  AuditTrail trail(service_.audit, caller, "document.chunks",
                   {{"document", id.value}, {"page", request.page.value_or(0)}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::Reader& reader = service_.library.reader();
  find(caller, visible, id);
  std::int64_t from = request.from.value_or(0);
  if (!request.from && request.chunk) {
    const std::int64_t wanted = chunk_in(reader, visible, id, *request.chunk).ordinal;
    if (wanted >= kChunksMax) from = wanted - kChunksBefore;
  }
  const auto found = reader.chunks_of(visible, id, request.page, from, kChunksMax + 1);
  json list = json::array();
  json next = nullptr;
  for (const index::StoredChunk& c : found)
    if (list.size() == kChunksMax)
      next = c.ordinal;
    else
      list.push_back({{"chunk_id", c.id.value},
                      {"ordinal", c.ordinal},
                      {"page", page_json(c.page)},
                      {"section", c.section},
                      {"text", c.text}});
  trail.disclose(
      {{"documents", {id.value}}, {"chunk_count", list.size()}, {"epoch", visible.epoch().value}});
  check_still_readable(service_, caller, id);
  return dump({{"chunks", std::move(list)}, {"next", std::move(next)}});
}

std::string Api::versions_json(const Caller& caller, DocumentId id) const {
  AuditTrail trail(service_.audit, caller, "document.versions", {{"document", id.value}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  find(caller, visible, id);
  json list = json::array();
  for (const index::DocumentVersion& v : service_.library.reader().versions_of(visible, id))
    list.push_back({{"version", v.version}, {"accepted_at", to_rfc3339(v.added)}});
  trail.disclose({{"documents", {id.value}}, {"epoch", visible.epoch().value}});
  check_still_readable(service_, caller, id);
  return dump({{"versions", std::move(list)}});
}

std::string Api::text_json(const Caller& caller, DocumentId id,
                           std::optional<ChunkId> chunk) const {
  AuditTrail trail(service_.audit, caller, "document.text",
                   {{"document", id.value}, {"chunk", chunk.value_or(ChunkId{}).value}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::Reader& reader = service_.library.reader();
  find(caller, visible, id);
  ByteRange span;
  json section = nullptr;
  if (chunk) {
    const index::StoredChunk found = chunk_in(reader, visible, id, *chunk);
    span = found.span;
    section = found.section;
  }
  const std::optional<std::string> text = reader.text_of(visible, id);
  if (!text) throw no_such_document();
  span.end = std::min(span.end, text->size());
  span.begin = std::min(span.begin, span.end);
  const ByteRange window = window_around(*text, span);
  const std::string_view shown = std::string_view(*text).substr(window.begin, window.size());
  std::vector<ByteRange> marks;
  if (span.size() > 0) marks.push_back({span.begin - window.begin, span.end - window.begin});
  json out = {{"text", shown},
              {"highlights", code_point_spans(shown, marks)},
              {"section", std::move(section)}};
  trail.disclose({{"documents", {id.value}}, {"epoch", visible.epoch().value}});
  check_still_readable(service_, caller, id);
  return dump(out);
}

std::string Api::page_png(const Caller& caller, DocumentId id, std::int32_t page,
                          std::optional<ChunkId> chunk) const {
  AuditTrail trail(service_.audit, caller, "document.page",
                   {{"document", id.value}, {"page", page}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::Reader& reader = service_.library.reader();
  const index::DocumentInfo d = find(caller, visible, id);
  if (d.mime_type != "application/pdf")
    throw Error(ErrorCode::not_found, "Only pages of PDF documents can be drawn.");
  if (page < 1 || page > d.pages)
    throw Error(ErrorCode::not_found, "The document has no such page.");
  std::vector<ingest::PageBox> boxes;
  if (chunk)
    for (const index::TextLine& line : chunk_in(reader, visible, id, *chunk).lines)
      if (line.page == page) boxes.push_back({line.x0, line.y0, line.x1, line.y1});
  const PageKey key{id, d.version, page, chunk.value_or(ChunkId{})};
  std::shared_ptr<const std::string> png = pages_->find(key);
  if (!png) {
    const std::optional<std::string> original = reader.original_of(visible, id);
    if (!original) throw no_such_document();
    png = std::make_shared<const std::string>(
        service_.parsers.draw_page(*original, page, boxes, options_.page_dpi).png);
    pages_->put(key, png);
  }
  trail.disclose({{"documents", {id.value}}, {"page", page}, {"epoch", visible.epoch().value}});
  check_still_readable(service_, caller, id);
  return *png;
}

File Api::original(const Caller& caller, DocumentId id) const {
  AuditTrail trail(service_.audit, caller, "document.original", {{"document", id.value}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::DocumentInfo d = find(caller, visible, id);
  std::optional<index::OriginalFile> opened = service_.library.reader().open_original(visible, id);
  if (!opened) throw no_such_document();
  auto file = std::make_shared<index::OriginalFile>(std::move(*opened));
  trail.disclose({{"documents", {id.value}}, {"epoch", visible.epoch().value}});
  check_still_readable(service_, caller, id);
  return {file->size(), [file](std::span<char> out) { return file->read(out); }, file_name_of(d)};
}

void Api::delete_document(const Caller& caller, DocumentId id) const {
  AuditTrail trail(service_.audit, caller, "document.delete", {{"document", id.value}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::DocumentInfo d = find(caller, visible, id);
  if (!may_manage(caller, d)) {
    trail.end("denied", {});
    throw Error(ErrorCode::denied,
                "Only its owner, or somebody who manages collections, can delete a document.");
  }
  service_.library.writer().remove(id);
  trail.end("deleted", {{"version", d.version}});
}

std::string Api::set_access_json(const Caller& caller, DocumentId id,
                                 const access::AclSpec& acl) const {
  AuditTrail trail(service_.audit, caller, "document.set_access", {{"document", id.value}});
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  const index::DocumentInfo d = find(caller, visible, id);
  try {
    if (!may_manage(caller, d))
      throw Error(ErrorCode::denied,
                  "Only its owner, or somebody who manages collections, can "
                  "change who may read a document.");
    if (acl.label.empty()) throw Error(ErrorCode::invalid_argument, "'label' is missing.");
    check_label(caller, acl.label);
    service_.library.writer().set_access(id, acl, d.owner);
  } catch (const Error& error) {
    trail.end(name_of(error.code()), {});
    throw;
  }
  // Principals' names and labels are the rule itself, which an auditor must see.
  trail.end("changed", {{"before", acl_json(service_.access.describe(d.acl_class))},
                        {"after", acl_json(acl)}});
  return dump(acl_json(acl));
}

}  // namespace carrel::server
