// Claim: what put() returned is found by those who may read it, by nobody else, and is still there
// after reopening, whatever happened in between; the stores stay in step.
#include "index/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/hash.h"
#include "index/originals.h"
#include "tests/support/library_fixture.h"

namespace carrel::index {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::LibraryFixture;
using testing::make_document;

std::vector<ChunkId> find(LibraryFixture& fixture, const std::string& user,
                          const std::string& term) {
  const auto visible = fixture.visible_to(user);
  const auto result = fixture.library->reader().keyword_search(
      {visible, nullptr}, {.terms = {{term, 1.0}}}, {}, CancelToken{});
  std::vector<ChunkId> out;
  for (const Candidate& candidate : result.candidates) out.push_back(candidate.chunk);
  return out;
}

std::vector<std::string> findings(LibraryFixture& fixture) {
  NoProgress silent;
  std::vector<std::string> out;
  for (const auto& finding : fixture.library->verify(silent))
    out.push_back(finding.store + ": " + finding.what);
  return out;
}

std::vector<PutResult> put(LibraryFixture& fixture, const NewDocument& document) {
  auto result = fixture.library->writer().put({&document, 1});
  fixture.library->writer().commit_keywords();
  return result;
}

TEST(Library, FindsForReadersAndForNobodyElse) {
  LibraryFixture fixture;
  fixture.user("ana");
  fixture.user("ben");
  put(fixture, make_document("a", "Leave", {"annual leave"}, {"user:ana"}));
  EXPECT_EQ(find(fixture, "ana", "annual").size(), 1u);
  EXPECT_THAT(find(fixture, "ben", "annual"), IsEmpty());
  EXPECT_THAT(findings(fixture), IsEmpty());
}

TEST(Library, ReplacesADocumentUnderTheSameId) {
  LibraryFixture fixture;
  fixture.user("ana");
  const auto first = put(fixture, make_document("a", "Leave", {"twenty days"}, {"everyone"}));
  const auto second = put(fixture, make_document("a", "Leave", {"thirty days"}, {"everyone"}));
  EXPECT_EQ(first[0].document, second[0].document);
  EXPECT_EQ(second[0].version, 2);
  EXPECT_THAT(find(fixture, "ana", "twenti"), IsEmpty());
  EXPECT_EQ(find(fixture, "ana", "thirti").size(), 1u);
  EXPECT_THAT(findings(fixture), IsEmpty());
}

TEST(Library, ADeletedDocumentIsGoneFromEveryRead) {
  LibraryFixture fixture;
  fixture.user("ana");
  const auto put_result = put(fixture, make_document("a", "Leave", {"twenty days"}, {"everyone"}));
  const auto chunks = find(fixture, "ana", "twenti");
  ASSERT_EQ(chunks.size(), 1u);
  fixture.library->writer().remove(put_result[0].document);
  const auto visible = fixture.visible_to("ana");
  const Reader& reader = fixture.library->reader();
  EXPECT_THAT(find(fixture, "ana", "twenti"), IsEmpty());  // before any keyword commit
  EXPECT_THAT(reader.chunks(visible, chunks), IsEmpty());
  EXPECT_FALSE(reader.find_document(visible, put_result[0].document));
  EXPECT_FALSE(reader.original_of(visible, put_result[0].document));
  EXPECT_THAT(findings(fixture), IsEmpty());
  EXPECT_THROW(fixture.library->writer().remove(put_result[0].document), Error);
}

TEST(Library, AChangedAclIsInForceForTheNextSearch) {
  LibraryFixture fixture;
  fixture.user("ana");
  fixture.user("ben");
  const auto made = put(fixture, make_document("a", "Leave", {"annual"}, {"user:ana"}));
  fixture.library->writer().set_access(made[0].document, {{"user:ben"}, {}, "internal"}, "");
  EXPECT_THAT(find(fixture, "ana", "annual"), IsEmpty());
  EXPECT_EQ(find(fixture, "ben", "annual").size(), 1u);
  fixture.reopen();
  EXPECT_THAT(find(fixture, "ana", "annual"), IsEmpty());
  EXPECT_EQ(find(fixture, "ben", "annual").size(), 1u);
}

TEST(Library, CatchesUpWithWhatTheKeywordIndexLacks) {
  LibraryFixture fixture;
  fixture.user("ana");
  put(fixture, make_document("a", "Leave", {"annual"}, {"everyone"}));
  // Committed to the truth, never to the keyword index: as after a kill.
  const auto late = make_document("b", "Travel", {"railway"}, {"everyone"});
  fixture.library->writer().put({&late, 1});
  std::filesystem::remove_all(fixture.directory / "keywords-aside");
  std::filesystem::copy(fixture.directory / "keywords", fixture.directory / "keywords-aside");
  fixture.close();
  std::filesystem::remove_all(fixture.directory / "keywords");
  std::filesystem::rename(fixture.directory / "keywords-aside", fixture.directory / "keywords");
  fixture.open();
  EXPECT_EQ(find(fixture, "ana", "annual").size(), 1u);
  EXPECT_EQ(find(fixture, "ana", "railwai").size(), 1u);
  EXPECT_THAT(findings(fixture), IsEmpty());
}

TEST(Library, RebuildsTheKeywordIndexFromTheTruth) {
  LibraryFixture fixture;
  fixture.user("ana");
  put(fixture, make_document("a", "Leave", {"annual"}, {"everyone"}));
  const auto gone = put(fixture, make_document("b", "Travel", {"railway"}, {"everyone"}));
  fixture.library->writer().remove(gone[0].document);
  fixture.close();
  std::filesystem::remove_all(fixture.directory / "keywords");
  fixture.open();
  EXPECT_EQ(find(fixture, "ana", "annual").size(), 1u);
  EXPECT_THAT(findings(fixture), IsEmpty());
  NoProgress silent;
  fixture.library->rebuild_derived(silent);
  EXPECT_EQ(find(fixture, "ana", "annual").size(), 1u);
  EXPECT_THAT(findings(fixture), IsEmpty());
}

TEST(Library, VerifyNamesADamagedOriginal) {
  LibraryFixture fixture;
  put(fixture, make_document("a", "Leave", {"annual"}, {"everyone"}));
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(fixture.directory / "originals"))
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 20);
  EXPECT_EQ(findings(fixture).size(), 1u);
}

