// An index over its life: building beside hnswlib, twelve rounds that each replace half of the
// content, searching beside a writer, and opening a library again.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "bench/vector_index_bench.h"
#include "core/half.h"
#include "core/random.h"

namespace carrel::bench {
namespace {

using index::VectorIndex;

constexpr std::size_t kRounds = 12;
constexpr std::size_t kBeam = 64;

double resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("RssAnon:")) continue;
    std::istringstream words(line.substr(8));
    double kib = 0;
    words >> kib;
    return kib / 1024;
  }
  return 0;
}

ChunkId chunk_of(std::size_t row) { return ChunkId{static_cast<std::int64_t>(row) + 1}; }

double own_recall(const VectorIndex& index, std::size_t ef, const Rows& queries,
                  const std::vector<Found>& truth) {
  const index::vector_data::AdmitAll all;
  return recall_of(own_engine(index, all), ef, queries, truth);
}

using Pages = std::map<std::uint32_t, std::string>;

std::string save(VectorIndex& index, Pages& pages) {
  std::string header =
      index.checkpoint([&](std::uint32_t page, std::string_view bytes) { pages[page] = bytes; });
  index.checkpoint_done();
  return header;
}

}  // namespace

// Both with all cores; recall at one beam says that the graphs are as good as each other. Then what
// checkpoints cost that follow the build every 10,000 vectors.
void run_build(Setting& setting) {
  const Data data = make_data(setting);
  const std::vector<Found> truth = find_truth(data, {});
  Setting fresh = setting;
  fresh.cache.clear();
  std::vector<double> own;
  std::vector<double> ratios;
  double own_found = 0;
  double peer_found = 0;
  double peer_speed = 0;
  {
    const BuiltPeer peer = build_peer(fresh, data, 2);
    const Engine engine = peer_engine(*peer.peer);
    peer_speed = peer.per_second;
    peer_found = recall_of(engine, kBeam, data.queries, truth);
  }
  const BuiltIndex built = build_index(setting, data);
  own_found = own_recall(*built.index, kBeam, data.queries, truth);
  print(setting, "build",
        {{"engine", text("hnswlib")},
         {"per_second", number(peer_speed)},
         {"ef", number(kBeam)},
         {"recall_at_10", number(peer_found)},
         {"times_first", "1"}});
  print(setting, "build",
        {{"engine", text("carrel")},
         {"per_second", number(built.per_second)},
         {"ef", number(kBeam)},
         {"recall_at_10", number(own_found)},
         {"times_first", number(built.per_second / peer_speed)}});
  VectorIndex index(setting.dim, {.m = kM, .ef_construction = kEfConstruction});
  constexpr std::size_t kStep = 10'000;
  double building = 0;
  double saving = 0;
  Pages pages;
  for (std::size_t from = 0; from < data.rows.size(); from += kStep) {
    const std::size_t count = std::min(kStep, data.rows.size() - from);
    std::vector<ChunkId> chunks;
    for (std::size_t i = from; i < from + count; ++i) chunks.push_back(chunk_of(i));
    double start = now();
    index.insert(chunks,
                 std::span(data.rows.values).subspan(from * setting.dim, count * setting.dim));
    building += now() - start;
    start = now();
    save(index, pages);
    saving += now() - start;
  }
  print(setting, "checkpoint",
        {{"build_seconds", number(building)},
         {"checkpoint_seconds", number(saving)},
         {"share", number(saving / building)},
         {"resident_mb", number(resident_mb())}});
}

