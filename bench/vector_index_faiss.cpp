#include "bench/vector_index_faiss.h"

#include <faiss/IndexHNSW.h>

namespace carrel::bench {

struct FaissPeer::State {
  std::unique_ptr<faiss::IndexHNSW> index;
};

FaissPeer::FaissPeer(Kind kind, std::size_t dim, std::size_t m, std::size_t ef_construction)
    : state_(std::make_unique<State>()) {
  const auto d = static_cast<int>(dim);
  const auto links = static_cast<int>(m);
  if (kind == Kind::flat) {
    state_->index = std::make_unique<faiss::IndexHNSWFlat>(d, links, faiss::METRIC_INNER_PRODUCT);
  } else {
    state_->index = std::make_unique<faiss::IndexHNSWSQ>(d, faiss::ScalarQuantizer::QT_8bit, links,
                                                         faiss::METRIC_INNER_PRODUCT);
  }
  state_->index->hnsw.efConstruction = static_cast<int>(ef_construction);
}
FaissPeer::~FaissPeer() = default;

void FaissPeer::build(std::span<const float> rows) {
  const auto n = static_cast<faiss::Index::idx_t>(rows.size()) / state_->index->d;
  if (!state_->index->is_trained) state_->index->train(n, rows.data());
  state_->index->add(n, rows.data());
}

void FaissPeer::search(std::span<const float> query, std::size_t k, std::size_t ef,
                       std::vector<std::size_t>& out) const {
  faiss::SearchParametersHNSW how;
  how.efSearch = static_cast<int>(ef);
  std::vector<faiss::Index::idx_t> labels(k);
  std::vector<float> scores(k);
  state_->index->search(1, query.data(), static_cast<faiss::Index::idx_t>(k), scores.data(),
                        labels.data(), &how);
  out.clear();
  for (const auto label : labels) {
    if (label >= 0) out.push_back(static_cast<std::size_t>(label));
  }
}

}  // namespace carrel::bench
