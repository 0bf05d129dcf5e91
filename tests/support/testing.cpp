#include "tests/support/testing.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include <stdlib.h>

namespace carrel::testing {

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "carrel-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint64_t test_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("CARREL_SEED");
    const std::uint64_t value =
        given != nullptr ? std::strtoull(given, nullptr, 10)
                         : static_cast<std::uint64_t>(
                               std::chrono::system_clock::now().time_since_epoch().count());
    std::cout << "repeat with CARREL_SEED=" << value << std::endl;
    return value;
  }();
  return seed;
}

int test_runs(int usual) {
  const char* given = std::getenv("CARREL_RUNS");
  return given != nullptr ? std::atoi(given) : usual;
}

std::filesystem::path source_dir() { return CARREL_SOURCE_DIR; }

std::optional<std::filesystem::path> shared_data(const std::string& name) {
  const char* given = std::getenv("CARREL_SHARED");
  const std::filesystem::path root =
      given != nullptr ? std::filesystem::path(given) : source_dir().parent_path() / "shared";
  std::error_code ec;
  if (!std::filesystem::exists(root / name, ec)) return std::nullopt;
  return root / name;
}

}  // namespace carrel::testing