// 0.6.2 has no replace_deleted; what later versions do then is done over its updatePoint.
void run_churn(Setting& setting) {
  Setting at = setting;
  at.vectors = std::min<std::size_t>(setting.vectors, 30'000);
  const std::size_t n = at.vectors;
  at.vectors = n * (kRounds / 2 + 1);
  const Data pool = make_data(at);
  at.vectors = n;
  Rng rng(kSeed);
  std::vector<std::size_t> live(n);
  for (std::size_t i = 0; i < n; ++i) live[i] = i;
  const auto truth_now = [&] {
    Marks marks(pool.rows.size(), 0);
    for (const std::size_t one : live) marks[one] = 1;
    return find_truth(pool, marks);
  };
  const auto insert = [&](VectorIndex& index, std::span<const std::size_t> rows) {
    std::vector<ChunkId> chunks;
    std::vector<float> values;
    for (const std::size_t row : rows) {
      chunks.push_back(chunk_of(row));
      values.insert(values.end(), pool.rows[row].begin(), pool.rows[row].end());
    }
    index.insert(chunks, values);
  };
  VectorIndex index(at.dim, {.m = kM, .ef_construction = kEfConstruction});
  insert(index, live);
  HnswlibPeer peer(at.dim, n, kM, kEfConstruction);
  peer.insert(0, pool.rows[0]);
  in_parallel(n - 1, 2, [&](std::size_t i) { peer.insert(i + 1, pool.rows[i + 1]); });
  std::size_t next = n;
  for (std::size_t round = 1; round <= kRounds; ++round) {
    for (std::size_t i = n - 1; i > 0; --i) std::swap(live[i], live[rng.below(i + 1)]);
    const std::size_t half = n / 2;
    const std::vector<std::size_t> gone(live.end() - static_cast<std::ptrdiff_t>(half), live.end());
    live.resize(n - half);
    std::vector<std::size_t> fresh;
    for (std::size_t i = 0; i < half; ++i) fresh.push_back(next++);
    live.insert(live.end(), fresh.begin(), fresh.end());
    double start = now();
    for (const std::size_t one : gone) index.erase(chunk_of(one));
    insert(index, fresh);
    const double own_seconds = now() - start;
    // The peer's updates are slow: a tenth of them is timed, in the first round.
    double peer_per_second = 0;
    if (round == 1) {
      const std::size_t some = half / 10;
      start = now();
      for (std::size_t i = 0; i < some; ++i) peer.erase(gone[i]);
      in_parallel(some, 1,
                  [&](std::size_t i) { peer.replace(gone[i], fresh[i], pool.rows[fresh[i]]); });
      peer_per_second = static_cast<double>(some) / (now() - start);
    }
    if (round != 1 && round != kRounds) continue;
    const std::vector<Found> truth = truth_now();
    VectorIndex rebuilt(at.dim, {.m = kM, .ef_construction = kEfConstruction});
    insert(rebuilt, live);
    const index::vector_data::AdmitAll all;
    const std::vector<Runner> runners = {{own_engine(rebuilt, all), kBeam},
                                         {own_engine(index, all), kBeam}};
    const std::vector<Timing> timings = race(runners, pool.queries, 1, 60);
    Fields fields = {{"round", std::to_string(round)},
                     {"updates_per_second", number(static_cast<double>(half) / own_seconds)},
                     {"recall_at_10", number(own_recall(index, kBeam, pool.queries, truth))},
                     {"recall_of_fresh", number(own_recall(rebuilt, kBeam, pool.queries, truth))},
                     {"speed_to_fresh", number(timings[1].ratio)},
                     {"slots", std::to_string(index.slot_count())}};
    if (peer_per_second > 0) {
      fields.push_back({"hnswlib_updates_per_second", number(peer_per_second)});
    }
    print(at, "churn", fields);
  }
}

// One reader's times alone, and beside one writer that goes on replacing.
void run_mixed(Setting& setting) {
  Data data = make_data(setting);
  const BuiltIndex built = build_index(setting, data);
  const index::vector_data::AdmitAll all;
  const Engine engine = own_engine(*built.index, all);
  const auto times = [&](double seconds) {
    std::vector<double> out;
    Found found;
    const double end = now() + seconds;
    for (std::size_t q = 0; now() < end; ++q) {
      const double start = now();
      engine.search(data.queries[q % data.queries.size()], kBeam, found);
      out.push_back((now() - start) * 1e6);
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    std::sort(out.begin(), out.end());
    return out;
  };
  const auto at = [](const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  const std::vector<double> idle = times(5);
  std::atomic<bool> done{false};
  std::size_t written = 0;
  std::thread writer([&] {
    Rng rng(kSeed);
    constexpr std::size_t kBatch = 128;
    while (!done.load()) {
      std::vector<ChunkId> chunks;
      std::vector<float> values;
      for (std::size_t i = 0; i < kBatch; ++i) {
        chunks.push_back(chunk_of(rng.below(data.rows.size())));
        const auto row = data.rows[rng.below(data.rows.size())];
        values.insert(values.end(), row.begin(), row.end());
      }
      built.index->insert(chunks, values);
      written += kBatch;
    }
  });
  const std::vector<double> beside = times(10);
  done = true;
  writer.join();
  print(setting, "mixed",
        {{"idle_p50_us", number(at(idle, 0.5))},
         {"idle_p99_us", number(at(idle, 0.99))},
         {"beside_p50_us", number(at(beside, 0.5))},
         {"beside_p99_us", number(at(beside, 0.99))},
         {"p99_ratio", number(at(beside, 0.99) / at(idle, 0.99))},
         {"writes_per_second", number(static_cast<double>(written) / 10)}});
}

}  // namespace carrel::bench
