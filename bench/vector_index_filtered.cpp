// Searches under rights, from the Visibility on, at equal recall, beside hnswlib with a filter
// functor. Three kinds of visible sets: random ones, regions of space, and those farthest from
// the query's own place. One ACL class holds the visible chunks, the others the rest.
#include <algorithm>
#include <cmath>

#include "bench/vector_index_bench.h"
#include "core/random.h"
#include "index/admitted_sets.h"
#include "tests/support/visibility_for_tests.h"

namespace carrel::bench {
namespace {

constexpr double kShares[] = {0.5, 0.2, 0.1, 0.05, 0.01, 0.001, 0.0001};
constexpr std::size_t kSets = 8;  // of each kind and share, each with its own queries

// The recall both engines are brought to: what the index promises at that share.
double wanted_recall(double share) { return share < 0.1 ? 0.99 : 0.95; }

// Which rows are visible: [row], 0 or 1.
Marks draw_set(const Data& data, const std::string& kind, double share,
               std::span<const float> query, Rng& rng) {
  const std::size_t n = data.rows.size();
  const auto count =
      std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(n)));
  std::vector<std::pair<double, std::size_t>> order(n);
  const std::span<const float> centre = kind == "region" ? data.rows[rng.below(n)] : query;
  for (std::size_t i = 0; i < n; ++i) {
    const double near =
        kind == "random" ? rng.uniform() : index::vector_data::inner_product(data.rows[i], centre);
    order[i] = {kind == "region" ? -near : near, i};
  }
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count - 1),
                   order.end());
  Marks out(n, 0);
  for (std::size_t i = 0; i < count; ++i) out[order[i].second] = 1;
  return out;
}

struct Set {
  Marks marks;
  index::ClassMap classes;
  index::AdmittedSets sets{classes};
};

// A query carries its set's number in front of its values, so that engines of all sets can share
// a race.
struct Case {
  std::vector<std::unique_ptr<Set>> sets;
  Rows queries;
  std::vector<Found> truth;
};

Case make_case(const Data& data, const std::string& kind, double share) {
  Case out;
  Rng rng(kSeed + static_cast<std::uint64_t>(share * 1e6));
  out.queries.dim = data.rows.dim + 1;
  for (std::size_t s = 0; s < kSets; ++s) {
    auto set = std::make_unique<Set>();
    // Far: from the first query of the set; its other queries are drawn near it.
    set->marks = draw_set(data, kind, share, data.queries[s], rng);
    for (std::size_t i = 0; i < set->marks.size(); ++i) {
      const AclClassId acl_class{set->marks[i] != 0 ? 1 : 2 + static_cast<std::int64_t>(i % 200)};
      set->classes.set(ChunkId{static_cast<std::int64_t>(i) + 1}, acl_class,
                       DocumentId{static_cast<std::int64_t>(i / 16) + 1}, 1);
    }
    out.sets.push_back(std::move(set));
  }
  const std::size_t each = (data.queries.size() + kSets - 1) / kSets;
  for (std::size_t q = 0; q < data.queries.size(); ++q) {
    const std::size_t s = q / each;
    out.queries.values.push_back(static_cast<float>(s));
    for (const float v : data.queries[kind == "far" ? s : q]) {
      const double noise = kind == "far" ? 0.02 * rng.normal() : 0;
      out.queries.values.push_back(v + static_cast<float>(noise));
    }
    index::vector_data::make_unit(std::span(out.queries.values).last(data.rows.dim));
  }
  out.truth.resize(out.queries.size());
  in_parallel(out.queries.size(), 2, [&](std::size_t q) {
    const auto query = out.queries[q];
    find_exactly(data.rows.values, data.rows.dim, query.subspan(1), kK,
                 out.sets[static_cast<std::size_t>(query[0])]->marks, out.truth[q]);
  });
  return out;
}

Engine own(const index::VectorIndex& index, const Case& of, index::FilterStrategy strategy) {
  static const access::Visibility visible = access::VisibilityForTests::of({0b10});
  return {"carrel", [&, strategy](std::span<const float> query, std::size_t ef, Found& out) {
            const Set& set = *of.sets[static_cast<std::size_t>(query[0])];
            const index::Scope scope{visible, nullptr};
            const index::ScopeAdmission admission(scope, set.classes, set.sets);
            const auto found = index.search(
                query.subspan(1), {.k = kK, .ef_search = ef, .strategy = strategy}, admission);
            out.clear();
            for (const auto& one : found)
              out.push_back(static_cast<std::size_t>(one.chunk.value) - 1);
          }};
}

Engine functor(const HnswlibPeer& peer, const Case& of) {
  return {"hnswlib functor", [&](std::span<const float> query, std::size_t ef, Found& out) {
            peer.search_admitted(query.subspan(1), kK, ef,
                                 of.sets[static_cast<std::size_t>(query[0])]->marks, out);
          }};
}

}  // namespace

void run_filtered(Setting& setting) {
  const Data data = make_data(setting);
  const BuiltIndex mine = build_index(setting, data);
  const BuiltPeer peer = build_peer(setting, data, 2);
  for (const std::string kind : {"random", "region", "far"}) {
    for (const double share : kShares) {
      const Case now_case = make_case(data, kind, share);
      const std::vector<Engine> engines = {
          functor(*peer.peer, now_case),
          own(*mine.index, now_case, index::FilterStrategy::automatic)};
      std::vector<Runner> runners;
      for (const Engine& engine : engines) {
        const std::size_t ef =
            find_beam(engine, wanted_recall(share), now_case.queries, now_case.truth);
        if (ef != 0) runners.push_back({engine, ef});
      }
      // The peer takes tens of milliseconds where little is visible: fewer rounds.
      const std::size_t rounds = share >= 0.05 ? 10 : 2;
      const std::vector<Timing> timings = race(runners, now_case.queries, 1, rounds);
      for (std::size_t r = 0; r < runners.size(); ++r) {
        const auto& [engine, ef] = runners[r];
        print(setting, "filtered",
              {{"kind", text(kind)},
               {"share", number(share)},
               {"engine", text(engine.name)},
               {"recall_at_10", number(recall_of(engine, ef, now_case.queries, now_case.truth))},
               {"ef", std::to_string(ef)},
               {"us", number(timings[r].us)},
               {"times_first", number(timings[r].ratio)}});
      }
    }
  }
}

}  // namespace carrel::bench
