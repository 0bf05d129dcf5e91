#include "tests/cli/program.h"

#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carrel::testing {
namespace {

std::string read_all(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void redirect(const std::filesystem::path& file, int flags, int to) {
  const int fd = ::open(file.c_str(), flags, 0600);
  if (fd < 0 || ::dup2(fd, to) < 0) ::_exit(127);
}

}  // namespace

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

Ran run_program(const std::vector<std::string>& arguments, const std::string& input,
                const std::filesystem::path& temporary) {
  const TempDir folder;
  write(folder / "in", input);
  std::vector<char*> argv = {const_cast<char*>(CARREL_BINARY)};
  for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    redirect(folder / "in", O_RDONLY, STDIN_FILENO);
    redirect(folder / "out", O_WRONLY | O_CREAT, STDOUT_FILENO);
    redirect(folder / "err", O_WRONLY | O_CREAT, STDERR_FILENO);
    ::unsetenv("CARREL_DATA");
    if (!temporary.empty()) ::setenv("TMPDIR", temporary.c_str(), 1);
    ::execv(CARREL_BINARY, argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(folder / "out"),
          read_all(folder / "err")};
}

SmallLibrary::SmallLibrary(const Files& documents) {
  EXPECT_EQ(run({"init", "--default-allow", "everyone"}).status, 0);
  EXPECT_EQ(run({"user", "add", "ana"}).status, 0);
  for (const auto& [name, text] : documents) write(files() / name, text);
  if (documents.empty()) return;
  EXPECT_EQ(run({"ingest", files().string()}).status, 0);
}

Ran SmallLibrary::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--data", data()});
  return run_program(arguments);
}

}  // namespace carrel::testing
