#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ostream>
#include <sstream>

#include "cli/app.h"
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
4 not found.)";

std::filesystem::path default_data() {
  const char* value = std::getenv("CARREL_DATA");
  return value != nullptr ? std::filesystem::path(value) : std::filesystem::path();
}

void build(CLI::App& root, Context& context, std::string& data) {
  root.name("carrel");
  root.description("Carrel: a private knowledge assistant for an organisation.");
  root.footer(kFooter);
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
  add_backup_commands(root, context);
  add_serve_command(root, context);
}

Exit act(Context& context) {
  try {
    return context.action();
  } catch (const Error& e) {
    context.call.err << "carrel: " << e.what() << '\n';
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
  return std::make_unique<ConsoleProgress>(call.err, call.error_is_terminal);
}

int run(Invocation& call, const OpenApp& open) {
  Context context{call, open, {}, false, {}};
  std::string data = default_data().string();
  CLI::App root;
  build(root, context, data);
  try {
    std::vector<std::string> reversed(call.arguments.rbegin(), call.arguments.rend());
    root.parse(reversed);
  } catch (const CLI::ParseError& e) {
    const int rc = root.exit(e, call.out, call.err);
    return rc == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  if (!data.empty()) context.data = context.resolve(data);
  if (!context.action) {
    call.err << "carrel: nothing to do; see carrel --help\n";
    return static_cast<int>(Exit::usage);
  }
  return static_cast<int>(act(context));
}

Target target_of(const std::vector<std::string>& arguments, const std::filesystem::path& cwd) {
  Target target;
  std::filesystem::path data = default_data();
  std::string& command = target.command;
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
    } else if (command.empty() && !argument.starts_with("-")) {
      command = argument;
    }
  }
  if (!data.empty()) target.data = (cwd / data).lexically_normal();
  target.is_local = command.empty() || command == "serve" || command == "init" ||
                    command == "eval" || command == "restore" || command == "doctor";
  return target;
}

}  // namespace carrel::cli
