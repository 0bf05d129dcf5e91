// Documents and their pages.
#include <algorithm>

#include "core/error.h"
#include "ingest/parse_builder.h"
#include "server/contribution.h"
#include "server/handlers.h"
#include "server/job_runner.h"
#include "server/json_text.h"
#include "server/problem.h"
#include "server/service.h"
#include "server/trail.h"

namespace carrel::server::handlers {

namespace {

constexpr std::size_t kNameBytesMax = 200;

DocumentId document_id(const Context& c) { return {c.path_id("document_id")}; }

std::optional<ChunkId> chunk_id(const Context& c) {
  const auto id = c.query_id("chunk");
  return id ? std::optional(ChunkId{*id}) : std::nullopt;
}

// A plain file name: what a browser sends, without folders and characters that no name needs, among
// them those that turn the direction of text: "cod.exe" must not read as a document.
std::string display_name(const std::string& given) {
  const std::size_t slash = given.find_last_of("/\\");
  const std::string name =
      ingest::clean_property(slash == std::string::npos ? given : given.substr(slash + 1));
  if (name.empty() || name == "." || name == ".." || name.size() > kNameBytesMax)
    throw Error(ErrorCode::invalid_argument, "'name' must be a file name of 1 to 200 bytes.");
  if (!ingest::is_readable_name(name))
    throw Problem(415, "kind_unknown", "Files of this kind are not read; see the documentation.");
  return name;
}

// RFC 6266: an ASCII name for old readers, the true one percent-encoded beside it.
std::string content_disposition(const std::string& name) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string ascii;
  std::string encoded;
  for (const char ch : name) {
    const auto u = static_cast<unsigned char>(ch);
    const bool is_plain = (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') ||
                          (u >= 'a' && u <= 'z') || u == '.' || u == '-' || u == '_';
    ascii += is_plain ? ch : '_';
    if (is_plain)
      encoded += ch;
    else
      encoded.append({'%', hex[u >> 4], hex[u & 15]});
  }
  return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded;
}

}  // namespace

void list_documents(Context& c) {
  DocumentListRequest request;
  request.collection = c.query_value("collection").value_or("");
  request.query = c.query_value("query").value_or("");
  request.after = c.query_value("after").value_or("");
  request.limit = static_cast<std::size_t>(c.query_integer("limit", 50, 1, 200));
  if (request.query.size() > 2048)
    throw Error(ErrorCode::invalid_argument, "'query' is longer than 2,048 bytes.");
  c.answer_json(c.parts.api.documents_json(*c.caller, request));
}

void upload(Context& c) {
  Parts& parts = c.parts;
  UploadJob job;
  job.user = c.caller->identity.user.name;
  job.name = display_name(c.query_value("name").value_or(""));
  job.collection = c.query_value("collection").value_or("");
  check_may_add_to(parts.service, *c.caller, job.collection);
  job.label = c.query_value("label").value_or("");
  parts.api.check_label(*c.caller, job.label);
  job.allow = c.query_values("allow");
  for (const std::string& principal : job.allow) access::parse_principal(principal);
  if (std::find(job.allow.begin(), job.allow.end(), c.caller->principal()) == job.allow.end())
    job.allow.push_back(c.caller->principal());
  if (c.request.head.content_length == 0)
    throw Error(ErrorCode::invalid_argument, "The file is empty.");

  const Gate::Pass pass = parts.uploads.enter(job.user, c.request.gone);
  const std::unique_ptr<JobSpool::UploadFile> file = parts.jobs.begin_upload(job.user);
  std::vector<char> buffer(256 << 10);
  std::uint64_t received = 0;
  while (const std::size_t n = c.request.body->read(buffer)) {
    file->write(std::span<const char>(buffer).first(n));
    received += n;
  }
  if (received != c.request.head.content_length)
    throw Error(ErrorCode::cancelled, "The file did not arrive whole; send it again.");
  audit_event(parts.service.audit, c.caller->principal(), "", c.caller->identity.via, "upload",
              {{"job", file->id().value}, {"bytes", received}});
  const JobId id = parts.jobs.accept(*file, std::move(job));
  c.answer_json(dump({{"job_id", id.value}}), 202);
}

void document(Context& c) { c.answer_json(c.parts.api.document_json(*c.caller, document_id(c))); }

void delete_document(Context& c) {
  c.parts.api.delete_document(*c.caller, document_id(c));
  c.response.status = 204;
}

void set_access(Context& c) {
  const nlohmann::json body = parse_json_object(c.body);
  refuse_unknown_members(body, {"allow", "deny", "label"});
  access::AclSpec acl;
  acl.allow = strings_member(body, "allow");
  acl.deny = strings_member(body, "deny");
  acl.label = required_string(body, "label");
  c.answer_json(c.parts.api.set_access_json(*c.caller, document_id(c), acl));
}

void versions(Context& c) { c.answer_json(c.parts.api.versions_json(*c.caller, document_id(c))); }

void chunks(Context& c) {
  ChunksRequest request{.chunk = chunk_id(c)};
  if (c.query_value("page"))
    request.page = static_cast<std::int32_t>(c.query_integer("page", 1, 1, 1'000'000));
  if (c.query_value("from")) request.from = c.query_integer("from", 0, 0, INT32_MAX);
  c.answer_json(c.parts.api.chunks_json(*c.caller, document_id(c), request));
}

void text(Context& c) {
  c.answer_json(c.parts.api.text_json(*c.caller, document_id(c), chunk_id(c)));
}

void page_image(Context& c) {
  const std::int64_t page = c.path_id("page");
  if (page > 1'000'000) throw Error(ErrorCode::not_found, "The document has no such page.");
  c.response.body =
      c.parts.api.page_png(*c.caller, document_id(c), static_cast<std::int32_t>(page), chunk_id(c));
  c.response.content_type = "image/png";
}

void original(Context& c) {
  // The place is given back when the last byte went.
  c.response.held = std::make_shared<Gate::Pass>(
      c.parts.downloads.enter(c.caller->identity.user.name, c.request.gone));
  File file = c.parts.api.original(*c.caller, document_id(c));
  c.response.pull = std::move(file.read);
  c.response.pulled_bytes = file.size;
  c.response.content_type = "application/octet-stream";
  c.response.set("Content-Disposition", content_disposition(file.name));
}

}  // namespace carrel::server::handlers
