// eval: how well search and answers do on a collection with known results.
#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/eval_answers.h"
#include "cli/eval_retrieval.h"

namespace carrel::cli {

void add_eval_commands(CLI::App& root, Context& context) {
  auto* eval = root.add_subcommand("eval", "measure quality: retrieval, answers");
  eval->require_subcommand(1);
  eval->fallthrough();
  auto dataset = std::make_shared<std::string>();
  const auto add = [&](const char* name, const char* what) {
    auto* command = eval->add_subcommand(name, what);
    command->add_option("--dataset", *dataset, "a folder with corpus.jsonl and queries.jsonl")
        ->required()
        ->type_name("DIR");
    return command;
  };

  auto* retrieval = add("retrieval", "rankings against qrels.tsv, arm by arm (BEIR form)");
  retrieval->footer(
      "Builds a temporary library; nothing of yours is read or changed.\n\n"
      "Example:\n  carrel eval retrieval --dataset collections/cranfield");
  retrieval->callback([&context, dataset] {
    context.action = [&context, dataset] {
      const auto progress = context.progress();
      const auto result =
          evaluate_retrieval(context.resolve(*dataset), *progress, context.call.cancel);
      progress->finish();
      context.call.out << (context.json ? to_json(result) + "\n" : to_text(result));
      return Exit::done;
    };
  });

  auto* answers = add("answers", "answers and refusals against queries.jsonl with `answers`");
  auto confidence = std::make_shared<double>(generate::ExtractiveOptions{}.confidence_min);
  answers->add_option("--confidence-min", *confidence, "abstain below; 0 answers everything")
      ->check(CLI::Range(0.0, 1.0));
  answers->callback([&context, dataset, confidence] {
    context.action = [&context, dataset, confidence] {
      generate::ExtractiveOptions options;
      options.confidence_min = *confidence;
      const auto progress = context.progress();
      const auto result =
          evaluate_answers(context.resolve(*dataset), options, *progress, context.call.cancel);
      progress->finish();
      context.call.out << (context.json ? to_json(result) + "\n" : to_text(result));
      return Exit::done;
    };
  });
}

}  // namespace carrel::cli
