// tests/cli/program.h
//
// Runs the program as a person or a script does, and a small library to run it on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/testing.h"

namespace carrel::testing {

struct Ran {
  int status = -1;
  std::string out, err;
};

// `temporary`: TMPDIR of the program; empty: ours.
Ran run_program(const std::vector<std::string>& arguments, const std::string& input = {},
                const std::filesystem::path& temporary = {});

void write(const std::filesystem::path& file, const std::string& text);

struct File {
  std::string name, text;
};
using Files = std::vector<File>;

// A library with the user ana and the files of `documents` ingested for everyone.
class SmallLibrary {
 public:
  explicit SmallLibrary(const Files& documents);
  std::string data() const { return (folder_ / "lib").string(); }
  std::filesystem::path files() const { return folder_ / "files"; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  // Runs `carrel ARGUMENTS --data LIB`.
  Ran run(std::vector<std::string> arguments) const;

 private:
  TempDir folder_;
};

}  // namespace carrel::testing
