// Claim: roots and proofs are those of RFC 6962 section 2.1. The judge is the definition itself,
// written as the recursion that the RFC gives; the published roots are those of Certificate
// Transparency's reference tree of eight records.
#include "access/detail/merkle.h"

#include <gtest/gtest.h>

#include "access/audit_log.h"

namespace carrel::access {
namespace {

using Leaves = std::vector<std::string>;

Digest hash_of(std::string_view prefix, std::string_view rest) {
  return sha256(std::string(prefix) + std::string(rest));
}

Leaves part(const Leaves& d, std::size_t begin, std::size_t end) {
  return {d.begin() + static_cast<std::ptrdiff_t>(begin),
          d.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::size_t largest_power_below(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// MTH(D[n])
Digest mth(const Leaves& d) {
  if (d.empty()) return sha256(std::string_view());
  if (d.size() == 1) return hash_of(std::string_view("\0", 1), d[0]);
  const std::size_t k = largest_power_below(d.size());
  const Digest left = mth(part(d, 0, k));
  const Digest right = mth(part(d, k, d.size()));
  return hash_of("\x01", std::string(text_of(left)) + std::string(text_of(right)));
}

// PATH(m, D[n])
std::vector<Digest> path(std::size_t m, const Leaves& d) {
  if (d.size() == 1) return {};
  const std::size_t k = largest_power_below(d.size());
  std::vector<Digest> out;
  if (m < k) {
    out = path(m, part(d, 0, k));
    out.push_back(mth(part(d, k, d.size())));
  } else {
    out = path(m - k, part(d, k, d.size()));
    out.push_back(mth(part(d, 0, k)));
  }
  return out;
}

// SUBPROOF(m, D[n], b)
std::vector<Digest> subproof(std::size_t m, const Leaves& d, bool b) {
  if (m == d.size()) return b ? std::vector<Digest>{} : std::vector<Digest>{mth(d)};
  const std::size_t k = largest_power_below(d.size());
  std::vector<Digest> out;
  if (m <= k) {
    out = subproof(m, part(d, 0, k), b);
    out.push_back(mth(part(d, k, d.size())));
  } else {
    out = subproof(m - k, part(d, k, d.size()), false);
    out.push_back(mth(part(d, 0, k)));
  }
  return out;
}

Leaves make_leaves(std::size_t n) {
  Leaves out;
  for (std::size_t i = 0; i < n; ++i) out.push_back("record " + std::to_string(i * i));
  return out;
}

TEST(Merkle, GivesThePublishedRoots) {
  const Leaves leaves = {"",
                         std::string(1, '\0'),
                         "\x10",
                         "\x20\x21",
                         "\x30\x31",
                         "\x40\x41\x42\x43",
                         "\x50\x51\x52\x53\x54\x55\x56\x57",
                         "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  detail::Frontier frontier;
  EXPECT_EQ(to_hex(frontier.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    frontier.append(detail::leaf_hash(leaves[i]), {});
    EXPECT_EQ(to_hex(frontier.root()), roots[i]) << i + 1 << " records";
    EXPECT_EQ(to_hex(mth(part(leaves, 0, i + 1))), roots[i]) << "the judge, " << i + 1;
  }
}

TEST(Merkle, ProofsAreThoseOfTheDefinitionAndVerify) {
  const Leaves all = make_leaves(33);
  const detail::RangeRoot root_of = [&](std::uint64_t begin, std::uint64_t end) {
    return mth(part(all, begin, end));
  };
  for (std::size_t n = 1; n <= all.size(); ++n) {
    const Leaves leaves = part(all, 0, n);
    const Digest root = mth(leaves);
    for (std::size_t m = 0; m < n; ++m) {
      const auto proof = detail::make_inclusion_proof(m, n, root_of);
      ASSERT_EQ(proof, path(m, leaves)) << m << " of " << n;
      const Digest leaf = detail::leaf_hash(leaves[m]);
      ASSERT_TRUE(verify_inclusion(leaf, m, n, proof, root)) << m << " of " << n;
      ASSERT_FALSE(verify_inclusion(leaf, m + 1, n, proof, root)) << m << " of " << n;
    }
    for (std::size_t m = 1; m <= n; ++m) {
      const auto proof = detail::make_consistency_proof(m, n, root_of);
      ASSERT_EQ(proof, subproof(m, leaves, true)) << m << " to " << n;
      ASSERT_TRUE(verify_consistency(m, mth(part(all, 0, m)), n, root, proof)) << m << " to " << n;
      ASSERT_EQ(verify_consistency(m, root, n, root, proof), m == n) << m << " to " << n;
    }
  }
}

TEST(Merkle, RefusesEveryDamagedProof) {
  const Leaves all = make_leaves(21);
  const detail::RangeRoot root_of = [&](std::uint64_t begin, std::uint64_t end) {
    return mth(part(all, begin, end));
  };
  const Digest root = mth(all);
  const Digest old_root = mth(part(all, 0, 13));
  const auto inclusion = detail::make_inclusion_proof(11, 21, root_of);
  const auto consistency = detail::make_consistency_proof(13, 21, root_of);
  const Digest leaf = detail::leaf_hash(all[11]);
  ASSERT_TRUE(verify_inclusion(leaf, 11, 21, inclusion, root));
  ASSERT_TRUE(verify_consistency(13, old_root, 21, root, consistency));
  for (std::size_t i = 0; i < inclusion.size(); ++i) {
    auto damaged = inclusion;
    damaged[i][i % 32] ^= 1;
    EXPECT_FALSE(verify_inclusion(leaf, 11, 21, damaged, root));
  }
  for (std::size_t i = 0; i < consistency.size(); ++i) {
    auto damaged = consistency;
    damaged[i][i % 32] ^= 1;
    EXPECT_FALSE(verify_consistency(13, old_root, 21, root, damaged));
  }
  auto longer = inclusion;
  longer.push_back(root);
  EXPECT_FALSE(verify_inclusion(leaf, 11, 21, longer, root));
  longer.resize(inclusion.size() - 1);
  EXPECT_FALSE(verify_inclusion(leaf, 11, 21, longer, root));
  EXPECT_FALSE(verify_inclusion(leaf, 21, 21, inclusion, root));
  EXPECT_FALSE(verify_consistency(13, old_root, 21, root, {}));
  EXPECT_FALSE(verify_consistency(22, old_root, 21, root, consistency));
  EXPECT_TRUE(verify_consistency(0, mth({}), 21, root, {}));
  EXPECT_FALSE(verify_consistency(0, root, 21, root, {}));
}

}  // namespace
}  // namespace carrel::access
