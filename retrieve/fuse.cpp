#include "retrieve/fuse.h"

#include <algorithm>
#include <unordered_map>

namespace carrel::retrieve {

double keyword_weight(double coverage, const FusionWeights& weights) {
  const double share = std::clamp(coverage, 0.0, 1.0);
  return std::clamp(weights.keyword_floor + weights.keyword_coverage * share, 0.0, 1.0);
}

std::vector<index::Candidate> normalized(std::span<const index::Candidate> ranked) {
  std::vector<index::Candidate> out(ranked.begin(), ranked.end());
  if (out.empty()) return out;
  const double best = out.front().score;
  const double range = best - out.back().score;
  for (index::Candidate& candidate : out)
    candidate.score = range > 0 ? 1.0 - (best - candidate.score) / range : 1.0;
  return out;
}

std::vector<index::Candidate> fuse(std::span<const index::Candidate> keyword,
                                   std::span<const index::Candidate> vector, double alpha) {
  if (vector.empty()) return normalized(keyword);
  if (keyword.empty()) return normalized(vector);
  std::vector<index::Candidate> out = normalized(keyword);
  std::unordered_map<ChunkId, std::size_t> place;
  place.reserve(out.size() + vector.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].score *= alpha;
    place.emplace(out[i].chunk, i);
  }
  for (const index::Candidate& candidate : normalized(vector)) {
    const double score = (1.0 - alpha) * candidate.score;
    const auto [entry, is_new] = place.try_emplace(candidate.chunk, out.size());
    if (is_new)
      out.push_back({candidate.chunk, score});
    else
      out[entry->second].score += score;
  }
  std::sort(out.begin(), out.end(), [](const index::Candidate& a, const index::Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
  });
  return out;
}

std::vector<index::Candidate> spread_over_documents(std::vector<index::Candidate> ranked,
                                                    std::span<const DocumentId> documents) {
  constexpr std::size_t kFree = 3;
  constexpr double kKept = 0.9;
  struct Taken {
    std::size_t passages = 0;
    double kept = 1;
  };
  std::unordered_map<DocumentId, Taken> taken;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    Taken& of_document = taken[documents[i]];
    if (++of_document.passages > kFree) of_document.kept *= kKept;
    ranked[i].score *= of_document.kept;
  }
  std::stable_sort(
      ranked.begin(), ranked.end(),
      [](const index::Candidate& a, const index::Candidate& b) { return a.score > b.score; });
  return ranked;
}

double covered_share(std::span<const index::VisibleTerm> terms,
                     const std::unordered_set<std::string_view>& present) {
  double all = 0, covered = 0;
  for (const index::VisibleTerm& term : terms) {
    if (term.document_frequency == 0) continue;
    all += term.idf;
    if (present.contains(term.term)) covered += term.idf;
  }
  return all > 0 ? covered / all : 0.0;
}

}  // namespace carrel::retrieve
