#include "cli/eval_dataset.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/jsonl.h"
#include "core/error.h"
#include "core/file.h"
#include "core/utf8.h"

namespace carrel::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kSquadBytesMax = std::size_t{1} << 30;
constexpr std::size_t kQuestionBytesMax =
    2048;  // what a search takes; some collections have longer

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
}

void read_corpus(const fs::path& file, EvalDataset& out) {
  std::set<std::string> ids;
  for_each_line(file, [&](const std::string& text, std::size_t number) {
    const JsonLine line(file, number, text);
    EvalDocument document{line.required("_id"), line.optional("title"), line.required("text")};
    if (!ids.insert(document.id).second)
      refuse_line(file, number, "the _id '" + document.id + "' was there before");
    out.documents.push_back(std::move(document));
  });
  if (out.documents.empty()) refuse(file.filename().string() + " holds no document");
}

void read_queries(const fs::path& file, EvalDataset& out) {
  for_each_line(file, [&](const std::string& text, std::size_t number) {
    const JsonLine line(file, number, text);
    EvalQuestion question{.id = line.required("_id"),
                          .text = as_prose(line.required("text")),
                          .answers = line.list("answers"),
                          .answerable = line.flag("answerable", true),
                          .document = line.optional("paragraph")};
    if (question.document.empty()) question.document = line.optional("document");
    out.questions.push_back(std::move(question));
  });
}

// Separated by tabs, or, where there is none, by spaces.
std::vector<std::string> columns_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  if (line.find('\t') == std::string::npos) {
    for (std::string field; in >> field;) out.push_back(field);
  } else {
    for (std::string field; std::getline(in, field, '\t');) out.emplace_back(trim(field));
  }
  return out;
}

bool is_number(const std::string& text) {
  std::istringstream in(text);
  double ignored = 0;
  return static_cast<bool>(in >> ignored) && in.eof();
}

// Three columns, or TREC's four with a constant second one. A first line whose last column is no
// number is a header.
void read_judgements(const fs::path& file, EvalDataset& out) {
  std::size_t pairs = 0, known = 0;
  std::set<std::string> ids;
  for (const EvalDocument& document : out.documents) ids.insert(document.id);
  for_each_line(file, [&](const std::string& text, std::size_t number) {
    const std::vector<std::string> fields = columns_of(text);
    const bool number_last = !fields.empty() && is_number(fields.back());
    if (number == 1 && !number_last) return;
    if (fields.size() < 3 || fields.size() > 4 || !number_last)
      refuse_line(file, number, "expected query-id, corpus-id and score, separated by tabs");
    ++pairs;
    known += ids.contains(fields[fields.size() - 2]);
    const double gain = std::stod(fields.back());
    if (gain > 0) out.judged[fields.front()][fields[fields.size() - 2]] = gain;
  });
  if (pairs > 0 && known == 0)
    refuse(file.filename().string() +
           " names no document of corpus.jsonl; do the ids belong together?");
}

std::vector<fs::path> files_ending(const fs::path& directory, const std::string& extension) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(directory, ec))
    if (entry.path().extension() == extension) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

// Empty: the collection has no judgements.
fs::path judgements_of(const fs::path& directory, const std::string& split) {
  const auto choices = files_ending(directory / "qrels", ".tsv");
  if (!split.empty()) {
    const fs::path wanted = directory / "qrels" / (split + ".tsv");
    if (fs::exists(wanted)) return wanted;
    std::string names;
    for (const fs::path& one : choices) names += (names.empty() ? "" : ", ") + one.stem().string();
    throw Error(ErrorCode::not_found, "there is no " + wanted.string() + "; the splits are " +
                                          (names.empty() ? "none" : names));
  }
  if (fs::exists(directory / "qrels.tsv")) return directory / "qrels.tsv";
  if (choices.size() == 1) return choices.front();
  if (fs::exists(directory / "qrels" / "test.tsv")) return directory / "qrels" / "test.tsv";
  if (!choices.empty()) refuse("qrels/ holds several files; say which with --split NAME");
  return {};
}

EvalDataset read_beir(const fs::path& directory, const std::string& split) {
  EvalDataset out;
  read_corpus(directory / "corpus.jsonl", out);
  read_queries(directory / "queries.jsonl", out);
  if (const fs::path qrels = judgements_of(directory, split); !qrels.empty())
    read_judgements(qrels, out);
  return out;
}

void read_squad_question(const Json& asked, const std::string& paragraph, EvalDataset& out) {
  EvalQuestion question{.id = text_of(asked.at("id")),
                        .text = as_prose(text_of(asked.at("question"))),
                        .answers = {},
                        .answerable = !asked.value("is_impossible", false),
                        .document = paragraph};
  if (question.answerable) {
    for (const Json& answer : asked.at("answers"))
      question.answers.push_back(text_of(answer.at("text")));
    out.judged[question.id][paragraph] = 1;
  }
  out.questions.push_back(std::move(question));
}

EvalDataset read_squad(const fs::path& file) {
  const Json root = Json::parse(read_file(file, kSquadBytesMax), nullptr, false);
  const auto data = root.is_object() ? root.find("data") : root.end();
  if (!root.is_object() || data == root.end() || !data->is_array())
    refuse(
        file.filename().string() +
        " is not SQuAD: expected {\"version\": .., \"data\": [{\"title\", \"paragraphs\"}, ..]}");
  EvalDataset out;
  std::string article;
  try {
    for (const Json& one : *data) {
      article = text_of(one.at("title"));
      std::string title = article;
      std::replace(title.begin(), title.end(), '_', ' ');
      std::size_t number = 0;
      for (const Json& paragraph : one.at("paragraphs")) {
        const std::string id = article + "#" + std::to_string(number++);
        out.documents.push_back({id, title, text_of(paragraph.at("context"))});
        for (const Json& asked : paragraph.at("qas")) read_squad_question(asked, id, out);
      }
    }
  } catch (const Json::exception&) {
    refuse(file.filename().string() + ": the article '" + article +
           "' lacks a part of paragraphs, context, qas, id, question or answers");
  }
  return out;
}

}  // namespace

std::string as_prose(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = text[i] == '-' && (i == 0 || text[i - 1] == ' ');
    if (text[i] == '"' || dash) text[i] = ' ';
  }
  return std::string(truncate_utf8(text, kQuestionBytesMax));
}

EvalDataset read_dataset(const fs::path& path, const std::string& split) {
  if (!fs::exists(path)) throw Error(ErrorCode::not_found, "there is nothing at " + path.string());
  if (fs::is_regular_file(path)) return read_squad(path);
  if (!fs::exists(path / "corpus.jsonl"))
    if (const auto files = files_ending(path, ".json"); files.size() == 1)
      return read_squad(files.front());
  return read_beir(path, split);
}

}  // namespace carrel::cli
