// cli/command.h
//
// One call of the program, wherever it runs: in its own process, or inside `carrel serve`, to which
// it was handed over the local socket because that process owns the data folder. Commands write to
// the streams they are given and never touch the process's own.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "core/cancel.h"
#include "core/error.h"
#include "core/progress.h"

namespace CLI {
class App;
}

namespace carrel::cli {

class App;

// Exit statuses, which scripts rely on.
enum class Exit : int { done = 0, failed = 1, usage = 2, denied = 3, not_found = 4 };
Exit exit_of(ErrorCode code) noexcept;

struct Invocation {
  std::vector<std::string> arguments;  // without the program's name
  std::filesystem::path cwd;           // relative paths start here
  std::string os_user;                 // who called, for the audit log
  std::string input;                   // what came on standard input, where a command reads it
  bool error_is_terminal = false;
  bool out_is_terminal = false;
  std::ostream& out;
  std::ostream& err;
  CancelToken cancel;
};

// Gives the opened library of a folder. Errors: as App::open.
using OpenApp = std::function<App&(const std::filesystem::path& directory)>;

// What the subcommands' registration fills in and reads.
struct Context {
  Invocation& call;
  OpenApp open;
  std::filesystem::path data;  // absolute
  bool json = false;
  std::function<Exit()> action;  // set by the chosen subcommand

  App& app() const;  // Errors: invalid_argument (no --data), and as OpenApp
  std::filesystem::path resolve(const std::string& path) const {
    return (call.cwd / path).lexically_normal();
  }
  // A bar on a terminal, nothing elsewhere.
  std::unique_ptr<ProgressSink> progress() const;
};

// Parses and runs. Never throws: errors become a line on `err` and an exit status.
int run(Invocation& call, const OpenApp& open);

// Whether these arguments name a command that must run in the caller's process even while another
// owns the folder (serve itself, help), and the data folder they name (empty: none).
struct Target {
  std::string command;  // "ingest"
  bool is_local = true;
  bool reads_input = false;
  std::filesystem::path data;
};
Target target_of(const std::vector<std::string>& arguments, const std::filesystem::path& cwd);

void add_library_commands(CLI::App& root, Context& context);   // init, ingest, verify, doctor, ...
void add_question_commands(CLI::App& root, Context& context);  // search, ask
void add_people_commands(CLI::App& root, Context& context);    // user, group, key
void add_user_commands(CLI::App& root, Context& context);      // of these, user
void add_document_commands(CLI::App& root, Context& context);  // collection, document, model
void add_audit_commands(CLI::App& root, Context& context);     // audit
void add_eval_commands(CLI::App& root, Context& context);      // eval
void add_report_command(CLI::App& root, Context& context);     // report
void add_backup_commands(CLI::App& root, Context& context);    // backup, restore
void add_serve_command(CLI::App& root, Context& context);      // serve

}  // namespace carrel::cli
