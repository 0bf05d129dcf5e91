// Claim: includes run only in the direction of the table; no room knows one above it.
//
// Reads every #include of every folder. The table of docs/architecture.md is written here once more
// on purpose: the build's link lines say what is linked, this says what is known.
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace carrel {
namespace {

using Rooms = std::set<std::string>;

const std::map<std::string, Rooms>& may_include() {
  static const std::map<std::string, Rooms> table = {
      {"core", {}},
      {"access", {"core"}},
      {"model", {"core"}},
      {"embed", {"core", "model"}},
      {"index", {"core", "access"}},
      {"ingest", {"core", "access", "embed", "index"}},
      {"retrieve", {"core", "access", "embed", "index"}},
      {"generate", {"core", "access", "model", "embed", "retrieve"}},
      {"web", {}},
      {"server",
       {"core", "access", "model", "embed", "index", "ingest", "retrieve", "generate", "web"}},
      {"cli",
       {"core", "access", "model", "embed", "index", "ingest", "retrieve", "generate", "server",
        "web"}},
  };
  return table;
}

struct Edge {
  std::string file, from, to;
};

// The quoted includes below one folder that name a room.
std::vector<Edge> edges_of(const std::filesystem::path& root, const std::string& room) {
  std::vector<Edge> out;
  if (!std::filesystem::is_directory(root / room)) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("#include \"")) continue;
      const std::string path = line.substr(10, line.find('"', 10) - 10);
      const std::string target = path.substr(0, path.find('/'));
      if (may_include().contains(target) || target == "tests")
        out.push_back({entry.path().string(), room, target});
    }
  }
  return out;
}

std::vector<std::string> violations(const std::vector<Edge>& edges) {
  std::vector<std::string> out;
  for (const Edge& edge : edges)
    if (edge.from != edge.to && !may_include().at(edge.from).contains(edge.to))
      out.push_back(edge.file + " includes " + edge.to);
  return out;
}

TEST(Layers, NoIncludePointsUp) {
  std::size_t seen = 0;
  for (const auto& [room, known] : may_include()) {
    const auto edges = edges_of(testing::source_dir(), room);
    seen += edges.size();
    for (const std::string& what : violations(edges)) ADD_FAILURE() << what;
  }
  EXPECT_GT(seen, 200u) << "the includes were not found; is the source folder right?";
}

TEST(Layers, TheJudgeConvictsAnIncludeThatPointsUp) {
  EXPECT_EQ(violations({{"index/a.cpp", "index", "retrieve"}}).size(), 1u);
  EXPECT_EQ(violations({{"retrieve/a.cpp", "retrieve", "index"}}).size(), 0u);
}

}  // namespace
}  // namespace carrel