TEST(Library, OpeningRemovesOriginalsThatACrashLeftBehind) {
  LibraryFixture fixture;
  fixture.user("ana");
  const auto made = put(fixture, make_document("a", "Leave", {"annual"}, {"everyone"}));
  const Originals originals(fixture.directory / "originals");
  const Digest stray = sha256("bytes of a document that was never committed");
  originals.put(stray, "bytes of a document that was never committed");
  ASSERT_TRUE(originals.contains(stray));
  fixture.reopen();
  EXPECT_FALSE(originals.contains(stray));
  EXPECT_TRUE(fixture.library->reader().original_of(fixture.visible_to("ana"), made[0].document));
}

TEST(Library, KeepsEmbeddingsAndTheGraphOverReopening) {
  LibraryFixture fixture;
  fixture.user("ana");
  put(fixture, make_document("a", "A", {"one", "two", "three"}, {"everyone"}));
  Writer& writer = fixture.library->writer();
  const ModelId model = writer.create_model("lsa", 2, 3, "bytes");
  std::vector<ChunkId> chunks;
  for (const auto& chunk : writer.chunks_to_embed(model, ChunkId{0}, 10))
    chunks.push_back(chunk.id);
  ASSERT_EQ(chunks.size(), 3u);
  writer.put_embeddings(model, chunks, std::vector<float>{1, 0, 0, 1, 0.6F, 0.8F});
  writer.activate(model);
  const auto nearest = [&] {
    const auto visible = fixture.visible_to("ana");
    std::vector<ChunkId> out;
    const std::vector<float> query = {0, 1};
    for (const auto& c : fixture.library->reader().vector_search(
             {visible, nullptr}, *fixture.library->reader().active_model(), query, {.k = 3}))
      out.push_back(c.chunk);
    return out;
  };
  EXPECT_THAT(nearest(), ElementsAre(chunks[1], chunks[2], chunks[0]));
  fixture.reopen();  // from the change log
  EXPECT_THAT(nearest(), ElementsAre(chunks[1], chunks[2], chunks[0]));
  fixture.library->writer().checkpoint_vectors();
  fixture.reopen();  // from the checkpoint
  EXPECT_THAT(nearest(), ElementsAre(chunks[1], chunks[2], chunks[0]));
  EXPECT_EQ(fixture.library->reader().model_bytes(model), "bytes");
  EXPECT_THAT(findings(fixture), IsEmpty());
}

}  // namespace
}  // namespace carrel::index
