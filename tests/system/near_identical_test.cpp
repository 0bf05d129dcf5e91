// Claim: among documents that differ only by company, year or version and by their numbers, a
// question that names both finds the right document first and the right page among the first five.
// How: real files through the real parsers; the judge knows what it wrote on which page.
#include <iostream>

#include <gtest/gtest.h>

#include "embed/lsa.h"
#include "ingest/embedder.h"
#include "ingest/ingestor.h"
#include "retrieve/retriever.h"
#include "tests/support/library_fixture.h"
#include "tests/system/near_identical_world.h"

namespace carrel {
namespace {

constexpr std::size_t kQuestions = 200;
constexpr std::uint64_t kSeed = 20250301;

TEST(NearIdenticalDocuments, TheRightOneComesFirstAndItsPageIsAmongTheFirstFive) {
  testing::TempDir folder;
  const auto questions = testing::make_near_identical(folder / "docs", kSeed, kQuestions);
  testing::LibraryFixture world;
  world.user("ana");
  NoProgress silent;
  ingest::ParserPool parsers{ingest::ParseOptions{}};
  ingest::IngestRequest request;
  request.paths = {folder / "docs"};
  request.allow = {"everyone"};
  const auto report = ingest::Ingestor(*world.library, parsers, world.clock, {})
                          .run(request, silent, CancelToken());
  ASSERT_EQ(report.failed, 0U);
  ASSERT_GE(report.added, 30U);
  ingest::Embedder(*world.library, {}).run(silent, CancelToken());

  const retrieve::Retriever retriever(world.library->reader(), *world.access);
  std::size_t right_document = 0, right_page = 0;
  for (const testing::NamedQuestion& question : questions) {
    const auto found = retriever.retrieve(world.visible_to("ana"), question.text,
                                          {.passages_max = 5}, CancelToken());
    const auto is_of = [&](const retrieve::Passage& passage) {
      return passage.uri.ends_with(question.file);
    };
    const bool first = !found.passages.empty() && is_of(found.passages.front());
    const bool page = std::any_of(
        found.passages.begin(), found.passages.end(),
        [&](const auto& passage) { return is_of(passage) && passage.page == question.page; });
    right_document += first ? 1 : 0;
    right_page += page ? 1 : 0;
    if (first && page) continue;
    std::cout << (first ? "page     " : "document ") << question.text << "  [" << question.file
              << " p. " << question.page << "]";
    if (!found.passages.empty())
      std::cout << " -> "
                << found.passages.front().uri.substr((folder / "docs").string().size() + 1)
                << " p. " << found.passages.front().page;
    std::cout << "\n";
  }
  std::cout << "right document first " << right_document << ", right page in the first five "
            << right_page << " of " << kQuestions << "\n";
  EXPECT_GE(right_document, kQuestions * 95 / 100);
  EXPECT_GE(right_page, kQuestions * 85 / 100);
}

}  // namespace
}  // namespace carrel
