// Claim: a term table numbers terms as std::map would, in order of first appearance.
#include "embed/detail/term_table.h"

#include <map>

#include <gtest/gtest.h>

#include "core/random.h"

namespace carrel::embed::detail {
namespace {

TEST(TermTable, AgreesWithAMap) {
  Rng rng(9);
  TermTable table;
  std::map<std::string, std::uint32_t> expected;
  for (int i = 0; i < 50'000; ++i) {
    const std::string term = "w" + std::to_string(rng.below(20'000));
    const auto [at, is_new] = expected.emplace(term, static_cast<std::uint32_t>(expected.size()));
    ASSERT_EQ(table.add(term), at->second);
  }
  ASSERT_EQ(table.size(), expected.size());
  for (const auto& [term, number] : expected) {
    EXPECT_EQ(table.find(term), number);
    EXPECT_EQ(table.term(number), term);
  }
  EXPECT_EQ(table.find("absent"), std::nullopt);
  EXPECT_EQ(table.find(""), std::nullopt);
}

}  // namespace
}  // namespace carrel::embed::detail
