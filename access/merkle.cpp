#include "access/detail/merkle.h"

#include <bit>

#include "access/audit_log.h"
#include "core/error.h"

namespace carrel::access {
namespace detail {

Digest leaf_hash(std::string_view record) {
  std::string text(1, '\0');
  text += record;
  return sha256(text);
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 65> text{};
  text[0] = 1;
  std::copy(left.begin(), left.end(), text.begin() + 1);
  std::copy(right.begin(), right.end(), text.begin() + 33);
  return sha256(std::span<const std::uint8_t>(text));
}

Digest empty_root() { return sha256(std::string_view()); }

void Frontier::append(const Digest& leaf, const Completed& completed) {
  Digest current = leaf;
  int height = 0;
  for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    current = node_hash(peaks_.back(), current);
    peaks_.pop_back();
    ++height;
    if (completed) completed(height, size_ >> height, current);
  }
  peaks_.push_back(current);
  ++size_;
}

Digest Frontier::root() const {
  if (peaks_.empty()) return empty_root();
  Digest out = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) out = node_hash(peaks_[i], out);
  return out;
}

std::uint64_t split_of(std::uint64_t n) {
  CARREL_ASSERT(n > 1);
  return std::bit_floor(n - 1);
}

std::vector<Digest> make_inclusion_proof(std::uint64_t index, std::uint64_t size,
                                         const RangeRoot& root_of) {
  std::vector<Digest> siblings;  // from the root down
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + split_of(end - begin);
    if (index < middle) {
      siblings.push_back(root_of(middle, end));
      end = middle;
    } else {
      siblings.push_back(root_of(begin, middle));
      begin = middle;
    }
  }
  return {siblings.rbegin(), siblings.rend()};
}

std::vector<Digest> make_consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                           const RangeRoot& root_of) {
  if (old_size == 0 || old_size == size) return {};
  std::vector<Digest> nodes;  // from the root down
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end != old_size) {
    const std::uint64_t middle = begin + split_of(end - begin);
    if (old_size <= middle) {
      nodes.push_back(root_of(middle, end));
      end = middle;
    } else {
      nodes.push_back(root_of(begin, middle));
      begin = middle;
    }
  }
  // A subtree that is the whole old tree is known to whoever verifies.
  if (begin != 0) nodes.push_back(root_of(begin, end));
  return {nodes.rbegin(), nodes.rend()};
}

}  // namespace detail

// RFC 9162 section 2.1.3.2.
bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Digest>& proof, const Digest& root) {
  if (index >= size) return false;
  std::uint64_t at = index;
  std::uint64_t last = size - 1;
  Digest current = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      current = detail::node_hash(sibling, current);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      current = detail::node_hash(current, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && current == root;
}

// RFC 9162 section 2.1.4.2.
bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& root, const std::vector<Digest>& proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == detail::empty_root();
  std::vector<Digest> nodes = proof;
  if (std::has_single_bit(old_size)) nodes.insert(nodes.begin(), old_root);
  if (nodes.empty()) return false;
  std::uint64_t at = old_size - 1;
  std::uint64_t last = size - 1;
  for (; (at & 1) != 0; at >>= 1) last >>= 1;
  Digest old_current = nodes.front();
  Digest current = nodes.front();
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (last == 0) return false;
    if ((at & 1) != 0 || at == last) {
      old_current = detail::node_hash(nodes[i], old_current);
      current = detail::node_hash(nodes[i], current);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      current = detail::node_hash(current, nodes[i]);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && old_current == old_root && current == root;
}

}  // namespace carrel::access
