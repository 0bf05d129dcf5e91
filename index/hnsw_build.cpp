// Adding nodes, a batch at a time: finding their neighbours, linking back, and hanging them into
// the tree.
#include <algorithm>

#include "core/error.h"
#include "index/hnsw_scratch.h"
#include "index/vector_team.h"

namespace carrel::index {
namespace {

constexpr std::size_t kBatchMax = 512;
constexpr std::size_t kBatchShare = 8;   // a batch is at most this part of the graph
constexpr double kVisitsMemory = 1'000;  // nodes over which visits_per_ef is averaged
constexpr std::size_t kMateBlock = 64;

}  // namespace

struct HnswGraph::Batch {
  struct Found {
    std::vector<std::vector<Slot>> chosen;  // [level]
    std::size_t visited = 0;                // on level 0
  };
  std::span<const NewNode> nodes;
  std::vector<Found> found;  // [node]
};

void HnswGraph::add(std::span<const NewNode> nodes, Team& team,
                    const std::atomic<std::size_t>& busy) {
  while (scratch_.size() < team.width()) scratch_.push_back(std::make_unique<Scratch>(store_));
  std::size_t done = 0;
  if (!nodes.empty() && linked_ == 0) {
    begin_with(nodes[0]);
    done = 1;
  }
  while (done < nodes.size()) {
    const std::size_t most = std::clamp<std::size_t>(linked_ / kBatchShare, 1, kBatchMax);
    const std::size_t count = std::min(most, nodes.size() - done);
    add_batch(nodes.subspan(done, count), team, busy);
    done += count;
  }
}

void HnswGraph::begin_with(const NewNode& node) {
  open_node(node.slot, node.level);
  root_.store(node.slot, std::memory_order_release);
  set_entry({node.slot, node.level});
}

void HnswGraph::add_batch(std::span<const NewNode> nodes, Team& team,
                          const std::atomic<std::size_t>& busy) {
  for (const NewNode& node : nodes) open_node(node.slot, node.level);
  Batch batch{nodes, std::vector<Batch::Found>(nodes.size())};
  // All rows of a new node are written before anyone links to it: whoever arrives can go on.
  team.run(
      nodes.size(),
      [&](std::size_t i, std::size_t who) { find_neighbours(batch, i, *scratch_[who]); }, &busy);
  // After each step, because the second may drop what the first has linked.
  for (const auto& at : scratch_) apply_notes(*at);
  link_all_back(batch, team, busy);
  for (const auto& at : scratch_) apply_notes(*at);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    hang(nodes[i].slot, batch.found[i].chosen[0]);
    if (nodes[i].level > entry().level) set_entry({nodes[i].slot, nodes[i].level});
    const double visits =
        static_cast<double>(batch.found[i].visited) / static_cast<double>(ef_construction_);
    const double before = visits_per_ef();
    visits_per_ef_.store(before + (visits - before) / kVisitsMemory, std::memory_order_relaxed);
  }
}

void HnswGraph::link_all_back(const Batch& batch, Team& team,
                              const std::atomic<std::size_t>& busy) {
  struct Back {
    Slot from;
    std::uint32_t level;
    Slot to;
  };
  std::vector<Back> backs;
  for (std::size_t i = 0; i < batch.nodes.size(); ++i) {
    for (std::size_t l = 0; l < batch.found[i].chosen.size(); ++l) {
      for (const Slot from : batch.found[i].chosen[l]) {
        backs.push_back({from, static_cast<std::uint32_t>(l), batch.nodes[i].slot});
      }
    }
  }
  std::stable_sort(backs.begin(), backs.end(), [](const Back& a, const Back& b) {
    return a.from != b.from ? a.from < b.from : a.level < b.level;
  });
  std::vector<std::size_t> groups;  // where each begins: the links one row gets
  std::vector<Slot> to;
  for (std::size_t i = 0; i < backs.size(); ++i) {
    if (i == 0 || backs[i].from != backs[i - 1].from || backs[i].level != backs[i - 1].level) {
      groups.push_back(i);
    }
    to.push_back(backs[i].to);
  }
  const std::size_t count = groups.size();
  groups.push_back(backs.size());
  team.run(
      count,
      [&](std::size_t g, std::size_t who) {
        const Back& first = backs[groups[g]];
        link_back(first.from, first.level,
                  std::span(to).subspan(groups[g], groups[g + 1] - groups[g]), *scratch_[who]);
      },
      &busy);
}

