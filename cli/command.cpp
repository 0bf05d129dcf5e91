#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <optional>
#include <ostream>

#include "cli/app.h"
#include "cli/hit_text.h"
#include "core/config.h"
#include "core/error_hint.h"
#include "core/log.h"

namespace carrel::cli {
namespace {

constexpr const char* kFooter = R"(Examples:
  carrel init   --data lib --default-allow everyone
  carrel user   add ana --data lib --clearance internal --password-stdin
  carrel ingest --data lib --collection hr --allow group:hr ~/Documents/hr
  carrel ask    --data lib --as ana "How many days of leave do I have?"
  carrel serve  --data lib

--data may come from CARREL_DATA. Exit status: 0 done, 1 failed, 2 wrong usage, 3 not permitted,
4 not found. Each command has its own --help.)";

std::filesystem::path default_data() {
  const char* value = std::getenv("CARREL_DATA");
  return value != nullptr ? std::filesystem::path(value) : std::filesystem::path();
}

void build(CLI::App& root, Context& context, std::string& data) {
  root.name("carrel");
  root.description("Carrel: a private knowledge assistant for an organisation.");
  root.require_subcommand(1);
  root.fallthrough();
  root.set_version_flag("--version", std::string("carrel ") + CARREL_VERSION);
  root.add_option("--data", data, "the library's folder (or CARREL_DATA)")->type_name("DIR");
  root.add_flag("--json", context.json, "print one JSON object on standard output");
  add_library_commands(root, context);
  add_question_commands(root, context);
  add_people_commands(root, context);
  add_document_commands(root, context);
  add_audit_commands(root, context);
  add_eval_commands(root, context);
  add_report_command(root, context);
  add_backup_commands(root, context);
  add_serve_command(root, context);
  root.footer(kFooter);  // after the subcommands, which would inherit it
}

// Names a word that stands where a command must, with its nearest neighbour. Nothing: all are
// known.
std::optional<std::string> unknown_command(CLI::App& root,
                                           const std::vector<std::string>& arguments) {
  CLI::App* at = &root;
  std::string path = "carrel";
  for (std::size_t i = 0; i < arguments.size() && at->get_require_subcommand_min() > 0; ++i) {
    const std::string& word = arguments[i];
    if (word == "--data") ++i;
    if (word.starts_with("-")) continue;
    CLI::App* next = nullptr;
    std::vector<std::string> names;
    for (CLI::App* one : at->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(one->get_name());
      if (one->get_name() == word) next = one;
    }
    if (next != nullptr) {
      at = next;
      path += " " + word;
      continue;
    }
    const auto near = nearest_name(word, names);
    return "there is no command '" + plain_line(path + " " + word) + "'" +
           (near ? "; did you mean '" + path + " " + *near + "'?" : ".") +
           " There are: " + CLI::detail::join(names, ", ");
  }
  return std::nullopt;
}

int refuse_usage(Invocation& call, const std::string& what) {
  call.err << "carrel: " << what << '\n';
  return static_cast<int>(Exit::usage);
}

// The command whose arguments were wrong, for the hint where to read on: "carrel user add".
std::string command_path(const CLI::App& root) {
  std::string out = "carrel";
  for (auto chosen = root.get_subcommands(); !chosen.empty();
       chosen = chosen.front()->get_subcommands())
    out += " " + chosen.front()->get_name();
  return out;
}

Exit act(Context& context) {
  try {
    return context.action();
  } catch (const Error& e) {
    context.call.err << "carrel: " << with_hint(e) << '\n';
    return exit_of(e.code());
  } catch (const std::exception& e) {
    context.call.err << "carrel: " << e.what() << '\n';
    return Exit::failed;
  }
}

}  // namespace

Exit exit_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::denied:
      return Exit::denied;
    case ErrorCode::not_found:
      return Exit::not_found;
    case ErrorCode::invalid_argument:
      return Exit::usage;
    default:
      return Exit::failed;
  }
}

App& Context::app() const {
  if (data.empty())
    throw Error(ErrorCode::invalid_argument, "say which library with --data DIR (or CARREL_DATA)");
  return open(data);
}

std::unique_ptr<ProgressSink> Context::progress() const {
  if (!call.error_is_terminal) return std::make_unique<NoProgress>();
  return std::make_unique<ConsoleProgress>(call.err, true);
}

int run(Invocation& call, const OpenApp& open) {
  Context context{call, open, {}, false, {}};
  std::string data = default_data().string();
  CLI::App root;
  build(root, context, data);
  if (const auto unknown = unknown_command(root, call.arguments))
    return refuse_usage(call, *unknown);
  try {
    std::vector<std::string> reversed(call.arguments.rbegin(), call.arguments.rend());
    root.parse(reversed);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return root.exit(e, call.out, call.err);  // help, version
    return refuse_usage(call, plain_line(e.what()) + "; see: " + command_path(root) + " --help");
  }
  if (!data.empty()) context.data = context.resolve(data);
  if (!context.action) return refuse_usage(call, "nothing to do; see: carrel --help");
  return static_cast<int>(act(context));
}

Target target_of(const std::vector<std::string>& arguments, const std::filesystem::path& cwd) {
  Target target;
  std::filesystem::path data = default_data();
  std::string& command = target.command;
  std::string subcommand, further;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--data" && i + 1 < arguments.size()) {
      data = arguments[++i];
    } else if (argument.starts_with("--data=")) {
      data = argument.substr(7);
    } else if (argument == "--help" || argument == "-h" || argument == "--version") {
      return target;
    } else if (argument == "--password-stdin") {
      target.reads_input = true;
    } else if (!argument.starts_with("-")) {
      (command.empty() ? command : subcommand.empty() ? subcommand : further) = argument;
    }
  }
  if (!data.empty()) target.data = (cwd / data).lexically_normal();
  target.is_local = command.empty() || command == "serve" || command == "init" ||
                    (command == "eval" && subcommand != "golden") || command == "restore" ||
                    command == "doctor";
  return target;
}

}  // namespace carrel::cli
