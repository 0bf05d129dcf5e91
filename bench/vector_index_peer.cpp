#include "bench/vector_index_peer.h"

#include <hnswlib/hnswlib.h>

namespace carrel::bench {

struct HnswlibPeer::State {
  State(std::size_t dim, std::size_t capacity, std::size_t m, std::size_t ef_construction)
      : space(dim), graph(&space, capacity, m, ef_construction, 1), marked(capacity, 0) {}
  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> graph;
  std::vector<std::uint8_t> marked;
};

HnswlibPeer::HnswlibPeer(std::size_t dim, std::size_t capacity, std::size_t m,
                         std::size_t ef_construction)
    : state_(std::make_unique<State>(dim, capacity, m, ef_construction)) {}
HnswlibPeer::~HnswlibPeer() = default;

void HnswlibPeer::insert(std::size_t label, std::span<const float> embedding) {
  state_->graph.addPoint(embedding.data(), label);
}

void HnswlibPeer::set_ef(std::size_t ef) { state_->graph.setEf(ef); }

std::vector<std::size_t> HnswlibPeer::search(std::span<const float> query, std::size_t k) const {
  auto found = state_->graph.searchKnn(query.data(), k);
  std::vector<std::size_t> out(found.size());
  for (std::size_t i = out.size(); i-- > 0; found.pop()) out[i] = found.top().second;
  return out;
}

void HnswlibPeer::admit_only(const std::vector<std::uint8_t>& admitted) {
  for (std::size_t label = 0; label < admitted.size(); ++label) {
    const std::uint8_t mark = admitted[label] != 0 ? 0 : 1;
    if (mark == state_->marked[label]) continue;
    if (mark != 0) {
      state_->graph.markDelete(label);
    } else {
      state_->graph.unmarkDelete(label);
    }
    state_->marked[label] = mark;
  }
}

}  // namespace carrel::bench
