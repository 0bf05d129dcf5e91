// Claim: the library's graph survives a checkpoint that ends between any two writes, a damaged,
// lost or older page, and a change of its stored form; what it finds afterwards is what the stored
// embeddings say.
#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "index/library_state.h"
#include "index/repair.h"
#include "tests/index/vector_data.h"
#include "tests/support/library_fixture.h"

namespace carrel::index {
namespace {

using ::testing::IsEmpty;
using testing::LibraryFixture;
using testing::make_document;

constexpr std::size_t kDim = 16;
constexpr std::size_t kFirst = 260;  // more than four pages of nodes
constexpr std::size_t kLater = 40;

class VectorLibrary : public ::testing::Test {
 protected:
  VectorLibrary() : clusters_(5, kDim, 12), rows_(clusters_.draw(kFirst + kLater)) {
    fixture_.user("ana");
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < kFirst + kLater; ++i) texts.push_back("text " + std::to_string(i));
    const NewDocument document = make_document("a", "A", texts, {"everyone"});
    writer().put({&document, 1});
    writer().commit_keywords();
    model_ = writer().create_model("lsa", kDim, kFirst, "bytes");
    for (const auto& chunk : writer().chunks_to_embed(model_, ChunkId{0}, kFirst + kLater)) {
      chunks_.push_back(chunk.id);
    }
    embed(0, kFirst);
    writer().activate(model_);
    writer().checkpoint_vectors();
  }

  Writer& writer() { return fixture_.library->writer(); }
  void embed(std::size_t from, std::size_t count) {
    writer().put_embeddings(model_, std::span(chunks_).subspan(from, count),
                            std::span(rows_.values).subspan(from * kDim, count * kDim));
  }
  void execute(const std::string& sql) { fixture_.store->write()->execute(sql); }
  std::int64_t number(const std::string& sql) {
    const auto db = fixture_.store->write();
    Statement read(*db, sql);
    return read.step() ? read.integer(0) : -1;
  }

  // Every embedding finds itself first, and the library agrees with itself.
  void expect_whole(std::size_t embedded) {
    const auto visible = fixture_.visible_to("ana");
    for (std::size_t i = 0; i < embedded; i += 7) {
      const auto found =
          fixture_.library->reader().vector_search({visible, nullptr}, model_, rows_[i], {.k = 1});
      ASSERT_EQ(found.size(), 1u);
      EXPECT_EQ(found[0].chunk, chunks_[i]);
    }
    EXPECT_EQ(fixture_.library->state().space(model_)->index.size(), embedded);
    NoProgress silent;
    for (const VerifyFinding& one : fixture_.library->verify(silent)) ADD_FAILURE() << one.what;
  }

