// Looking for broken invariants of the graph.
#include <algorithm>

#include "index/hnsw_scratch.h"

namespace carrel::index {
namespace {

constexpr std::size_t kFindingsMax = 50;
constexpr std::size_t kMutualNodesMin = 4096;  // a small graph may be anything
constexpr double kMutualLeast = 0.1;           // share of links on level 0 that lead both ways

std::string about(Slot slot, std::size_t level) {
  return "Slot " + std::to_string(slot) + " on level " + std::to_string(level);
}

}  // namespace

void HnswGraph::verify_row(Slot slot, std::size_t level, std::vector<std::string>& broken) const {
  std::vector<Slot> row_links = links(slot, level);
  for (const Slot to : row_links) {
    if (!is_linked(to)) {
      broken.push_back(about(slot, level) + " links to a slot that holds no node.");
    } else if (nodes_[to].level < level) {
      broken.push_back(about(slot, level) + " links to a node that is not on this level.");
    } else if (incoming_ != nullptr &&
               std::count(in(to, level).begin(), in(to, level).end(), slot) != 1) {
      broken.push_back(about(slot, level) + " links to a node that does not know of it.");
    }
    if (to == slot) broken.push_back(about(slot, level) + " links to itself.");
  }
  std::sort(row_links.begin(), row_links.end());
  if (std::adjacent_find(row_links.begin(), row_links.end()) != row_links.end()) {
    broken.push_back(about(slot, level) + " has a link twice.");
  }
  if (incoming_ == nullptr) return;
  for (const Slot from : in(slot, level)) {
    if (!is_linked(from) || nodes_[from].level < level) {
      broken.push_back(about(slot, level) + " believes that a node links to it that is not there.");
      continue;
    }
    const std::vector<Slot> of = links(from, level);
    if (std::find(of.begin(), of.end(), slot) == of.end()) {
      broken.push_back(about(slot, level) + " believes that a node links to it that does not.");
    }
  }
}

// Each node but the root hangs from one that links to it, and all can be reached from the root.
void HnswGraph::verify_tree(std::vector<std::string>& broken) const {
  std::vector<bool> reached(nodes_.size(), false);
  std::vector<Slot> open;
  if (is_linked(root())) {
    open.push_back(root());
    reached[root()] = true;
  }
  while (!open.empty()) {
    const Slot slot = open.back();
    open.pop_back();
    std::size_t children = 0;
    for (const Slot to : links(slot, 0)) {
      if (!is_linked(to) || nodes_[to].parent != slot) continue;
      ++children;
      if (reached[to]) continue;
      reached[to] = true;
      open.push_back(to);
    }
    if (children != nodes_[slot].children || children > children_max()) {
      broken.push_back(about(slot, 0) + " has miscounted its children.");
    }
  }
  for (Slot slot = 0; slot < nodes_.size() && broken.size() < kFindingsMax; ++slot) {
    if (nodes_[slot].linked && !reached[slot]) {
      broken.push_back(about(slot, 0) + " cannot be reached from the root.");
    }
  }
}

// Among equal embeddings one link is enough, so they hang in a tree and are left out.
double HnswGraph::mutual_share() const {
  Scratch& at = *own_;
  std::size_t all = 0;
  std::size_t mutual = 0;
  for (Slot slot = 0; slot < nodes_.size(); ++slot) {
    if (!nodes_[slot].linked) continue;
    score_all(slot, links(slot, 0), at, at.candidates);
    const float self = self_score(slot, at);
    for (const auto& [score, to] : at.candidates) {
      if (score >= self) continue;
      const Slot* const back = row(to, 0);
      ++all;
      mutual += std::find(back, back + capacity(0), slot) != back + capacity(0) ? 1 : 0;
    }
  }
  return all == 0 ? 1 : static_cast<double>(mutual) / static_cast<double>(all);
}

std::vector<std::string> HnswGraph::verify() const {
  std::vector<std::string> broken;
  std::size_t top = 0;
  bool any = false;
  for (Slot slot = 0; slot < nodes_.size() && broken.size() < kFindingsMax; ++slot) {
    if (!nodes_[slot].linked) continue;
    any = true;
    top = std::max<std::size_t>(top, nodes_[slot].level);
    for (std::size_t l = 0; l <= nodes_[slot].level; ++l) verify_row(slot, l, broken);
  }
  const Entry at = entry();
  if (!any) {
    if (at.slot != kNoSlot || root() != kNoSlot) {
      broken.emplace_back("The graph is empty, but it has an entry.");
    }
    return broken;
  }
  if (!is_linked(at.slot) || nodes_[at.slot].level != at.level || at.level != top) {
    broken.emplace_back("The entry is not a node on the highest level.");
  }
  if (!is_linked(root()) || nodes_[root()].parent != kNoSlot) {
    broken.emplace_back("The root is not a node without parent.");
  }
  verify_tree(broken);
  if (broken.empty() && linked_ >= kMutualNodesMin && mutual_share() < kMutualLeast) {
    broken.emplace_back("Fewer than a tenth of the graph's links lead both ways.");
  }
  return broken;
}

}  // namespace carrel::index
