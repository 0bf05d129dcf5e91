#include "ingest/file_reader.h"

#include <algorithm>
#include <new>

#include "core/error.h"
#include "core/hash.h"
#include "core/language.h"
#include "ingest/title.h"

namespace carrel::ingest {
namespace {

std::vector<index::NewChunk> stored_form(std::vector<Chunk>&& chunks) {
  std::vector<index::NewChunk> out;
  out.reserve(chunks.size());
  for (Chunk& chunk : chunks) {
    index::NewChunk one{
        chunk.page, std::move(chunk.section), chunk.span, std::move(chunk.text), chunk.tokens, {}};
    one.lines.reserve(chunk.lines.size());
    for (const PlacedLine& line : chunk.lines)
      one.lines.push_back({line.span, line.page, line.x0, line.y0, line.x1, line.y1});
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

KnownDocuments::KnownDocuments(std::vector<index::KnownDocument> documents)
    : documents_(std::move(documents)) {
  const auto less = [](const auto& a, const auto& b) {
    return a.uri != b.uri ? a.uri < b.uri : a.document < b.document;
  };
  std::sort(documents_.begin(), documents_.end(), less);
  documents_.erase(
      std::unique(documents_.begin(), documents_.end(),
                  [](const auto& a, const auto& b) { return a.document == b.document; }),
      documents_.end());
}

std::span<const index::KnownDocument> KnownDocuments::of(const std::string& uri) const {
  const auto begin = std::lower_bound(documents_.begin(), documents_.end(), uri,
                                      [](const auto& one, const auto& u) { return one.uri < u; });
  auto end = begin;
  while (end != documents_.end() && end->uri == uri) ++end;
  return {begin, end};
}

FileReader::FileReader(index::Library& library, ParserPool& parsers, const IngestOptions& options,
                       bool recompute)
    : library_(library), parsers_(parsers), options_(options), recompute_(recompute) {}

FileOutcome FileReader::read(const Source& source, const Place& place,
                             std::span<const index::KnownDocument> known,
                             const std::function<std::string()>& bytes) const {
  FileOutcome out;
  index::NewDocument& document = out.document;
  document.uri = source.uri;
  document.collection = place.collection;
  document.acl = place.acl;
  document.owner = place.owner;
  try {
    compare(out, known);
    const auto same = std::find_if(known.begin(), known.end(), [&](const auto& one) {
      return one.collection == place.collection;
    });
    document.parser_version = recipe_of(place);
    document.original = bytes();
    if (document.original.empty()) throw Error(ErrorCode::invalid_argument, "the file is empty");
    if (same != known.end() && !recompute_ && same->parser_version == document.parser_version &&
        same->sha256 == sha256(document.original)) {
      out.kind = out.set_access_on.empty() ? FileOutcome::Kind::unchanged
                                           : FileOutcome::Kind::rules_changed;
      document.original = {};
      return out;
    }
    document.metadata = place.metadata;
    parse_into(document, source);
    out.set_access_on.clear();  // it is written anew, rights and all
    out.kind = FileOutcome::Kind::read;
    return out;
  } catch (const Error& e) {
    out.reason = e.what();
  } catch (const std::bad_alloc&) {
    out.reason = "there is not enough memory to read it";
  }
  // The version accepted before stays, but not with the rights it had: rules that were narrowed
  // hold at once, whether or not the new content can be read.
  out.kind = FileOutcome::Kind::failed;
  document.original = {};
  out.moved_from.clear();
  return out;
}

void FileReader::compare(FileOutcome& out, std::span<const index::KnownDocument> known) const {
  out.was_known = !known.empty();
  for (const index::KnownDocument& one : known) {
    if (one.collection != out.document.collection) out.moved_from.push_back(one.document);
    if (one.owner != out.document.owner ||
        library_.access().describe(one.acl_class) != out.document.acl)
      out.set_access_on.push_back(one.document);
  }
}

namespace {

// The language that the text is written in; where that cannot be told, the one declared.
std::string language_of(const ParsedDocument& parsed) {
  const Language* written = language_of_text(parsed.text);
  if (written == nullptr || written == find_language(parsed.language)) return parsed.language;
  return std::string(written->code);
}

}  // namespace

void FileReader::parse_into(index::NewDocument& document, const Source& source) const {
  ParsedDocument parsed = parsers_.parse(document.original, source.name);
  std::vector<Chunk> chunks = chunk(parsed, options_.chunks);
  if (chunks.empty())
    throw Error(ErrorCode::invalid_argument,
                parsed.pages > 0 ? "no text found on its pages (a scan? OCR is not available yet)"
                                 : "there is no text in it");
  document.external_id = source.external_id;
  document.title = title_of(parsed, source.name);
  document.mime_type = std::move(parsed.mime_type);
  document.language = language_of(parsed);
  document.author = std::move(parsed.author);
  document.created = std::move(parsed.created);
  document.modified = parsed.modified.empty() ? source.modified : std::move(parsed.modified);
  document.pages = parsed.pages;
  document.text = std::move(parsed.text);
  document.chunks = stored_form(std::move(chunks));
}

// All that decides, beside the bytes, what is stored of a file: a document made by another recipe
// is made again.
std::string FileReader::recipe_of(const Place& place) const {
  std::string recipe(kParserVersion);
  recipe += " chunks " + std::to_string(options_.chunks.tokens_target) + "/" +
            std::to_string(options_.chunks.tokens_overlap);
  if (place.metadata.empty()) return recipe;
  std::string written;
  for (const auto& [name, value] : place.metadata) {
    written.append(name).push_back('\0');
    written.append(value).push_back('\0');
  }
  const Digest digest = sha256(written);
  return recipe + " metadata " + to_hex(std::span(digest).first(8));
}

}  // namespace carrel::ingest
