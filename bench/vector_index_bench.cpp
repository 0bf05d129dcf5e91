// The vector index beside hnswlib on the same data: build, search at recall@10 >= 0.95, and search
// under filters. One thread, one JSON line a case.
//
//   vector_index_bench [dim] [vectors] [queries] [--own]     (--own: leave the peer out)
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "bench/vector_index_peer.h"
#include "index/distance.h"
#include "index/vector_index.h"
#include "tests/index/vector_data.h"

namespace {

using carrel::ChunkId;
using carrel::Rng;
using namespace carrel::index;
namespace data = carrel::index::vector_data;

constexpr std::size_t kK = 10;
constexpr std::size_t kM = 16;
constexpr std::size_t kEfConstruction = 200;
constexpr std::uint64_t kSeed = 7;
constexpr double kRecallWanted = 0.95;
constexpr int kRepeats = 3;
constexpr std::size_t kBeams[] = {10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 120, 160, 240, 400};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Setting {
  std::size_t dim;
  std::size_t vectors;
  std::size_t queries;
};

void print(const Setting& at, const char* what, const char* engine, double share, std::size_t ef,
           double recall, double per_second) {
  std::printf(
      "{\"bench\":\"vector_index\",\"case\":\"%s\",\"engine\":\"%s\",\"dim\":%zu,\"vectors\":%zu,"
      "\"share\":%g,\"ef\":%zu,\"recall_at_10\":%.4f,\"per_second\":%.1f,\"us\":%.2f,"
      "\"kernel\":\"%s\",\"seed\":%llu,\"commit\":\"%s\"}\n",
      what, engine, at.dim, at.vectors, share, ef, recall, per_second, 1e6 / per_second,
      std::string(best_kernel().name).c_str(), static_cast<unsigned long long>(kSeed),
      CARREL_BENCH_COMMIT);
  std::fflush(stdout);
}

using Found = std::vector<std::size_t>;
using Search = std::function<Found(std::span<const float> query)>;

// Queries a second, the best of a few runs.
double queries_per_second(const data::Rows& queries, const Search& search) {
  double best = 1e9;
  for (int i = 0; i < kRepeats; ++i) {
    const double from = now();
    for (std::size_t q = 0; q < queries.size(); ++q) search(queries[q]);
    best = std::min(best, now() - from);
  }
  return static_cast<double>(queries.size()) / best;
}

double recall_of(const std::vector<Found>& truth, const data::Rows& queries, const Search& search) {
  std::size_t hit = 0;
  std::size_t wanted = 0;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Found found = search(queries[q]);
    wanted += truth[q].size();
    for (const std::size_t one : truth[q]) {
      hit += std::find(found.begin(), found.end(), one) != found.end() ? 1 : 0;
    }
  }
  return wanted == 0 ? 1 : static_cast<double>(hit) / static_cast<double>(wanted);
}

// The smallest beam that reaches the recall, and what it costs.
void sweep(const Setting& at, const char* what, const char* engine, double share,
           const std::vector<Found>& truth, const data::Rows& queries,
           const std::function<Search(std::size_t ef)>& with_ef) {
  for (const std::size_t ef : kBeams) {
    const Search search = with_ef(ef);
    const double recall = recall_of(truth, queries, search);
    if (recall < kRecallWanted && ef != kBeams[std::size(kBeams) - 1]) continue;
    print(at, what, engine, share, ef, recall, queries_per_second(queries, search));
    return;
  }
}

Found labels(const std::vector<Candidate>& found) {
  Found out;
  for (const Candidate& one : found) out.push_back(static_cast<std::size_t>(one.chunk.value));
  return out;
}

std::vector<Found> exact(const VectorIndex& index, const data::Rows& queries,
                         const Admission& admission) {
  std::vector<Found> out;
  const VectorSearch how{.k = kK, .ef_search = kK, .strategy = FilterStrategy::exact_scan};
  for (std::size_t q = 0; q < queries.size(); ++q) {
    out.push_back(labels(index.search(queries[q], how, admission)));
  }
  return out;
}

