// Holds every store against the truth: what is missing, what is too much, what is damaged.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/half.h"
#include "core/seal.h"
#include "index/library_state.h"

namespace carrel::index {
namespace {

constexpr std::size_t kFindingsMax = 100;

class Findings {
 public:
  void add(std::string store, std::string what) {
    if (list_.size() < kFindingsMax) list_.push_back({std::move(store), std::move(what)});
  }
  std::vector<VerifyFinding> take() { return std::move(list_); }

 private:
  std::vector<VerifyFinding> list_;
};

void check_database(Database& db, Findings& findings) {
  Statement check(db, "PRAGMA integrity_check(20)");
  while (check.step())
    if (check.text(0) != "ok") findings.add("catalogue", std::string(check.text(0)));
  Statement keys(db, "PRAGMA foreign_key_check");
  while (keys.step())
    findings.add("catalogue", "a row of " + std::string(keys.text(0)) + " refers to nothing");
}

std::vector<ChunkId> check_chunks(Database& db, Findings& findings, ProgressSink& progress) {
  std::vector<ChunkId> chunks;
  Statement count(db, "SELECT count(*) FROM chunk");
  count.step();
  const auto total = static_cast<std::uint64_t>(count.integer(0));
  Statement read(db,
                 "SELECT k.id, k.text, k.document_id, d.chunk_first, d.chunk_count, k.ordinal "
                 "FROM chunk k JOIN document d ON d.id = k.document_id ORDER BY k.id");
  while (read.step()) {
    const ChunkId id{read.integer(0)};
    chunks.push_back(id);
    try {
      unseal(read.blob(1));
    } catch (const Error& e) {
      findings.add("catalogue", "chunk " + std::to_string(id.value) + ": " + e.what());
    }
    if (id.value != read.integer(3) + read.integer(5) || read.integer(5) >= read.integer(4))
      findings.add("catalogue",
                   "chunk " + std::to_string(id.value) + " lies outside its document's range");
    progress.update({"catalogue", chunks.size(), total, "chunks", ""});
  }
  return chunks;
}

void check_originals(Database& db, const Originals& originals, Findings& findings,
                     ProgressSink& progress) {
  Statement read(db, "SELECT DISTINCT sha256 FROM document_version");
  std::uint64_t done = 0;
  while (read.step()) {
    Digest digest{};
    const std::string_view bytes = read.blob(0);
    if (bytes.size() != digest.size()) {
      findings.add("catalogue", "a document version has a damaged SHA-256");
      continue;
    }
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    try {
      if (sha256(originals.get(digest)) != digest)
        findings.add("originals", to_hex(digest) + " does not have the bytes its name says");
    } catch (const Error& e) {
      findings.add("originals", to_hex(digest) + ": " + e.what());
    }
    progress.update({"originals", ++done, 0, "files", ""});
  }
}

void check_keywords(const KeywordIndex& keywords, ChangeId newest,
                    const std::vector<ChunkId>& chunks, Findings& findings) {
  if (keywords.reached() != newest)
    findings.add("keywords", "holds changes up to " + std::to_string(keywords.reached().value) +
                                 " of " + std::to_string(newest.value));
  const std::vector<ChunkId> indexed = keywords.chunks();
  std::vector<ChunkId> missing;
  std::vector<ChunkId> extra;
  std::set_difference(chunks.begin(), chunks.end(), indexed.begin(), indexed.end(),
                      std::back_inserter(missing));
  std::set_difference(indexed.begin(), indexed.end(), chunks.begin(), chunks.end(),
                      std::back_inserter(extra));
  for (const ChunkId id : missing)
    findings.add("keywords", "chunk " + std::to_string(id.value) + " is not indexed");
  for (const ChunkId id : extra)
    findings.add("keywords", "chunk " + std::to_string(id.value) + " is indexed but gone");
}

void check_classes(Database& db, const ClassMap& classes, Findings& findings) {
  Statement read(db,
                 "SELECT k.id, d.acl_class_id, d.id FROM chunk k "
                 "JOIN document d ON d.id = k.document_id");
  std::uint64_t count = 0;
  while (read.step()) {
    const ChunkId id{read.integer(0)};
    ++count;
    if (classes.class_of(id).value != read.integer(1) ||
        classes.document_of(id).value != read.integer(2))
      findings.add("catalogue", "chunk " + std::to_string(id.value) +
                                    " has other rights in memory than on disk");
  }
  if (classes.chunk_count() != count)
    findings.add("catalogue", "the rights in memory cover chunks that are gone");
}

void check_space(Database& db, const VectorSpace& space, Findings& findings) {
  Statement read(db, "SELECT chunk_id, data FROM vector WHERE model_id = ? ORDER BY chunk_id");
  read.bind(1, space.model.value);
  std::size_t count = 0;
  std::vector<float> stored(space.index.dim());
  while (read.step()) {
    const ChunkId chunk{read.integer(0)};
    ++count;
    const auto held = space.index.embedding(chunk);
    if (!held) {
      findings.add("vectors", "chunk " + std::to_string(chunk.value) + " is not in the graph");
      continue;
    }
    from_half_bytes(read.blob(1), stored);
    for (std::size_t i = 0; i < stored.size(); ++i) {
      if (std::abs(stored[i] - (*held)[i]) <= 0.02F) continue;
      findings.add("vectors", "chunk " + std::to_string(chunk.value) +
                                  " has another embedding in the graph than on disk");
      break;
    }
  }
  if (space.index.size() != count)
    findings.add("vectors", "the graph holds " + std::to_string(space.index.size()) +
                                " embeddings, the catalogue " + std::to_string(count));
  for (std::string& what : space.index.verify()) findings.add("vectors", std::move(what));
}

}  // namespace

std::vector<VerifyFinding> Library::verify(ProgressSink& progress) const {
  Findings findings;
  const auto db = state_->store.write();  // nothing changes while it is compared
  state_->writer->commit_keywords();
  check_database(*db, findings);
  const std::vector<ChunkId> chunks = check_chunks(*db, findings, progress);
  check_originals(*db, state_->originals, findings, progress);
  check_keywords(*state_->keywords, catalogue::last_change(*db), chunks, findings);
  check_classes(*db, state_->classes, findings);
  const std::shared_lock lock(state_->spaces_mutex);
  for (const auto& [model, space] : state_->spaces) check_space(*db, *space, findings);
  progress.finish();
  return findings.take();
}

}  // namespace carrel::index
