#include "retrieve/continuation.h"

#include <algorithm>
#include <string_view>

#include "core/list_mark.h"
#include "core/utf8.h"

namespace carrel::retrieve {
namespace {

constexpr std::size_t kPassagesLookedAt = 5;  // an answer hardly comes from further down
constexpr std::size_t kGapBytesMax = 4;       // white space that was left between two chunks

std::string_view first_line(std::string_view text) {
  const std::string_view body = trim(text);
  return trim(body.substr(0, body.find('\n')));
}

std::string_view last_line(std::string_view text) {
  const std::string_view body = trim(text);
  const std::size_t newline = body.rfind('\n');
  return trim(newline == std::string_view::npos ? body : body.substr(newline + 1));
}

bool is_row(std::string_view line) {
  return line.starts_with('|') || line.find(" | ") != std::string_view::npos;
}

// Whether `next` begins where `passage` ends, or overlaps it there.
bool follows(const ByteRange& passage, const ByteRange& next) {
  return next.begin > passage.begin && next.end > passage.end &&
         next.begin <= passage.end + kGapBytesMax;
}

Passage beside(const Passage& passage, index::StoredChunk chunk) {
  Passage out = passage;  // the same document
  out.chunk = chunk.id;
  out.page = chunk.page;
  out.span = chunk.span;
  out.text = std::move(chunk.text);
  out.lines = std::move(chunk.lines);
  out.highlights.clear();
  out.score = out.coverage = 0;
  out.continues = true;
  return out;
}

}  // namespace

bool ends_open(std::string_view text) {
  const std::string_view line = last_line(text);
  return is_list_item(line) || is_row(line) || line.ends_with(':');
}

bool begins_open(std::string_view text) {
  const std::string_view line = first_line(text);
  return is_list_item(line) || is_row(line);
}

void add_continuations(const index::Reader& reader, const access::Visibility& now,
                       std::size_t limit, std::vector<Passage>& passages) {
  struct Wanted {
    std::size_t passage;
    ChunkId chunk;
    bool is_after;
  };
  // A document's chunks are stored in one go: neighbours have neighbouring numbers, or none is
  // found.
  std::vector<Wanted> wanted;
  std::vector<ChunkId> ids;
  const auto want = [&](std::size_t passage, std::int64_t id, bool is_after) {
    const bool is_here = std::any_of(passages.begin(), passages.end(),
                                     [&](const Passage& one) { return one.chunk.value == id; });
    if (id < 1 || is_here || std::find(ids.begin(), ids.end(), ChunkId{id}) != ids.end()) return;
    wanted.push_back({passage, {id}, is_after});
    ids.push_back({id});
  };
  for (std::size_t i = 0; i < std::min(kPassagesLookedAt, passages.size()); ++i) {
    if (ends_open(passages[i].text)) want(i, passages[i].chunk.value + 1, true);
    if (begins_open(passages[i].text)) want(i, passages[i].chunk.value - 1, false);
  }
  if (ids.empty()) return;
  std::vector<index::StoredChunk> found = reader.chunks(now, ids);
  for (const Wanted& one : wanted) {
    const auto chunk = std::find_if(found.begin(), found.end(),
                                    [&](const auto& each) { return each.id == one.chunk; });
    if (chunk == found.end() || limit == 0) continue;
    const Passage& passage = passages[one.passage];
    if (chunk->document != passage.document || chunk->section != passage.section) continue;
    const bool joins =
        one.is_after ? follows(passage.span, chunk->span) : follows(chunk->span, passage.span);
    if (!joins) continue;
    Passage next = beside(passage, std::move(*chunk));
    passages.push_back(std::move(next));
    --limit;
  }
}

}  // namespace carrel::retrieve
