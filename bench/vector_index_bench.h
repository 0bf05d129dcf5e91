// bench/vector_index_bench.h
//
// What the cases of the vector index's benchmark share: data from a seed, the exact answers, the
// search for the beam that reaches a recall, and races between engines.
//
// A race alternates turns of its engines and takes medians of times and of their ratio, so that
// what else runs on the machine meets all of them alike. A turn is long enough that an engine finds
// its own memory in the caches and not the other's, as where it is the only one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/vector_index_peer.h"
#include "index/vector_index.h"
#include "tests/index/vector_data.h"

namespace carrel::bench {

inline constexpr std::size_t kK = 10;
inline constexpr std::size_t kM = 16;
inline constexpr std::size_t kEfConstruction = 200;
inline constexpr std::uint64_t kSeed = 7;

struct Setting {
  std::size_t dim = 384;
  std::size_t vectors = 100'000;
  std::size_t queries = 500;
  std::string cache;  // a folder that keeps hnswlib's graph between runs; empty: none
  std::string data = "clusters";
  bool with_faiss = false;
};

using Rows = index::vector_data::Rows;
using Found = std::vector<std::size_t>;  // positions of rows
using Marks = std::vector<std::uint8_t>;

struct Data {
  Rows rows;
  Rows queries;
};
// Clusters from the seed; or, where `setting.data` is a folder, its texts encoded; or the rows of
// that file of float32, queries at its end. Corrects the setting's numbers to what was found.
Data make_data(Setting& setting);
Data make_text_data(Setting& setting, const std::string& folder);  // vector_index_texts.cpp

// Seconds: by the wall, or with --cpu those that this process computed, for a machine that others
// use too (what `threads` threads did together counts `threads` times).
double now();
void count_cpu_time();
double median(std::vector<double> values);

// Exact answers on all cores.
std::vector<Found> find_truth(const Data& data, std::span<const std::uint8_t> admitted);

struct Engine {
  std::string name;
  std::function<void(std::span<const float> query, std::size_t ef, Found& out)> search;
};

double recall_of(const Engine& engine, std::size_t ef, const Rows& queries,
                 const std::vector<Found>& truth);
// The smallest beam that reaches the recall; none up to a beam of 4,000: 0.
std::size_t find_beam(const Engine& engine, double recall, const Rows& queries,
                      const std::vector<Found>& truth);

struct Runner {
  Engine engine;
  std::size_t ef;
};
struct Timing {
  double us = 0;     // a query, the median of the rounds
  double ratio = 1;  // of the first runner's time to this one's, the median of the rounds
};
std::vector<Timing> race(const std::vector<Runner>& runners, const Rows& queries,
                         std::size_t threads, std::size_t rounds);

// One JSON object a line on standard output. Fields are already JSON.
using Fields = std::vector<std::pair<std::string, std::string>>;
void print(const Setting& setting, const char* what, const Fields& fields);
std::string text(const std::string& value);
std::string number(double value);

// Work on [0, count) by `threads` threads.
void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t i)>& work);

// hnswlib with `data` in it, from the cache if it is there, and the vectors/s of its build
// (0 if it came from the cache).
struct BuiltPeer {
  std::unique_ptr<HnswlibPeer> peer;
  double per_second = 0;
};
BuiltPeer build_peer(const Setting& setting, const Data& data, std::size_t threads);

struct BuiltIndex {
  std::unique_ptr<index::VectorIndex> index;
  double per_second = 0;
};
BuiltIndex build_index(const Setting& setting, const Data& data);  // on all cores

Engine own_engine(const index::VectorIndex& index, const index::Admission& admission);
Engine peer_engine(const HnswlibPeer& peer);

// The cases.
void run_search(Setting& setting);
void run_build(Setting& setting);
void run_filtered(Setting& setting);
void run_churn(Setting& setting);
void run_mixed(Setting& setting);
void run_open(Setting& setting);

}  // namespace carrel::bench