void run(const Setting& at, bool with_peer) {
  data::Clusters clusters(kSeed, at.dim, 2000);
  const data::Rows rows = clusters.draw(at.vectors);
  const data::Rows queries = clusters.draw(at.queries);

  VectorIndex index(at.dim, {.m = kM, .ef_construction = kEfConstruction, .seed = 1});
  double from = now();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    index.insert(ChunkId{static_cast<std::int64_t>(i) + 1}, rows[i]);
  }
  const auto n = static_cast<double>(at.vectors);
  print(at, "build", "carrel", 1, kEfConstruction, 0, n / (now() - from));
  carrel::bench::HnswlibPeer peer(at.dim, at.vectors + 1, kM, kEfConstruction);
  if (with_peer) {
    from = now();
    for (std::size_t i = 0; i < rows.size(); ++i) peer.insert(i + 1, rows[i]);
    print(at, "build", "hnswlib", 1, kEfConstruction, 0, n / (now() - from));
  }

  const auto own = [&](const Admission& admission, FilterStrategy strategy) {
    return [&index, &admission, strategy](std::size_t ef) -> Search {
      return [&index, &admission, strategy, ef](std::span<const float> query) {
        const VectorSearch how{.k = kK, .ef_search = ef, .strategy = strategy};
        return labels(index.search(query, how, admission));
      };
    };
  };
  const auto of_peer = [&](std::size_t ef) -> Search {
    peer.set_ef(ef);
    return [&](std::span<const float> query) { return peer.search(query, kK); };
  };
  const data::AdmitAll all;
  std::vector<Found> truth = exact(index, queries, all);
  sweep(at, "search", "carrel", 1, truth, queries, own(all, FilterStrategy::automatic));
  if (with_peer) sweep(at, "search", "hnswlib", 1, truth, queries, of_peer);

  for (const double share : {0.5, 0.2, 0.1, 0.05, 0.01, 0.001}) {
    Rng rng(kSeed);
    std::vector<ChunkId> chosen;
    std::vector<std::uint8_t> marks(at.vectors + 1, 0);
    marks[0] = 1;  // no such label
    for (std::size_t i = 1; i <= at.vectors; ++i) {
      if (!rng.chance(share)) continue;
      chosen.push_back(ChunkId{static_cast<std::int64_t>(i)});
      marks[i] = 1;
    }
    const data::AdmitSet listed(chosen, true);
    const data::AdmitSet asked(chosen, false);
    truth = exact(index, queries, listed);
    sweep(at, "filtered", "carrel, listed", share, truth, queries,
          own(listed, FilterStrategy::automatic));
    sweep(at, "filtered", "carrel, asked", share, truth, queries,
          own(asked, FilterStrategy::automatic));
    sweep(at, "filtered", "carrel, scan", share, truth, queries,
          own(listed, FilterStrategy::exact_scan));
    if (share >= 0.01) {
      sweep(at, "filtered", "carrel, walk", share, truth, queries,
            own(listed, FilterStrategy::graph_walk));
    }
    if (!with_peer) continue;
    marks.erase(marks.begin());
    std::vector<std::uint8_t> of_label(marks.size() + 1, 1);
    std::copy(marks.begin(), marks.end(), of_label.begin() + 1);
    of_label[0] = 1;
    peer.admit_only(of_label);
    sweep(at, "filtered", "hnswlib", share, truth, queries, of_peer);
  }
}

}  // namespace

int main(int count, char** arguments) {
  Setting at{.dim = 128, .vectors = 100'000, .queries = 1'000};
  bool with_peer = true;
  std::size_t* const numbers[] = {&at.dim, &at.vectors, &at.queries};
  std::size_t next = 0;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--own") == 0) {
      with_peer = false;
    } else if (next < std::size(numbers)) {
      *numbers[next++] = std::strtoull(arguments[i], nullptr, 10);
    }
  }
  run(at, with_peer);
  return 0;
}