void HnswGraph::find_neighbours(Batch& batch, std::size_t i, Scratch& at) {
  const auto [slot, level] = batch.nodes[i];
  Batch::Found& found = batch.found[i];
  found.chosen.resize(level + 1);
  const Entry top = entry();
  WalkContext& context = at.context;
  store_.take_codes(slot, context.query);
  context.begin(nodes_.size());
  Scored nearest{0, top.slot};
  store_.score(context.query, &top.slot, 1, &nearest.score);
  for (std::size_t l = top.level; l > level; --l) {
    nearest = descend(*this, store_, context, nearest, l);
  }
  for (std::size_t l = level + 1; l-- > 0;) {
    at.candidates.clear();
    if (l <= top.level) {
      context.begin(nodes_.size());
      walk(*this, store_, context, {&nearest.slot, 1}, l, ef_construction_);
      for (std::size_t k = 0; k < context.pool.size(); ++k) {
        at.candidates.push_back(context.pool[k]);
      }
      nearest = at.candidates.front();
      if (l == 0) found.visited = context.visited;
    }
    add_mates(batch, i, l, at);
    select(slot, at.candidates, m_, l, at, found.chosen[l]);
    set_links(slot, l, found.chosen[l], at);
  }
}

// Those before it in its batch are not in the graph yet, so they are looked at one by one.
void HnswGraph::add_mates(const Batch& batch, std::size_t i, std::size_t level, Scratch& at) {
  at.slots.clear();
  for (std::size_t j = 0; j < i; ++j) {
    if (batch.nodes[j].level >= level) at.slots.push_back(batch.nodes[j].slot);
  }
  at.scores.resize(at.slots.size());
  store_.score(at.context.query, at.slots.data(), at.slots.size(), at.scores.data());
  for (std::size_t j = 0; j < at.slots.size(); ++j) {
    at.candidates.push_back({at.scores[j], at.slots[j]});
  }
  const std::size_t most = std::max(ef_construction_, kMateBlock);
  if (at.candidates.size() <= most) return;
  std::nth_element(at.candidates.begin(), at.candidates.begin() + static_cast<std::ptrdiff_t>(most),
                   at.candidates.end(), is_better);
  at.candidates.resize(most);
}

void HnswGraph::link_back(Slot from, std::size_t level, std::span<const Slot> to, Scratch& at) {
  std::vector<Slot> now = links(from, level);
  if (now.size() + to.size() <= capacity(level)) {
    for (const Slot slot : to) add_link(from, slot, level, at);
    return;
  }
  now.insert(now.end(), to.begin(), to.end());
  score_all(from, now, at, at.candidates);
  select(from, at.candidates, capacity(level), level, at, at.chosen);
  set_links(from, level, at.chosen, at);
}

// The parent is one of the near that kept its link, the one highest in the tree.
void HnswGraph::hang(Slot child, std::span<const Slot> near) {
  Slot parent = kNoSlot;
  const auto holds_child = [&](Slot slot) {
    const Slot* const links_of = row(slot, 0);
    return std::find(links_of, links_of + capacity(0), child) != links_of + capacity(0);
  };
  for (const Slot slot : near) {
    if (nodes_[slot].children >= children_max()) continue;
    if (parent != kNoSlot && nodes_[slot].depth >= nodes_[parent].depth) continue;
    if (holds_child(slot)) parent = slot;
  }
  for (std::size_t i = 0; i < near.size() && parent == kNoSlot; ++i) {
    if (nodes_[near[i]].children < children_max()) parent = near[i];
  }
  bind(parent != kNoSlot ? parent : any_with_room(near.front()), child);
}

// Makes `child` hang from `parent`, which has room for a child. A full row gives up its farthest
// link that binds nobody; there is one, as at most half of a row binds.
void HnswGraph::bind(Slot parent, Slot child) {
  Scratch& at = *own_;
  const std::vector<Slot> now = links(parent, 0);
  if (std::find(now.begin(), now.end(), child) == now.end()) {
    if (now.size() == capacity(0)) {
      score_all(parent, now, at, at.candidates);
      std::sort(at.candidates.begin(), at.candidates.end(), is_better);
      while (is_bound(parent, at.candidates.back().slot, 0)) at.candidates.pop_back();
      const Slot given_up = at.candidates.back().slot;
      erase_link(parent, given_up, 0);
      note(at, parent, given_up, 0, false);
    }
    add_link(parent, child, 0, at);
  }
  nodes_[child].parent = parent;
  nodes_[child].depth = nodes_[parent].depth + 1;
  ++nodes_[parent].children;
  mark_changed(child);
}

// `from` or a node below it that can take one more child.
Slot HnswGraph::any_with_room(Slot from) const {
  Slot slot = from;
  while (nodes_[slot].children >= children_max()) {
    const std::vector<Slot> below = links(slot, 0);
    const auto child = std::find_if(below.begin(), below.end(),
                                    [&](Slot to) { return nodes_[to].parent == slot; });
    CARREL_ASSERT(child != below.end());
    slot = *child;
  }
  return slot;
}

}  // namespace carrel::index
