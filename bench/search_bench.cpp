// How long one search takes, step by step, over a library of many chunks: the latency that people
// wait for, ranking and rerank included. One JSON line.
//
//   taskset -c 0 search_bench [--chunks 50000] [--questions 500] COLLECTION...
//
// The library is made of the collections' real sentences (folders in BEIR's form): each copy of a
// document keeps its length and half of its sentences, the others come from its collection at
// random, so that words are as frequent as in real text and no two documents are equal. Questions
// are the collections' own. `cpu` is time of the thread, which a busy machine does not stretch;
// `wall` is what a clock shows; both in milliseconds.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "cli/eval_dataset.h"
#include "cli/eval_library.h"
#include "core/progress.h"
#include "core/random.h"
#include "core/text.h"
#include "retrieve/retriever.h"

namespace {

using namespace carrel;

constexpr std::uint64_t kSeed = 11;
constexpr std::size_t kWarmUp = 20;  // questions before the clock counts

double thread_cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

struct Pool {
  std::vector<cli::EvalDocument> documents;
  std::vector<std::string> sentences;
};

Pool pool_of(const cli::EvalDataset& dataset) {
  Pool out{dataset.documents, {}};
  for (const cli::EvalDocument& document : out.documents)
    for (const ByteRange sentence : sentences(document.text))
      out.sentences.push_back(document.text.substr(sentence.begin, sentence.size()));
  return out;
}

cli::EvalDocument mixed(const Pool& pool, std::size_t number, Rng& rng) {
  const cli::EvalDocument& model = pool.documents[number % pool.documents.size()];
  cli::EvalDocument out{.id = std::to_string(number), .title = model.title, .text = {}};
  for (const ByteRange sentence : sentences(model.text)) {
    const bool keep = rng.below(2) == 0;
    out.text += keep ? model.text.substr(sentence.begin, sentence.size())
                     : pool.sentences[rng.below(pool.sentences.size())];
    out.text += ' ';
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t chunks = 50'000, questions_max = 500;
  std::vector<Pool> pools;
  std::vector<std::vector<std::string>> asked;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--chunks") == 0 && i + 1 < argc) {
      chunks = static_cast<std::size_t>(std::atoll(argv[++i]));
    } else if (std::strcmp(argv[i], "--questions") == 0 && i + 1 < argc) {
      questions_max = static_cast<std::size_t>(std::atoll(argv[++i]));
    } else {
      const cli::EvalDataset dataset = cli::read_dataset(argv[i], "");
      pools.push_back(pool_of(dataset));
      auto& texts = asked.emplace_back();
      for (const cli::EvalQuestion& question : dataset.questions)
        texts.push_back(question.text);
    }
  }
  if (pools.empty()) {
    std::fprintf(stderr, "search_bench [--chunks N] [--questions N] COLLECTION...\n");
    return 2;
  }
  Rng rng(kSeed);
  std::vector<cli::EvalDocument> documents;
  for (std::size_t i = 0; documents.size() < chunks; ++i)
    documents.push_back(mixed(pools[i % pools.size()], i / pools.size(), rng));
  for (std::size_t i = 0; i < documents.size(); ++i) documents[i].id = std::to_string(i);

  NoProgress progress;
  const CancelToken cancel;
  const cli::EvalLibrary library(documents, progress, cancel);
  const retrieve::Retriever retriever(library.reader(), library.access());
  const access::Visibility visible = library.visibility();

  std::vector<double> cpu, wall, keyword, vector, fuse, rerank;
  for (std::size_t i = 0; i < questions_max + kWarmUp; ++i) {
    const auto& texts = asked[i % asked.size()];
    const std::string& question = texts[(i / asked.size()) * 7 % texts.size()];
    const double before = thread_cpu_ms();
    const Stopwatch watch;
    const retrieve::Retrieval found = retriever.retrieve(visible, question, {}, cancel);
    if (i < kWarmUp) continue;
    wall.push_back(watch.milliseconds());
    cpu.push_back(thread_cpu_ms() - before);
    keyword.push_back(found.keyword_ms);
    vector.push_back(found.vector_ms);
    fuse.push_back(found.fuse_ms);
    rerank.push_back(found.rerank_ms);
  }
  std::printf(
      "{\"bench\":\"search\",\"documents\":%zu,\"questions\":%zu,\"cpu_p50\":%.2f,\"cpu_p99\":%.2f,"
      "\"wall_p50\":%.2f,\"wall_p99\":%.2f,\"keyword_p50\":%.2f,\"vector_p50\":%.2f,"
      "\"fuse_and_passages_p50\":%.2f,\"rerank_p50\":%.2f,\"seed\":%llu,\"commit\":\"%s\"}\n",
      documents.size(), cpu.size(), percentile(cpu, .5), percentile(cpu, .99), percentile(wall, .5),
      percentile(wall, .99), percentile(keyword, .5), percentile(vector, .5), percentile(fuse, .5),
      percentile(rerank, .5), static_cast<unsigned long long>(kSeed), CARREL_BENCH_COMMIT);
  return 0;
}
