// Claim: docs/architecture.md is true where a machine can tell: the paths and the tests it names
// exist.
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace carrel {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// What stands between backticks.
std::vector<std::string> quoted(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while ((at = text.find('`', at)) != std::string::npos) {
    const std::size_t end = text.find('`', at + 1);
    if (end == std::string::npos) break;
    out.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

bool is_test_name(const std::string& word) {
  const std::size_t dot = word.find('.');
  return dot != std::string::npos && dot > 0 && dot + 1 < word.size() &&
         std::isupper(static_cast<unsigned char>(word[0])) != 0 &&
         std::isupper(static_cast<unsigned char>(word[dot + 1])) != 0 &&
         word.find_first_of(" /(") == std::string::npos;
}

bool is_path(const std::string& word) {
  return word.find('/') != std::string::npos &&
         word.find_first_of(" *<>{}()$") == std::string::npos && !word.starts_with("/") &&
         !word.starts_with("http") && !word.starts_with("DIR/");
}

// "Suite.Name" of every TEST, TEST_F and TEST_P in the tree.
std::set<std::string> known_tests() {
  std::set<std::string> out;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(testing::source_dir() / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string text = read(entry.path());
    for (const std::string opening : {"TEST(", "TEST_F(", "TEST_P("}) {
      std::size_t at = 0;
      while ((at = text.find(opening, at)) != std::string::npos) {
        at += opening.size();
        const std::size_t comma = text.find(',', at);
        const std::size_t close = text.find(')', at);
        if (comma == std::string::npos || close == std::string::npos || comma > close) continue;
        std::size_t name = comma + 1;
        while (name < close && std::isspace(static_cast<unsigned char>(text[name])) != 0) ++name;
        out.insert(text.substr(at, comma - at) + "." + text.substr(name, close - name));
      }
    }
  }
  return out;
}

TEST(Architecture, EveryPathItNamesExists) {
  const std::string map = read(testing::source_dir() / "docs" / "architecture.md");
  ASSERT_FALSE(map.empty());
  std::size_t paths = 0;
  for (const std::string& word : quoted(map)) {
    if (!is_path(word)) continue;
    ++paths;
    EXPECT_TRUE(std::filesystem::exists(testing::source_dir() / word)) << word;
  }
  EXPECT_GT(paths, 20u);
}

TEST(Architecture, EveryTestItNamesExists) {
  const std::set<std::string> tests = known_tests();
  std::size_t named = 0;
  for (const std::string& word : quoted(read(testing::source_dir() / "docs" / "architecture.md"))) {
    if (!is_test_name(word)) continue;
    ++named;
    EXPECT_TRUE(tests.contains(word)) << word;
  }
  EXPECT_GT(named, 10u);
}

}  // namespace
}  // namespace carrel
