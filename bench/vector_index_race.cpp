// The harness of the vector index's benchmark: data, exact answers, beams, races.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <time.h>

#include "bench/vector_index_bench.h"
#include "core/error.h"
#include "index/distance.h"

namespace carrel::bench {
namespace {

constexpr std::size_t kBeamMax = 4'000;
constexpr std::size_t kTurnMax = 500;  // queries of a turn: all there are, but not more than these
// Who takes tens of milliseconds a query has shorter turns, and is judged by fewer queries.
constexpr double kTurnSeconds = 3;
constexpr double kJudgedSeconds = 8;
constexpr std::size_t kJudgedMin = 48;
constexpr std::size_t kClusters = 2'000;

std::size_t cores() { return std::max(1U, std::thread::hardware_concurrency()); }

bool counts_cpu_time = false;

}  // namespace

void count_cpu_time() { counts_cpu_time = true; }

double now() {
  timespec time{};
  clock_gettime(counts_cpu_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t i)>& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(run);
  run();
}

Data make_data(Setting& setting) {
  if (setting.data == "clusters") {
    index::vector_data::Clusters clusters(kSeed, setting.dim, kClusters);
    Data out;
    out.rows = clusters.draw(setting.vectors);
    out.queries = clusters.draw(setting.queries);
    return out;
  }
  if (std::filesystem::is_directory(setting.data)) return make_text_data(setting, setting.data);
  std::ifstream file(setting.data, std::ios::binary);
  std::vector<float> values((setting.vectors + setting.queries) * setting.dim);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  const auto rows = static_cast<std::size_t>(file.gcount()) / sizeof(float) / setting.dim;
  if (rows <= setting.queries) {
    throw Error(ErrorCode::invalid_argument,
                setting.data + " holds too few rows of float32 of this dimension");
  }
  setting.vectors = rows - setting.queries;
  Data out;
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(setting.vectors * setting.dim);
  out.rows = {setting.dim, {values.begin(), end}};
  out.queries = {setting.dim,
                 {end, end + static_cast<std::ptrdiff_t>(setting.queries * setting.dim)}};
  return out;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<Found> find_truth(const Data& data, std::span<const std::uint8_t> admitted) {
  std::vector<Found> out(data.queries.size());
  in_parallel(out.size(), cores(), [&](std::size_t q) {
    find_exactly(data.rows.values, data.rows.dim, data.queries[q], kK, admitted, out[q]);
  });
  return out;
}

double recall_of(const Engine& engine, std::size_t ef, const Rows& queries,
                 const std::vector<Found>& truth) {
  std::size_t hits = 0;
  std::size_t wanted = 0;
  Found found;
  const double start = now();
  for (std::size_t q = 0; q < queries.size(); ++q) {
    if (q >= kJudgedMin && now() - start > kJudgedSeconds) break;
    engine.search(queries[q], ef, found);
    wanted += truth[q].size();
    for (const std::size_t one : truth[q]) {
      hits += std::find(found.begin(), found.end(), one) != found.end() ? 1 : 0;
    }
  }
  return wanted == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(wanted);
}

std::size_t find_beam(const Engine& engine, double recall, const Rows& queries,
                      const std::vector<Found>& truth) {
  std::size_t low = kK - 1;  // too small
  std::size_t high = kK;
  while (recall_of(engine, high, queries, truth) < recall) {
    if (high >= kBeamMax) return 0;
    low = high;
    high *= 2;
  }
  while (high - low > std::max<std::size_t>(1, high / 50)) {
    const std::size_t middle = (low + high) / 2;
    (recall_of(engine, middle, queries, truth) < recall ? low : high) = middle;
  }
  return high;
}

std::vector<Timing> race(const std::vector<Runner>& runners, const Rows& queries,
                         std::size_t threads, std::size_t rounds) {
  std::vector<std::vector<double>> us(runners.size());
  std::vector<std::vector<double>> ratios(runners.size());
  const std::size_t turn = std::min(kTurnMax, queries.size());
  const std::size_t batch = turn * threads;
  std::size_t from = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<double> took(runners.size());
    for (std::size_t r = 0; r < runners.size(); ++r) {
      const Runner& runner = runners[r];
      const double start = now();
      std::atomic<std::size_t> answered{0};
      const auto answer = [&](std::size_t part) {
        thread_local Found found;
        std::size_t count = 0;
        for (; count < turn && now() - start < kTurnSeconds; ++count) {
          const std::size_t i = from + part * turn + count;
          runner.engine.search(queries[i % queries.size()], runner.ef, found);
        }
        answered += count;
      };
      in_parallel(threads, threads, answer);
      took[r] = (now() - start) / static_cast<double>(answered.load()) * 1e6;
    }
    from += batch;
    for (std::size_t r = 0; r < runners.size(); ++r) {
      us[r].push_back(took[r]);
      ratios[r].push_back(took[0] / took[r]);
    }
  }
  std::vector<Timing> out;
  for (std::size_t r = 0; r < runners.size(); ++r)
    out.push_back({median(us[r]), median(ratios[r])});
  return out;
}

std::string text(const std::string& value) { return '"' + value + '"'; }

std::string number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

void print(const Setting& setting, const char* what, const Fields& fields) {
  std::string line = "{\"bench\":\"vector_index\",\"case\":" + text(what) +
                     ",\"data\":" + text(setting.data) + ",\"dim\":" + std::to_string(setting.dim) +
                     ",\"vectors\":" + std::to_string(setting.vectors);
  for (const auto& [name, value] : fields) line += ",\"" + name + "\":" + value;
  line += ",\"kernel\":" + text(std::string(index::best_kernel().name)) +
          ",\"seed\":" + std::to_string(kSeed) + ",\"commit\":" + text(CARREL_BENCH_COMMIT) + "}\n";
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
}

BuiltPeer build_peer(const Setting& setting, const Data& data, std::size_t threads) {
  BuiltPeer out{std::make_unique<HnswlibPeer>(setting.dim, data.rows.size(), kM, kEfConstruction),
                0};
  const std::string file = setting.cache + "/hnswlib-" + std::to_string(setting.dim) + "-" +
                           std::to_string(setting.vectors) + "-" +
                           std::to_string(std::hash<std::string>{}(setting.data)) + ".bin";
  if (!setting.cache.empty() && out.peer->load(file)) return out;
  const double from = now();
  out.peer->insert(0, data.rows[0]);
  in_parallel(data.rows.size() - 1, threads,
              [&](std::size_t i) { out.peer->insert(i + 1, data.rows[i + 1]); });
  out.per_second = static_cast<double>(data.rows.size()) / (now() - from);
  if (!setting.cache.empty()) out.peer->save(file);
  return out;
}

BuiltIndex build_index(const Setting& setting, const Data& data) {
  BuiltIndex out{
      std::make_unique<index::VectorIndex>(
          setting.dim, index::VectorIndexOptions{.m = kM, .ef_construction = kEfConstruction}),
      0};
  std::vector<ChunkId> chunks;
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    chunks.push_back(ChunkId{static_cast<std::int64_t>(i) + 1});
  }
  const double from = now();
  out.index->insert(chunks, data.rows.values);
  out.per_second = static_cast<double>(data.rows.size()) / (now() - from);
  return out;
}

Engine own_engine(const index::VectorIndex& index, const index::Admission& admission) {
  return {"carrel", [&](std::span<const float> query, std::size_t ef, Found& out) {
            const auto found = index.search(query, {.k = kK, .ef_search = ef}, admission);
            out.clear();
            for (const auto& one : found)
              out.push_back(static_cast<std::size_t>(one.chunk.value) - 1);
          }};
}

Engine peer_engine(const HnswlibPeer& peer) {
  return {"hnswlib", [&](std::span<const float> query, std::size_t ef, Found& out) {
            peer.search(query, kK, std::max(ef, kK), out);
          }};
}

}  // namespace carrel::bench
