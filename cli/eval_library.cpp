#include "cli/eval_library.h"

#include <stdlib.h>

#include "core/error.h"
#include "core/language.h"
#include "ingest/chunker.h"
#include "ingest/embedder.h"

namespace carrel::cli {
namespace {

constexpr std::size_t kBatchDocuments = 64;     // in one transaction
constexpr std::size_t kCommitDocuments = 1024;  // in one commit of the keyword index

index::NewDocument to_document(const EvalDocument& source) {
  ingest::ParsedDocument parsed;
  parsed.mime_type = "text/plain";
  parsed.title = source.title;
  parsed.text = source.text;
  if (!source.text.empty())
    parsed.blocks.push_back(
        {.kind = ingest::BlockKind::paragraph, .span = {0, source.text.size()}});

  index::NewDocument out;
  out.collection = "evaluation";
  out.uri = source.id;
  out.external_id = source.id;
  out.title = source.title;
  out.mime_type = parsed.mime_type;
  if (const Language* language = language_of_text(source.text)) out.language = language->code;
  out.acl = {.allow = {"everyone"}, .deny = {}, .label = "public"};
  out.text = source.text;
  out.original = source.text;
  for (ingest::Chunk& cut : ingest::chunk(parsed, ingest::ChunkOptions{}))
    out.chunks.push_back({.page = cut.page,
                          .section = std::move(cut.section),
                          .span = cut.span,
                          .text = std::move(cut.text),
                          .tokens = cut.tokens});
  return out;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::error_code ec;
  std::string pattern = (std::filesystem::temp_directory_path(ec) / "carrel-eval-XXXXXX").string();
  if (ec || ::mkdtemp(pattern.data()) == nullptr)
    throw Error(ErrorCode::unavailable,
                "no temporary folder could be made for the evaluation; TMPDIR must name a folder "
                "that can be written");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

EvalLibrary::EvalLibrary(const std::vector<EvalDocument>& documents, ProgressSink& progress,
                         const CancelToken& cancel)
    : store_(std::make_unique<Store>(folder_.path() / "carrel.db")),
      access_(std::make_unique<access::AccessControl>(*store_, clock_, access::AccessOptions{})),
      library_(std::make_unique<index::Library>(folder_.path(), *store_, *access_, clock_,
                                                index::LibraryOptions{})),
      user_(access_->create_user("evaluator", "Evaluator", "public", {"reader"})) {
  put(documents, progress, cancel);
  ingest::Embedder(*library_, ingest::EmbedOptions{}).run(progress, cancel);
}

void EvalLibrary::put(const std::vector<EvalDocument>& documents, ProgressSink& progress,
                      const CancelToken& cancel) {
  std::vector<index::NewDocument> batch;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    batch.push_back(to_document(documents[i]));
    const bool last = i + 1 == documents.size();
    if (batch.size() >= kBatchDocuments || last) {
      cancel.check();
      library_->writer().put(batch);
      batch.clear();
      progress.update({"indexing", i + 1, documents.size(), "documents", {}});
    }
    if ((i + 1) % kCommitDocuments == 0 || last) library_->writer().commit_keywords();
  }
}

}  // namespace carrel::cli
