// The vector index beside its peers, one JSON line a case.
//
//   vector_index_bench CASE... [--quick] [--cpu] [--dim N] [--vectors N] [--queries N]
//                      [--data WHAT] [--cache FOLDER] [--faiss]
//
// CASE: search build filtered churn mixed open, or all. --quick: 20,000 vectors, 200 queries.
// --cpu: computed time instead of the wall's, where others use the machine too. --data: a folder of
// texts, or a file of float32 rows. --cache: keeps hnswlib's graph from run to run.
// --faiss: its two kinds of HNSW too, whose building takes minutes, where it was there at
// compiling.
#include "bench/vector_index_bench.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "core/error.h"

namespace {

using carrel::bench::Setting;

const std::vector<std::pair<std::string, void (*)(Setting&)>>& all_cases() {
  namespace b = carrel::bench;
  static const std::vector<std::pair<std::string, void (*)(Setting&)>> cases = {
      {"build", b::run_build}, {"search", b::run_search}, {"filtered", b::run_filtered},
      {"churn", b::run_churn}, {"mixed", b::run_mixed},   {"open", b::run_open}};
  return cases;
}

int usage() {
  std::fprintf(
      stderr,
      "usage: vector_index_bench search|build|filtered|churn|mixed|open|all... [--quick] [--cpu] "
      "[--dim N] [--vectors N] [--queries N] [--data WHAT] [--cache FOLDER] [--faiss]\n");
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  Setting setting;
  std::map<std::string, std::size_t*> numbers = {
      {"--dim", &setting.dim}, {"--vectors", &setting.vectors}, {"--queries", &setting.queries}};
  std::map<std::string, std::string*> texts = {{"--cache", &setting.cache},
                                               {"--data", &setting.data}};
  std::vector<void (*)(Setting&)> wanted;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const bool has_value = i + 1 < count;
    if (argument == "--quick") {
      setting.vectors = 20'000;
      setting.queries = 200;
    } else if (argument == "--cpu") {
      carrel::bench::count_cpu_time();
    } else if (argument == "--faiss") {
      setting.with_faiss = true;
    } else if (const auto at = numbers.find(argument); at != numbers.end() && has_value) {
      *at->second = std::strtoull(arguments[++i], nullptr, 10);
    } else if (const auto to = texts.find(argument); to != texts.end() && has_value) {
      *to->second = arguments[++i];
    } else {
      const std::size_t before = wanted.size();
      for (const auto& [name, run] : all_cases()) {
        if (argument == name || argument == "all") wanted.push_back(run);
      }
      if (wanted.size() == before) return usage();
    }
  }
  if (wanted.empty()) return usage();
  try {
    for (const auto run : wanted) run(setting);
  } catch (const carrel::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
