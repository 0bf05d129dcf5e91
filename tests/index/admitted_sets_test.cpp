// Claim: the chunks a scope admits, kept and carried over from question to question, are those that
// asking about every chunk gives; and a right that ended is not lent on by a set that is older.
#include "index/admitted_sets.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "tests/support/testing.h"
#include "tests/support/visibility_for_tests.h"

namespace carrel::index {
namespace {

constexpr std::int64_t kChunks = 300;
constexpr std::int64_t kClasses = 70;

access::Visibility draw_rights(Rng& rng) {
  std::vector<std::uint64_t> words(1 + kClasses / 64);
  for (std::int64_t id = 1; id <= kClasses; ++id) {
    if (rng.chance(0.4)) words[static_cast<std::size_t>(id) >> 6] |= std::uint64_t{1} << (id & 63);
  }
  return access::VisibilityForTests::of(std::move(words));
}

std::vector<ChunkId> ask_all(const Scope& scope, const ClassMap& classes) {
  std::vector<ChunkId> out;
  for (std::int64_t id = 1; id <= kChunks; ++id) {
    if (!scope.visible.permits(classes.class_of(ChunkId{id}))) continue;
    if (scope.documents != nullptr &&
        !scope.documents->contains(classes.document_of(ChunkId{id}))) {
      continue;
    }
    out.push_back(ChunkId{id});
  }
  return out;
}

TEST(AdmittedSets, AreWhatAskingAboutEveryChunkGives) {
  const std::uint64_t seed = carrel::testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  Rng rng(seed);
  ClassMap classes;
  const AdmittedSets sets(classes);
  std::vector<access::Visibility> rights;
  for (int i = 0; i < 4; ++i) rights.push_back(draw_rights(rng));
  const auto some = std::make_shared<DocumentSet>();
  for (std::int64_t id = 1; id <= 40; ++id) {
    if (rng.chance(0.5)) some->add(DocumentId{id});
  }
  for (int step = 0; step < 3'000; ++step) {
    const ChunkId chunk{1 + static_cast<std::int64_t>(rng.below(kChunks))};
    if (rng.chance(0.3)) {
      classes.remove(chunk);
    } else {
      classes.set(chunk, AclClassId{1 + static_cast<std::int64_t>(rng.below(kClasses))},
                  DocumentId{1 + static_cast<std::int64_t>(rng.below(40))}, 1);
    }
    if (!rng.chance(0.2)) continue;
    const Scope scope{rights[rng.below(rights.size())],
                      rng.chance(0.5) ? nullptr : std::shared_ptr<const DocumentSet>(some)};
    const ScopeAdmission admission(scope, classes, sets);
    const std::vector<ChunkId> expected = ask_all(scope, classes);
    std::vector<ChunkId> found;
    admission.list(found);
    ASSERT_EQ(found, expected);
    ASSERT_EQ(admission.admitted_count(), expected.size());
  }
}

TEST(AdmittedSets, AreMadeAnewWhenTooMuchHasChanged) {
  Rng rng(1);
  ClassMap classes;
  const AdmittedSets sets(classes);
  const access::Visibility rights = draw_rights(rng);
  const Scope scope{rights, nullptr};
  for (int i = 0; i < 200'000; ++i) {
    classes.set(ChunkId{1 + static_cast<std::int64_t>(rng.below(kChunks))},
                AclClassId{1 + static_cast<std::int64_t>(rng.below(kClasses))}, DocumentId{1}, 1);
    if (i % 90'000 != 0) continue;
    EXPECT_EQ(sets.find(scope)->count(), ask_all(scope, classes).size());
  }
  EXPECT_EQ(sets.find(scope)->count(), ask_all(scope, classes).size());
}

TEST(AdmittedSets, ARightThatEndedIsNotLentOnByAnOlderSet) {
  ClassMap classes;
  const AdmittedSets sets(classes);
  classes.set(ChunkId{1}, AclClassId{1}, DocumentId{1}, 1);
  const access::Visibility rights = access::VisibilityForTests::of({0b10});
  const Scope scope{rights, nullptr};
  const ScopeAdmission older(scope, classes, sets);
  EXPECT_TRUE(older.admits(ChunkId{1}));
  classes.set(ChunkId{1}, AclClassId{2}, DocumentId{1}, 1);
  EXPECT_FALSE(older.admits(ChunkId{1}));
  EXPECT_EQ(ScopeAdmission(scope, classes, sets).admitted_count(), 0u);
}

}  // namespace
}  // namespace carrel::index
