// eval: how well search and answers do, on a collection with known results or on the library's own
// golden questions.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/eval_answers.h"
#include "cli/eval_golden.h"
#include "cli/eval_retrieval.h"
#include "core/file.h"
#include "core/log.h"

namespace carrel::cli {
namespace {

constexpr const char* kDatasetHelp =
    "a folder in BEIR's form (corpus.jsonl, queries.jsonl, qrels.tsv or qrels/test.tsv), or a "
    "SQuAD JSON file";
constexpr std::size_t kGoldenBytesMax = 64 << 20;

struct EvalArguments {
  std::string dataset;
  RetrievalEvalOptions retrieval;
  AnswersEvalOptions answers;
  double absent = 0;
};

void add_dataset_options(CLI::App& command, EvalArguments& arguments, std::string& split,
                         unsigned& threads) {
  command.add_option("--dataset", arguments.dataset, kDatasetHelp)->required()->type_name("PATH");
  command.add_option("--split", split, "which of qrels/*.tsv (default: test)")->type_name("NAME");
  command.add_option("--threads", threads, "that ask at the same time (default: one a processor)")
      ->check(CLI::Range(1, 16));
}

void add_retrieval(CLI::App& eval, Context& context) {
  auto arguments = std::make_shared<EvalArguments>();
  auto* command = eval.add_subcommand("retrieval", "rankings against judgements, arm by arm");
  add_dataset_options(*command, *arguments, arguments->retrieval.split,
                      arguments->retrieval.threads);
  command
      ->add_option("--arms", arguments->retrieval.arms,
                   "only these of keyword,vector,fusion,reranked")
      ->delimiter(',')
      ->check(CLI::IsMember(arm_names()))
      ->type_name("NAME,..");
  command->footer(
      "Builds a temporary library in TMPDIR and removes it; nothing of yours is read or changed.\n"
      "Intervals are 95 % bootstraps over questions; differences are of the last arm, paired.\n\n"
      "Example:\n  carrel eval retrieval --dataset collections/cranfield --arms keyword,reranked");
  command->callback([&context, arguments] {
    context.action = [&context, arguments] {
      log::configure({.level = "error"});
      const auto progress = context.progress();
      const auto result = evaluate_retrieval(context.resolve(arguments->dataset),
                                             arguments->retrieval, *progress, context.call.cancel);
      progress->finish();
      context.call.out << (context.json ? to_json(result) + "\n" : to_text(result));
      return Exit::done;
    };
  });
}

void add_answers(CLI::App& eval, Context& context) {
  auto arguments = std::make_shared<EvalArguments>();
  auto* command = eval.add_subcommand("answers", "answers and refusals against known answers");
  add_dataset_options(*command, *arguments, arguments->answers.split, arguments->answers.threads);
  command
      ->add_option("--confidence-min", arguments->answers.engine.confidence_min,
                   "abstain below; 0 answers everything")
      ->check(CLI::Range(0.0, 1.0));
  auto* absent = command
                     ->add_option("--absent", arguments->absent,
                                  "leave the articles of this share of the questions out of the "
                                  "library: these must be refused")
                     ->check(CLI::Range(0.01, 0.99))
                     ->type_name("SHARE");
  command->footer(
      "BEIR's queries.jsonl with `answers` and `answerable`, or SQuAD. The plain thresholds on "
      "the\n"
      "best passage (share of the question's words, BM25) are what the refusals are held "
      "against.\n\n"
      "Example:\n  carrel eval answers --dataset dev-v2.0.json --absent 0.3");
  command->callback([&context, arguments, absent] {
    context.action = [&context, arguments, absent] {
      log::configure({.level = "error"});
      if (absent->count() > 0) arguments->answers.absent = arguments->absent;
      const auto progress = context.progress();
      const auto result = evaluate_answers(context.resolve(arguments->dataset), arguments->answers,
                                           *progress, context.call.cancel);
      progress->finish();
      context.call.out << (context.json ? to_json(result) + "\n" : to_text(result));
      return Exit::done;
    };
  });
}

struct GoldenArguments {
  std::string file, as, collection;
  std::size_t worst = 10;
  bool keep = false;
};

// Where a library keeps the golden questions of one collection.
std::filesystem::path kept_file(const App& app, const std::string& collection) {
  if (collection.empty() || collection.front() == '.' || collection.find('/') != std::string::npos)
    throw Error(ErrorCode::invalid_argument,
                "say which collection's questions with --collection "
                "NAME, or name a file");
  return app.directory / "golden" / (collection + ".jsonl");
}

Exit golden(Context& context, const GoldenArguments& arguments) {
  App& app = context.app();
  const std::filesystem::path file = arguments.file.empty() ? kept_file(app, arguments.collection)
                                                            : context.resolve(arguments.file);
  if (arguments.file.empty() && !std::filesystem::exists(file))
    throw Error(ErrorCode::not_found, "the library keeps no golden questions for '" +
                                          arguments.collection +
                                          "'; give it some with: carrel eval golden FILE --keep "
                                          "--collection " +
                                          arguments.collection);
  const std::vector<GoldenQuestion> questions = read_golden(file, arguments.as);
  if (arguments.keep) {
    const std::filesystem::path kept = kept_file(app, arguments.collection);
    make_private_directory(kept.parent_path());
    write_file_atomically(kept, read_file(file, kGoldenBytesMax));
  }
  const auto progress = context.progress();
  const auto results = run_golden(context, app, questions, *progress, context.call.cancel);
  context.call.out << (context.json ? golden_json(results, arguments.worst) + "\n"
                                    : golden_text(results, arguments.worst));
  return Exit::done;
}

void add_golden(CLI::App& eval, Context& context) {
  auto arguments = std::make_shared<GoldenArguments>();
  auto* command = eval.add_subcommand("golden", "the library's own questions with known answers");
  command->add_option("FILE", arguments->file, "questions, one JSON object a line")
      ->type_name("FILE");
  command->add_option("--as", arguments->as, "whose rights apply where a question names nobody")
      ->type_name("USER");
  command->add_option("--collection", arguments->collection, "the questions kept for it")
      ->type_name("NAME");
  command->add_flag("--keep", arguments->keep, "keep FILE as the questions of --collection");
  command->add_option("--worst", arguments->worst, "how many faulty ones to list (default 10)")
      ->check(CLI::Range(0, 100000));
  command->footer(
      "A question a line: {\"text\": \"How long is the notice period?\", \"document\": "
      "\"hr/leaving.md\",\n"
      "\"page\": 2, \"passage\": \"four weeks\", \"answers\": [\"four weeks\", \"28 days\"]}, or "
      "with\n"
      "\"answerable\": false one to be refused; `as` names the user who asks. They are asked of "
      "this\n"
      "library like people's questions, and audited like them.\n\n"
      "Example:\n  carrel eval golden --data lib --as ana questions.jsonl --collection hr --keep\n"
      "  carrel eval golden --data lib --as ana --collection hr");
  command->callback([&context, arguments] {
    context.action = [&context, arguments] { return golden(context, *arguments); };
  });
}

}  // namespace

void add_eval_commands(CLI::App& root, Context& context) {
  auto* eval = root.add_subcommand("eval", "measure quality: retrieval, answers, golden");
  eval->require_subcommand(1);
  eval->fallthrough();
  add_retrieval(*eval, context);
  add_answers(*eval, context);
  add_golden(*eval, context);
}

}  // namespace carrel::cli
