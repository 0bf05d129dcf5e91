#include "cli/eval_golden.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/eval_judge.h"
#include "cli/hit_text.h"
#include "cli/jsonl.h"
#include "core/error.h"

namespace carrel::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kDepth = 10;  // passages looked at
constexpr std::size_t kFirstPage = 5;

GoldenQuestion question_of(const JsonLine& line, const std::string& as,
                           const std::filesystem::path& file, std::size_t number) {
  GoldenQuestion out{.id = line.optional("_id"),
                     .text = line.required("text"),
                     .as = line.has("as") ? line.required("as") : as,
                     .type = line.optional("type"),
                     .documents = line.list(line.has("documents") ? "documents" : "document"),
                     .passages = line.list("passage"),
                     .answers = line.list("answers"),
                     .page = line.number("page", 0),
                     .answerable = line.flag("answerable", true)};
  if (out.id.empty()) out.id = std::to_string(number);
  if (out.as.empty()) refuse_line(file, number, "the question names nobody in 'as'; say --as USER");
  if (out.answerable && out.documents.empty() && out.answers.empty())
    refuse_line(file, number,
                "expected 'documents' or 'answers', or \"answerable\": false for a question that "
                "must be refused");
  return out;
}

bool ends_with_path(const std::string& uri, const std::string& path) {
  return uri == path || (uri.size() > path.size() && uri.ends_with(path) &&
                         uri[uri.size() - path.size() - 1] == '/');
}

bool is_expected(const GoldenQuestion& question, const json& hit) {
  return std::any_of(question.documents.begin(), question.documents.end(),
                     [&](const std::string& one) {
                       return ends_with_path(hit.value("uri", std::string()), one) ||
                              hit.value("external_id", std::string()) == one;
                     });
}

void take_rank(std::size_t& rank, std::size_t here) {
  if (rank == 0) rank = here;
}

void judge_hits(const json& hits, GoldenResult& out) {
  std::size_t rank = 0;
  for (const json& hit : hits) {
    ++rank;
    if (rank == 1) out.first_found = place_of(hit);
    if (!is_expected(out.question, hit)) continue;
    take_rank(out.document_rank, rank);
    const bool on_page =
        out.question.page == 0 || (hit.contains("page") && hit["page"].is_number() &&
                                   hit["page"].get<int>() == out.question.page);
    if (on_page) take_rank(out.page_rank, rank);
    // Without words to look for, the right page is the passage.
    if (out.question.passages.empty()
            ? on_page
            : contains_answer(hit.value("text", std::string()), out.question.passages))
      take_rank(out.passage_rank, rank);
  }
}

void judge_answer(const json& answered, GoldenResult& out) {
  out.abstained = answered.value("abstained", false);
  out.answer = answered.value("answer", std::string());
  if (out.abstained) return;
  out.holds_answer = contains_answer(out.answer, out.question.answers);
  out.words = count_words(out.answer);
}

bool expects_document(const GoldenQuestion& question) {
  return question.answerable && !question.documents.empty();
}

}  // namespace

std::vector<GoldenQuestion> read_golden(const std::filesystem::path& file, const std::string& as) {
  std::vector<GoldenQuestion> out;
  for_each_line(file, [&](const std::string& text, std::size_t number) {
    out.push_back(question_of(JsonLine(file, number, text), as, file, number));
  });
  if (out.empty())
    throw Error(ErrorCode::invalid_argument, file.filename().string() + " holds no question");
  return out;
}

int GoldenResult::faults() const {
  if (!question.answerable) return abstained ? 0 : 4;
  int out = 0;
  if (expects_document(question)) {
    if (document_rank != 1) ++out;
    if (passage_rank == 0 || passage_rank > kFirstPage) ++out;
  }
  if (!question.answers.empty() && !holds_answer) out += abstained ? 1 : 2;
  return out;
}

std::string GoldenResult::verdict() const {
  if (!question.answerable) return abstained ? "refused" : "answered, to be refused";
  std::string out;
  if (expects_document(question)) {
    out = document_rank == 0   ? "document not found"
          : document_rank == 1 ? "document first"
                               : "document at " + std::to_string(document_rank);
    out +=
        passage_rank == 0 ? ", passage not found" : ", passage at " + std::to_string(passage_rank);
    out += ", ";
  }
  return out + (abstained                  ? "abstained"
                : holds_answer             ? "right answer"
                : question.answers.empty() ? "answered"
                                           : "another answer");
}

std::vector<GoldenResult> run_golden(const Context& context, App& app,
                                     const std::vector<GoldenQuestion>& questions,
                                     ProgressSink& progress, const CancelToken& cancel) {
  server::Service service = service_of(app);
  const server::Api api(service, app.options.server);
  std::vector<GoldenResult> out;
  for (const GoldenQuestion& question : questions) {
    GoldenResult result{.question = question};
    const json found =
        json::parse(api.search_json(caller_of(context, app, question.as),
                                    {.query = question.text, .top = kDepth, .filter = {}}, cancel));
    judge_hits(found["hits"], result);
    judge_answer(json::parse(api.ask_json(caller_of(context, app, question.as, access::Action::ask),
                                          question.text, cancel)),
                 result);
    out.push_back(std::move(result));
    progress.update({"asking", out.size(), questions.size(), "questions", {}});
  }
  progress.finish();
  return out;
}

}  // namespace carrel::cli
