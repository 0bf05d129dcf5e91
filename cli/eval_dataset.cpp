#include "cli/eval_dataset.h"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include <stdlib.h>

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/chunker.h"
#include "ingest/embedder.h"

namespace carrel::cli {
namespace {

constexpr std::size_t kBatchDocuments = 64;     // in one transaction
constexpr std::size_t kCommitDocuments = 1024;  // in one commit of the keyword index
constexpr std::size_t kLineBytesMax = 16 << 20;
constexpr std::size_t kQuestionBytesMax =
    2048;  // what a search takes; some collections have longer

using Json = nlohmann::json;

[[noreturn]] void refuse_line(const std::filesystem::path& file, std::size_t number,
                              const std::string& what) {
  throw Error(ErrorCode::invalid_argument,
              file.filename().string() + ", line " + std::to_string(number) + ": " + what);
}

std::ifstream open_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in)
    throw Error(ErrorCode::not_found,
                "The folder has no readable " + file.filename().string() +
                    "; a test collection has corpus.jsonl, queries.jsonl and qrels.tsv.");
  return in;
}

void for_each_object(const std::filesystem::path& file,
                     const std::function<void(const Json&)>& take) {
  std::ifstream in = open_file(file);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (trim(line).empty()) continue;
    if (line.size() > kLineBytesMax) refuse_line(file, number, "the line is too long.");
    const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) refuse_line(file, number, "expected one JSON object.");
    try {
      take(object);
    } catch (const Json::exception&) {
      refuse_line(file, number, "a field is missing or has the wrong type.");
    }
  }
}

// Numbers are accepted as ids: some collections write them so.
std::string text_of(const Json& value) {
  return value.is_string() ? clean_utf8(value.get<std::string>()) : value.dump();
}

// The collections' questions are prose: a quoted title in one of them does not demand that phrase,
// and a dash does not exclude a word.
std::string as_prose(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = text[i] == '-' && (i == 0 || text[i - 1] == ' ');
    if (text[i] == '"' || dash) text[i] = ' ';
  }
  return text;
}

EvalQuestion question_of(const Json& object) {
  EvalQuestion out;
  out.id = text_of(object.at("_id"));
  out.text = truncate_utf8(as_prose(text_of(object.at("text"))), kQuestionBytesMax);
  if (const auto answers = object.find("answers"); answers != object.end())
    for (const Json& answer : *answers) out.answers.push_back(text_of(answer));
  out.answerable = object.value("answerable", true);
  for (const char* name : {"paragraph", "document"})
    if (const auto found = object.find(name); found != object.end() && found->is_string())
      out.document = found->get<std::string>();
  return out;
}

void read_judgements(const std::filesystem::path& file, EvalDataset& out) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);  // the header
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    if (trim(line).empty()) continue;
    std::istringstream fields(line);
    std::string question, document;
    double gain = 0;
    if (!(fields >> question >> document >> gain))
      refuse_line(file, number, "expected query-id, corpus-id and score.");
    if (gain > 0) out.judged[question][document] = gain;
  }
}

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

std::filesystem::path make_temporary_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "carrel-eval-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw Error(ErrorCode::unavailable, "No temporary folder could be made for the evaluation.");
  return pattern;
}

}  // namespace

EvalDataset read_dataset(const std::filesystem::path& directory) {
  EvalDataset out;
  for_each_object(directory / "corpus.jsonl", [&](const Json& object) {
    const auto title = object.find("title");
    out.documents.push_back({text_of(object.at("_id")),
                             title != object.end() ? text_of(*title) : std::string(),
                             text_of(object.at("text"))});
  });
  for_each_object(directory / "queries.jsonl",
                  [&](const Json& object) { out.questions.push_back(question_of(object)); });
  read_judgements(directory / "qrels.tsv", out);
  return out;
}

EvalLibrary::EvalLibrary(const std::vector<EvalDocument>& documents, ProgressSink& progress,
                         const CancelToken& cancel)
    : directory_(make_temporary_folder()) {
  try {
    store_ = std::make_unique<Store>(directory_ / "carrel.db");
    access_ = std::make_unique<access::AccessControl>(*store_, clock_, access::AccessOptions{});
    user_ = access_->create_user("evaluator", "Evaluator", "public", {"reader"});
    library_ = std::make_unique<index::Library>(directory_, *store_, *access_, clock_,
                                                index::LibraryOptions{});
    put(documents, progress, cancel);
    ingest::Embedder(*library_, ingest::EmbedOptions{}).run(progress, cancel);
  } catch (...) {
    library_.reset();
    access_.reset();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    throw;
  }
}

EvalLibrary::~EvalLibrary() {
  library_.reset();
  access_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
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
