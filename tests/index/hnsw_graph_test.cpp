// Claim: links between near nodes lead both ways, whatever the embeddings are, and verify() notices
// a graph in which they do not.
#include "index/hnsw_graph.h"

#include <algorithm>
#include <atomic>

#include <gtest/gtest.h>

#include "index/vector_team.h"
#include "tests/index/vector_data.h"
#include "tests/support/testing.h"

namespace carrel::index {
namespace {

constexpr std::size_t kDim = 16;
constexpr std::size_t kNodes = 4'500;  // enough for verify() to ask for it

class HnswGraphTest : public ::testing::Test {
 protected:
  HnswGraphTest()
      : store_(kDim, Metric::cosine, best_kernel(), {}), graph_(store_, 8, 60), rng_(5) {}

  void build(const vector_data::Rows& rows) {
    std::vector<HnswGraph::NewNode> nodes;
    store_.grow_to(rows.size());
    graph_.grow_to(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      store_.put(static_cast<Slot>(i), rows[i]);
      std::size_t level = 0;
      while (rng_.chance(1.0 / 8)) ++level;
      nodes.push_back({static_cast<Slot>(i), level});
    }
    graph_.add(nodes, team_, busy_);
  }

  VectorStore store_;
  HnswGraph graph_;
  Team team_;
  std::atomic<std::size_t> busy_{0};
  Rng rng_;
};

TEST_F(HnswGraphTest, LinksLeadBothWaysInMostCases) {
  build(vector_data::Clusters(6, kDim, 40).draw(kNodes));
  EXPECT_EQ(graph_.verify(), std::vector<std::string>{});
  EXPECT_GT(graph_.mutual_share(), 0.6);
  RecordProperty("mutual_share", std::to_string(graph_.mutual_share()));
}

// Thousands of equal embeddings link in chains and fans; what they have must still do.
class EqualEmbeddings : public HnswGraphTest, public ::testing::WithParamInterface<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Distinct, EqualEmbeddings, ::testing::Values(1, 20, 300));

TEST_P(EqualEmbeddings, StillLinkBothWays) {
  const std::size_t distinct = GetParam();
  vector_data::Rows rows = vector_data::Clusters(7, kDim, 40).draw(kNodes);
  for (std::size_t i = distinct; i < kNodes; ++i) {
    std::copy_n(rows[rng_.below(distinct)].begin(), kDim,
                rows.values.begin() + static_cast<std::ptrdiff_t>(i * kDim));
  }
  build(rows);
  EXPECT_EQ(graph_.verify(), std::vector<std::string>{});
  EXPECT_GT(graph_.mutual_share(), 0.15);
  RecordProperty("mutual_share", std::to_string(graph_.mutual_share()));
}

TEST_F(HnswGraphTest, AGraphOfOneWayLinksIsBroken) {
  build(vector_data::Clusters(8, kDim, 40).draw(kNodes));
  for (Slot from = 0; from < kNodes; ++from) {
    std::vector<Slot> kept;
    for (const Slot to : graph_.links(from, 0)) {
      const std::vector<Slot> back = graph_.links(to, 0);
      const bool is_mutual = std::find(back.begin(), back.end(), from) != back.end();
      const bool is_bound = graph_.parent(to) == from || graph_.parent(from) == to;
      if (is_bound || !is_mutual) kept.push_back(to);
    }
    Slot* const row = graph_.row(from, 0);
    for (std::size_t i = 0; i < graph_.capacity(0); ++i) {
      row[i] = i < kept.size() ? kept[i] : kNoSlot;
    }
  }
  // A child's way back to its parent goes too: only the tree's own direction is held.
  for (Slot from = 0; from < kNodes; ++from) {
    std::vector<Slot> kept = graph_.links(from, 0);
    std::erase_if(kept, [&](Slot to) { return graph_.parent(from) == to; });
    Slot* const row = graph_.row(from, 0);
    for (std::size_t i = 0; i < graph_.capacity(0); ++i) {
      row[i] = i < kept.size() ? kept[i] : kNoSlot;
    }
  }
  EXPECT_EQ(graph_.verify(),
            std::vector<std::string>{"Fewer than a tenth of the graph's links lead both ways."});
}

}  // namespace
}  // namespace carrel::index
