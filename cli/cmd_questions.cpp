// search, ask: for the operator of the folder, with the rights of the user that --as names.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/hit_text.h"
#include "cli/serving.h"
#include "server/api.h"

namespace carrel::cli {
namespace {

using nlohmann::json;

Exit search(Context& context, const std::string& user, const server::SearchRequest& request) {
  App& app = context.app();
  server::Service service = service_of(app);
  const server::Api api(service, app.options.server);
  const std::string found =
      api.search_json(caller_of(context, app, user), request, context.call.cancel);
  if (context.json) {
    context.call.out << found << '\n';
    return Exit::done;
  }
  const json parsed = json::parse(found);
  for (const auto& hit : parsed["hits"])
    context.call.out << hit["rank"] << ". " << place_of(hit) << "\n   "
                     << snippet(hit, context.call.out_is_terminal) << "\n   "
                     << short_uri(hit.value("uri", std::string())) << "\n\n";
  if (parsed["hits"].empty()) context.call.out << "nothing that " << user << " may read matches\n";
  return Exit::done;
}

Exit ask(Context& context, const std::string& user, const server::AskRequest& request) {
  App& app = context.app();
  server::Service service = service_of(app);
  const server::Api api(service, app.options.server);
  const std::string answered = api.ask_json(caller_of(context, app, user, access::Action::ask),
                                            request, context.call.cancel);
  if (context.json) {
    context.call.out << answered << '\n';
    return Exit::done;
  }
  const json parsed = json::parse(answered);
  if (const auto meant = parsed.value("searched_for", std::string()); meant != request.question)
    context.call.out << "searched for: " << plain_text(meant) << "\n\n";
  context.call.out << plain_text(parsed.value("answer", std::string())) << '\n';
  for (const auto& citation : parsed["citations"])
    context.call.out << "\n[" << citation["n"] << "] " << place_of(citation) << "\n    "
                     << short_uri(citation.value("uri", std::string())) << '\n';
  if (parsed.contains("conversation_id"))
    context.call.out << "\ncontinue with: --conversation " << parsed["conversation_id"] << '\n';
  return Exit::done;
}

}  // namespace

void add_question_commands(CLI::App& root, Context& context) {
  auto user = std::make_shared<std::string>();
  auto request = std::make_shared<server::SearchRequest>();

  auto* search_command = root.add_subcommand("search", "find passages");
  search_command->add_option("QUERY", request->query, "words, \"phrases\", -exclusions, filters")
      ->required();
  search_command->add_option("--as", *user, "whose rights apply")->required()->type_name("USER");
  search_command->add_option("--top", request->top, "how many")->check(CLI::Range(1, 100));
  search_command->add_option("--filter", request->filter, "as in: collection:hr type:pdf")
      ->type_name("EXPR");
  search_command->footer(
      "Example:\n  carrel search --data lib --as ana \"travel policy type:pdf\"");
  search_command->callback([&context, user, request] {
    context.action = [&context, user, request] { return search(context, *user, *request); };
  });

  auto* ask_command = root.add_subcommand("ask", "answer a question, with citations");
  auto question = std::make_shared<server::AskRequest>(std::string());
  ask_command->add_option("QUESTION", question->question)->required();
  ask_command
      ->add_option("--conversation", question->conversation,
                   "keep it, and let it lean on the question before: 'new' or a number")
      ->type_name("ID");
  ask_command->add_flag("--as-written", question->as_written,
                        "carry nothing over from the question before");
  ask_command->add_option("--as", *user, "whose rights apply")->required()->type_name("USER");
  ask_command->footer("Example:\n  carrel ask --data lib --as ana \"Who approves travel abroad?\"");
  ask_command->callback([&context, user, question] {
    context.action = [&context, user, question] { return ask(context, *user, *question); };
  });
}

}  // namespace carrel::cli
