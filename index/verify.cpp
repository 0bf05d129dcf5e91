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

// A check that cannot be carried out is a finding, not the end of the others.
template <class Check>
void guarded(Findings& findings, const char* store, const Check& check) {
  try {
    check();
  } catch (const Error& e) {
    findings.add(store, std::string("cannot be read: ") + e.what());
  }
}

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

std::string named(const char* what, std::int64_t id) {
  return std::string(what) + " " + std::to_string(id);
}

void check_documents(Database& db, Findings& findings) {
  Statement read(db,
                 "SELECT d.id, d.chunk_count, (SELECT count(*) FROM chunk k WHERE k.document_id = "
                 "d.id), t.text, d.version, (SELECT max(version) FROM document_version v WHERE "
                 "v.document_id = d.id), (SELECT max(span_end) FROM chunk k WHERE k.document_id = "
                 "d.id), EXISTS(SELECT 1 FROM document_version v WHERE v.document_id = d.id AND "
                 "v.version = d.version AND v.sha256 = d.sha256) "
                 "FROM document d LEFT JOIN document_text t ON t.document_id = d.id");
  while (read.step()) {
    const std::string name = named("document", read.integer(0));
    if (read.integer(1) != read.integer(2))
      findings.add("catalogue", name + " has " + std::to_string(read.integer(2)) + " chunks, not " +
                                    std::to_string(read.integer(1)));
    if (read.integer(4) != read.integer(5) || read.integer(7) == 0)
      findings.add("catalogue", name + " is not at the version of its newest original");
    if (read.is_null(3)) {
      findings.add("catalogue", name + " has no text");
      continue;
    }
    try {
      if (static_cast<std::size_t>(read.integer(6)) > unseal(read.blob(3)).size())
        findings.add("catalogue", name + " has chunks beyond the end of its text");
    } catch (const Error& e) {
      findings.add("catalogue", name + ": " + e.what());
    }
  }
  Statement rights(db,
                   "SELECT id FROM document WHERE acl_class_id NOT IN (SELECT id FROM acl_class)");
  while (rights.step())
    findings.add("catalogue", named("document", rights.integer(0)) +
                                  " has rights that do not exist, so nobody reads it; set them "
                                  "with: carrel document access");
}

void check_models(Database& db, Findings& findings) {
  Statement read(db, "SELECT id, bytes, dim FROM embedding_model");
  while (read.step()) {
    try {
      unseal(read.blob(1));
    } catch (const Error& e) {
      findings.add("vectors", named("embedding model", read.integer(0)) + ": " + e.what());
    }
  }
  Statement sizes(db,
                  "SELECT v.chunk_id FROM vector v JOIN embedding_model m ON m.id = v.model_id "
                  "WHERE length(v.data) <> 2 * m.dim");
  while (sizes.step())
    findings.add("vectors", named("the embedding of chunk", sizes.integer(0)) +
                                " does not have its model's dimension");
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

void check_stray_originals(Database& db, const Originals& originals, Findings& findings) {
  originals.each_unneeded(
      [&](const Digest& digest) { return catalogue::is_original_needed(db, digest); },
      [&](const std::filesystem::path& file) {
        findings.add("originals", file.filename().string() + " belongs to no document");
      });
}

// The length that the index gives a chunk is what its postings add up to.
void check_postings(Database& db, const KeywordIndex& keywords, Findings& findings) {
  Statement read(db, "SELECT id, terms FROM chunk ORDER BY id");
  const auto lengths = keywords.lengths();
  while (read.step()) {
    const auto found = lengths.find(ChunkId{read.integer(0)});
    if (found != lengths.end() && found->second != static_cast<std::uint64_t>(read.integer(1)))
      findings.add("keywords", named("chunk", read.integer(0)) + " is indexed with " +
                                   std::to_string(found->second) + " words, not " +
                                   std::to_string(read.integer(1)));
  }
  for (std::string& what : keywords.damage()) findings.add("keywords", std::move(what));
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
      if (stored[i] == (*held)[i]) continue;
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
  const State& state = *state_;
  const auto db = state.store.write();  // nothing changes while it is compared
  guarded(findings, "keywords", [&] { state.writer->commit_keywords(); });
  guarded(findings, "catalogue", [&] { check_database(*db, findings); });
  std::vector<ChunkId> chunks;
  guarded(findings, "catalogue", [&] {
    chunks = check_chunks(*db, findings, progress);
    check_documents(*db, findings);
    check_classes(*db, state.classes, findings);
  });
  guarded(findings, "originals", [&] {
    check_originals(*db, state.originals, findings, progress);
    check_stray_originals(*db, state.originals, findings);
  });
  guarded(findings, "keywords", [&] {
    check_keywords(*state.keywords, catalogue::last_change(*db), chunks, findings);
    check_postings(*db, *state.keywords, findings);
  });
  guarded(findings, "vectors", [&] {
    check_models(*db, findings);
    const std::shared_lock lock(state.spaces_mutex);
    for (const auto& [model, space] : state.spaces) check_space(*db, *space, findings);
  });
  progress.finish();
  return findings.take();
}

}  // namespace carrel::index