  LibraryFixture fixture_;
  vector_data::Clusters clusters_;
  vector_data::Rows rows_;
  ModelId model_;
  std::vector<ChunkId> chunks_;
};

TEST_F(VectorLibrary, ASecondCheckpointWritesTheChangedPagesAndDropsThoseTheyReplace) {
  const std::int64_t pages = number("SELECT count(*) FROM graph_page");
  EXPECT_EQ(pages, 5);
  embed(kFirst, 1);
  writer().checkpoint_vectors();
  EXPECT_EQ(number("SELECT count(*) FROM graph_page"), pages);
  EXPECT_GT(number("SELECT count(*) FROM graph_page WHERE generation = 2"), 0);
  fixture_.reopen();
  EXPECT_EQ(fixture_.library->state().space(model_)->changes_since_checkpoint, 0u);
  expect_whole(kFirst + 1);
}

TEST_F(VectorLibrary, ACheckpointMayEndBetweenAnyTwoWrites) {
  embed(kFirst, kLater);
  for (int page = 0; page < 6; ++page) {
    execute("CREATE TEMP TRIGGER stop BEFORE INSERT ON graph_page WHEN NEW.page >= " +
            std::to_string(page) + " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    if (page < 5) {
      EXPECT_THROW(writer().checkpoint_vectors(), Error) << page;
    }
    execute("DROP TRIGGER temp.stop");
    fixture_.reopen();
    EXPECT_EQ(fixture_.library->state().space(model_)->changes_since_checkpoint, kLater);
    expect_whole(kFirst + kLater);
  }
  execute("CREATE TEMP TRIGGER stop BEFORE UPDATE ON graph BEGIN SELECT RAISE(ABORT, 'full'); END");
  EXPECT_THROW(writer().checkpoint_vectors(), Error);
  execute("DROP TRIGGER temp.stop");
  fixture_.reopen();
  expect_whole(kFirst + kLater);
  writer().checkpoint_vectors();
  fixture_.reopen();
  EXPECT_EQ(fixture_.library->state().space(model_)->changes_since_checkpoint, 0u);
  expect_whole(kFirst + kLater);
}

// Pages written, but not yet named by the graph: the process ended there.
TEST_F(VectorLibrary, PagesOfACheckpointThatNeverWasAreLeftOut) {
  execute(
      "INSERT INTO graph_page(model_id, page, generation, data) "
      "SELECT model_id, page, generation + 1, x'00' FROM graph_page");
  fixture_.reopen();
  EXPECT_EQ(fixture_.library->state().space(model_)->changes_since_checkpoint, 0u);
  expect_whole(kFirst);
  embed(kFirst, kLater);
  writer().checkpoint_vectors();
  fixture_.reopen();
  expect_whole(kFirst + kLater);
}

TEST_F(VectorLibrary, ATornOrLostPageOrHeaderIsNoticedAndTheGraphBuiltAnew) {
  for (const char* damage :
       {"UPDATE graph_page SET data = substr(data, 1, length(data) / 2) WHERE page = 2",
        "UPDATE graph_page SET data = zeroblob(length(data)) WHERE page = 0",
        "DELETE FROM graph_page WHERE page = 4", "DELETE FROM graph_page",
        "UPDATE graph SET header = x''", "UPDATE graph SET header = zeroblob(length(header))"}) {
    SCOPED_TRACE(damage);
    execute(damage);
    const std::int64_t before = number("SELECT generation FROM graph");
    fixture_.reopen();
    EXPECT_EQ(number("SELECT generation FROM graph"), before + 1);  // and saved
    expect_whole(kFirst);
    fixture_.reopen();
    EXPECT_EQ(number("SELECT generation FROM graph"), before + 1);
    EXPECT_EQ(fixture_.library->state().space(model_)->changes_since_checkpoint, 0u);
    expect_whole(kFirst);
  }
}

TEST_F(VectorLibrary, AGraphBuiltAnewMayHaveFewerPages) {
  execute("UPDATE graph SET header = x''");
  execute("DELETE FROM vector WHERE chunk_id > " + std::to_string(chunks_[99].value));
  for (int opened = 0; opened < 2; ++opened) {
    fixture_.reopen();
    EXPECT_EQ(number("SELECT count(*) FROM graph_page"), 2);
    EXPECT_EQ(number("SELECT generation FROM graph"), 2);
    expect_whole(100);
  }
}

// Without a graph all are read: what is no embedding must not keep the library shut, because only
// an open one can be repaired.
TEST_F(VectorLibrary, ADamagedEmbeddingIsToldOfAndARepairTakesItAway) {
  for (const char* damage :
       {"UPDATE vector SET data = substr(data, 1, 10)",                          // cut
        "UPDATE vector SET data = CAST(x'007e' || substr(data, 3) AS BLOB)",     // not a number
        "UPDATE vector SET data = CAST(x'007b' || substr(data, 3) AS BLOB)"}) {  // far too long
    SCOPED_TRACE(damage);
    execute(std::string(damage) + " WHERE chunk_id = " + std::to_string(chunks_[7].value));
    execute("DELETE FROM graph; DELETE FROM graph_page");
    fixture_.reopen();
    NoProgress silent;
    EXPECT_FALSE(fixture_.library->verify(silent).empty());
    repair(*fixture_.library, silent);
    EXPECT_EQ(number("SELECT count(*) FROM vector"), static_cast<std::int64_t>(kFirst) - 1);
    embed(7, 1);
    expect_whole(kFirst);
  }
}

// The mapped file is only a copy: without it, or with less of it, or with other bytes in it, the
// database gives the embeddings, and the graph stays.
TEST_F(VectorLibrary, AnAlteredCutOrLostEmbeddingsFileIsMadeWholeAgain) {
  const std::filesystem::path file =
      fixture_.directory / ("vectors-" + std::to_string(model_.value) + ".f16");
  const std::vector<std::function<void()>> damages = {
      [&] { std::filesystem::remove(file); },
      [&] { std::filesystem::resize_file(file, kDim * 2 * 100 + 7); },
      [&] {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(kDim * 2 * 50) << "altered";
      }};
  for (const auto& damage : damages) {
    fixture_.close();
    ASSERT_TRUE(std::filesystem::exists(file));
    damage();
    fixture_.open();
    EXPECT_EQ(fixture_.library->state().space(model_)->changes_since_checkpoint, 0u);
    expect_whole(kFirst);
  }
}

TEST_F(VectorLibrary, TheEmbeddingsFileOfAModelGoesWithTheModel) {
  const ModelId other = writer().create_model("lsa", 3, 2, "others");
  const std::filesystem::path file =
      fixture_.directory / ("vectors-" + std::to_string(other.value) + ".f16");
  EXPECT_TRUE(std::filesystem::exists(file));
  writer().drop_model(other);
  EXPECT_FALSE(std::filesystem::exists(file));
  expect_whole(kFirst);
}

TEST_F(VectorLibrary, AWrongDimensionSaysWhichModelTakesWhat) {
  try {
    writer().put_embeddings(model_, std::span(chunks_).first(2), std::vector<float>(kDim * 2 + 1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_EQ(
        std::string(error.what()),
        "2 embeddings have 33 values where model " + std::to_string(model_.value) +
            " takes 16 each. Use the encoder the model was made with, or make another model.");
  }
}

// Embedded again after the checkpoint: the graph must not keep the old place.
TEST_F(VectorLibrary, AnEmbeddingReplacedAfterTheCheckpointIsFoundAtItsNewPlace) {
  std::copy_n(rows_.values.begin(), kDim, rows_.values.begin() + 7 * kDim * 3);
  for (float& v : std::span(rows_.values).subspan(7 * kDim * 3, kDim)) v = -v;
  embed(21, 1);
  fixture_.reopen();
  expect_whole(kFirst);
}

TEST_F(VectorLibrary, SeveralSpacesLiveSideBySide) {
  const ModelId other = writer().create_model("lsa", 3, 2, "others");
  writer().put_embeddings(other, std::span(chunks_).first(2), std::vector<float>{1, 0, 0, 0, 1, 0});
  writer().checkpoint_vectors();
  fixture_.reopen();
  expect_whole(kFirst);
  const auto visible = fixture_.visible_to("ana");
  const auto found = fixture_.library->reader().vector_search(
      {visible, nullptr}, other, std::vector<float>{0, 1, 0}, {.k = 1});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].chunk, chunks_[1]);
}

}  // namespace
}  // namespace carrel::index
