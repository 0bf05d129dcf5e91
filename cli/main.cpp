// The program. Runs a command here, or, where another process owns the library, in that one.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/control_socket.h"
#include "ingest/parser.h"
#include "model/blas.h"

namespace {

using namespace carrel;

CancelToken* running = nullptr;

// The first interrupt asks the work to stop where it is whole, the second ends the program.
void on_interrupt(int signal) {
  if (running == nullptr || running->is_cancelled()) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  running->cancel();
}

int run_here(cli::Invocation& call) {
  std::unique_ptr<cli::App> app;
  return cli::run(call, [&](const std::filesystem::path& directory) -> cli::App& {
    if (app == nullptr) app = cli::App::open(directory);
    if (app == nullptr)
      throw Error(ErrorCode::conflict,
                  "another process is using " + directory.string() +
                      "; is it being served already? Else wait until that one is done");
    return *app;
  });
}

int run_anywhere(cli::Invocation& call) {
  const cli::Target target = cli::target_of(call.arguments, call.cwd);
  if (target.reads_input)
    call.input.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  if (!target.is_local && !target.data.empty())
    if (const auto status = cli::run_in_owner(target.data, call)) return *status;
  return run_here(call);
}

}  // namespace

int main(int argc, char** argv) {
  ingest::run_parser_child_if_asked(argc, argv);
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(0077);       // whatever a library writes is its owner's alone
  model::best_blas();  // sets and clears an environment variable: before any thread reads one
  std::error_code ec;
  cli::Invocation call{.arguments = std::vector<std::string>(argv + 1, argv + argc),
                       .cwd = std::filesystem::current_path(ec),
                       .os_user = cli::current_os_user(),
                       .input = {},
                       .error_is_terminal = ::isatty(STDERR_FILENO) == 1,
                       .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                       .out = std::cout,
                       .err = std::cerr,
                       .cancel = {}};
  running = &call.cancel;
  ::signal(SIGINT, on_interrupt);
  ::signal(SIGTERM, on_interrupt);
  try {
    const int status = run_anywhere(call);
    std::cout.flush();
    return std::cout.good() ? status : static_cast<int>(cli::Exit::failed);
  } catch (const Error& e) {
    std::cerr << "carrel: " << e.what() << '\n';
    return static_cast<int>(cli::exit_of(e.code()));
  } catch (const std::exception& e) {
    std::cerr << "carrel: " << e.what() << '\n';
    return static_cast<int>(cli::Exit::failed);
  }
}
