#include "bench/vector_index_peer.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <queue>
#include <utility>

#include <hnswlib/hnswlib.h>

namespace carrel::bench {

using hnswlib::tableint;

struct HnswlibPeer::State {
  State(std::size_t dim, std::size_t capacity_in, std::size_t m, std::size_t ef_construction)
      : capacity(capacity_in),
        space(dim),
        graph(std::make_unique<hnswlib::HierarchicalNSW<float>>(&space, capacity, m,
                                                                ef_construction, 1)) {}
  std::size_t capacity;
  hnswlib::InnerProductSpace space;
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph;
};

namespace {

// A queue's nodes as labels, best first.
template <class Queue>
void take_labels(const hnswlib::HierarchicalNSW<float>& graph, Queue& found, std::size_t k,
                 std::vector<std::size_t>& out) {
  while (found.size() > k) found.pop();
  out.resize(found.size());
  for (std::size_t i = out.size(); i-- > 0; found.pop()) {
    out[i] = graph.getExternalLabel(found.top().second);
  }
}

// hnswlib 0.8's searchBaseLayerST for a filter, on the structures of 0.6.2.
template <class Admits>
auto walk_base(const hnswlib::HierarchicalNSW<float>& graph, tableint entry, const void* query,
               std::size_t ef, const Admits& admits) {
  using Pair = std::pair<float, tableint>;
  hnswlib::VisitedList* const list = graph.visited_list_pool_->getFreeVisitedList();
  hnswlib::vl_type* const marks = list->mass;
  const hnswlib::vl_type mark = list->curV;
  const auto distance = [&](tableint id) {
    return graph.fstdistfunc_(query, graph.getDataByInternalId(id), graph.dist_func_param_);
  };
  std::priority_queue<Pair> top;
  std::priority_queue<Pair> open;
  float bound = std::numeric_limits<float>::max();
  const float first = distance(entry);
  if (admits(entry)) {
    bound = first;
    top.emplace(first, entry);
  }
  open.emplace(-first, entry);
  marks[entry] = mark;
  while (!open.empty()) {
    const auto [minus, id] = open.top();
    if (-minus > bound && top.size() == ef) break;
    open.pop();
    auto* const row = reinterpret_cast<int*>(graph.get_linklist0(id));
    const std::size_t size = graph.getListCount(reinterpret_cast<hnswlib::linklistsizeint*>(row));
    __builtin_prefetch(marks + row[1]);
    __builtin_prefetch(graph.getDataByInternalId(row[1]));
    for (std::size_t j = 1; j <= size; ++j) {
      const tableint near = row[j];
      if (j < size) {
        __builtin_prefetch(marks + row[j + 1]);
        __builtin_prefetch(graph.getDataByInternalId(row[j + 1]));
      }
      if (marks[near] == mark) continue;
      marks[near] = mark;
      const float d = distance(near);
      if (top.size() >= ef && d >= bound) continue;
      open.emplace(-d, near);
      __builtin_prefetch(graph.get_linklist0(open.top().second));
      if (admits(near)) top.emplace(d, near);
      if (top.size() > ef) top.pop();
      if (!top.empty()) bound = top.top().first;
    }
  }
  graph.visited_list_pool_->releaseVisitedList(list);
  return top;
}

tableint descend(const hnswlib::HierarchicalNSW<float>& graph, const void* query) {
  tableint at = graph.enterpoint_node_;
  const auto distance = [&](tableint id) {
    return graph.fstdistfunc_(query, graph.getDataByInternalId(id), graph.dist_func_param_);
  };
  float best = distance(at);
  for (int level = graph.maxlevel_; level > 0; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      auto* const row = reinterpret_cast<unsigned*>(graph.get_linklist(at, level));
      const std::size_t size = graph.getListCount(row);
      for (std::size_t j = 1; j <= size; ++j) {
        const float d = distance(row[j]);
        if (d >= best) continue;
        best = d;
        at = row[j];
        moved = true;
      }
    }
  }
  return at;
}

}  // namespace

HnswlibPeer::HnswlibPeer(std::size_t dim, std::size_t capacity, std::size_t m,
                         std::size_t ef_construction)
    : state_(std::make_unique<State>(dim, capacity, m, ef_construction)) {}
HnswlibPeer::~HnswlibPeer() = default;

void HnswlibPeer::insert(std::size_t label, std::span<const float> embedding) {
  state_->graph->addPoint(embedding.data(), label);
}

void HnswlibPeer::save(const std::string& file) const { state_->graph->saveIndex(file); }

bool HnswlibPeer::load(const std::string& file) {
  if (!std::ifstream(file)) return false;
  state_->graph = std::make_unique<hnswlib::HierarchicalNSW<float>>(&state_->space, file, false,
                                                                    state_->capacity);
  return true;
}

void HnswlibPeer::search(std::span<const float> query, std::size_t k, std::size_t ef,
                         std::vector<std::size_t>& out) const {
  state_->graph->setEf(ef);
  auto found = state_->graph->searchKnn(query.data(), k);
  out.resize(found.size());
  for (std::size_t i = out.size(); i-- > 0; found.pop()) out[i] = found.top().second;
}

void HnswlibPeer::search_admitted(std::span<const float> query, std::size_t k, std::size_t ef,
                                  std::span<const std::uint8_t> admitted,
                                  std::vector<std::size_t>& out) const {
  const auto& graph = *state_->graph;
  auto found = walk_base(graph, descend(graph, query.data()), query.data(), std::max(ef, k),
                         [&](tableint id) { return admitted[graph.getExternalLabel(id)] != 0; });
  take_labels(graph, found, k, out);
}

void HnswlibPeer::erase(std::size_t label) { state_->graph->markDelete(label); }

void HnswlibPeer::replace(std::size_t erased, std::size_t label, std::span<const float> embedding) {
  auto& graph = *state_->graph;
  const tableint id = graph.label_lookup_.at(erased);
  graph.label_lookup_.erase(erased);
  graph.setExternalLabel(id, label);
  graph.label_lookup_[label] = id;
  graph.unmarkDeletedInternal(id);
  graph.updatePoint(embedding.data(), id, 1.0F);
}

void find_exactly(std::span<const float> rows, std::size_t dim, std::span<const float> query,
                  std::size_t k, std::span<const std::uint8_t> admitted,
                  std::vector<std::size_t>& out) {
  std::vector<std::pair<float, std::size_t>> best;  // a heap, worst on top
  const auto better = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  const std::size_t n = rows.size() / dim;
  for (std::size_t i = 0; i < n; ++i) {
    if (!admitted.empty() && admitted[i] == 0) continue;
    const float* const row = &rows[i * dim];
    float sums[16] = {};
    std::size_t j = 0;
    for (; j + 16 <= dim; j += 16) {
      for (std::size_t lane = 0; lane < 16; ++lane) sums[lane] += row[j + lane] * query[j + lane];
    }
    float score = 0;
    for (; j < dim; ++j) score += row[j] * query[j];
    for (const float sum : sums) score += sum;
    if (best.size() == k && !better(std::pair{score, i}, best.front())) continue;
    best.emplace_back(score, i);
    std::push_heap(best.begin(), best.end(), better);
    if (best.size() <= k) continue;
    std::pop_heap(best.begin(), best.end(), better);
    best.pop_back();
  }
  std::sort_heap(best.begin(), best.end(), better);
  out.clear();
  for (const auto& one : best) out.push_back(one.second);
}

}  // namespace carrel::bench
