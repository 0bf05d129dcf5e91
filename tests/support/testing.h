// tests/support/testing.h
//
// What every test shares: a folder that goes away, a seed that can be repeated, and the way to data
// that lies beside a checkout and may be absent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace carrel::testing {

// A fresh folder below the system's temporary one, removed with all it holds.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// CARREL_SEED if set, else drawn from the clock; printed once, so that a failure can be repeated.
std::uint64_t test_seed();

// CARREL_RUNS if set, else `usual`: how many cases a property test draws.
int test_runs(int usual);

std::filesystem::path source_dir();

// `shared/<name>` beside the checkout (or below CARREL_SHARED). None: a test that needs it skips.
std::optional<std::filesystem::path> shared_data(const std::string& name);

}  // namespace carrel::testing

// Skips, visibly, where the shared data is absent.
#define CARREL_NEED_SHARED(variable, name)                                             \
  const auto variable##_found = ::carrel::testing::shared_data(name);                  \
  if (!variable##_found) GTEST_SKIP() << "shared data '" << (name) << "' is not here"; \
  const std::filesystem::path& variable = *variable##_found
