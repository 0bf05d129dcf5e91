// Queries a second at equal recall, on one thread and on two.
#include <algorithm>

#include "bench/vector_index_bench.h"

#ifdef CARREL_BENCH_FAISS
#include "bench/vector_index_faiss.h"
#endif

namespace carrel::bench {
namespace {

// Nothing where faiss was not there at compiling.
void add_faiss([[maybe_unused]] const Setting& setting, [[maybe_unused]] const Data& data,
               [[maybe_unused]] std::vector<Engine>& engines) {
#ifdef CARREL_BENCH_FAISS
  if (!setting.with_faiss) return;
  for (const auto kind : {FaissPeer::Kind::flat, FaissPeer::Kind::sq8}) {
    const bool flat = kind == FaissPeer::Kind::flat;
    const std::string name = flat ? "faiss HNSWFlat" : "faiss HNSW-SQ8";
    const auto peer = std::make_shared<FaissPeer>(kind, setting.dim, kM, kEfConstruction);
    const double from = now();
    peer->build(data.rows.values);
    print(setting, "build",
          {{"engine", text(name)},
           {"per_second", number(static_cast<double>(data.rows.size()) / (now() - from))}});
    engines.push_back({name, [peer](std::span<const float> query, std::size_t ef, Found& out) {
                         peer->search(query, kK, ef, out);
                       }});
  }
#endif
}

}  // namespace

void run_search(Setting& setting) {
  const Data data = make_data(setting);
  const BuiltPeer peer = build_peer(setting, data, 2);  // slow, and kept in the cache
  const std::vector<Found> truth = find_truth(data, {});
  const BuiltIndex own = build_index(setting, data);
  print(setting, "build", {{"engine", text("carrel")}, {"per_second", number(own.per_second)}});
  if (peer.per_second > 0) {
    print(setting, "build", {{"engine", text("hnswlib")}, {"per_second", number(peer.per_second)}});
  }
  const index::vector_data::AdmitAll all;
  std::vector<Engine> engines = {peer_engine(*peer.peer), own_engine(*own.index, all)};
  add_faiss(setting, data, engines);
  for (const double recall : {0.90, 0.95, 0.99}) {
    std::vector<Runner> runners;
    for (const Engine& engine : engines) {
      const std::size_t ef = find_beam(engine, recall, data.queries, truth);
      if (ef != 0) runners.push_back({engine, ef});
    }
    for (const std::size_t threads : {1UL, 2UL}) {
      const std::vector<Timing> timings = race(runners, data.queries, threads, 60);
      for (std::size_t r = 0; r < runners.size(); ++r) {
        const auto& [engine, ef] = runners[r];
        print(setting, "search",
              {{"engine", text(engine.name)},
               {"threads", std::to_string(threads)},
               {"recall_wanted", number(recall)},
               {"recall_at_10", number(recall_of(engine, ef, data.queries, truth))},
               {"ef", std::to_string(ef)},
               {"per_second", number(1e6 / timings[r].us)},
               {"times_first", number(timings[r].ratio)}});
      }
    }
  }
}

}  // namespace carrel::bench
