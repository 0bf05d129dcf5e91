// Claim: every chunk gets its embedding; the model changes when the library has outgrown it, and is
// in use only once it is whole.
#include "ingest/embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/library_fixture.h"

namespace carrel::ingest {
namespace {

using index::ModelInfo;
using index::ModelState;
using testing::LibraryFixture;

class EmbedderTest : public ::testing::Test {
 protected:
  EmbedderTest() { world_.user("ana"); }

  // `count` documents of one chunk each, on a few subjects with words of their own.
  void add(std::size_t count, const std::string& flavour = "") {
    static const std::vector<std::string> subjects = {
        "annual leave holiday days vacation", "travel hotel train expenses receipts",
        "salary payroll bonus pension tax", "security password laptop phishing incident"};
    std::vector<index::NewDocument> documents;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t n = added_++;
      const std::string& subject = subjects[n % subjects.size()];
      documents.push_back(testing::make_document(
          "doc" + std::to_string(n), "Page " + std::to_string(n % 10),
          {"The rules of " + subject + flavour + " part" + std::to_string(n % 11) +
           " are explained for employees managers and contractors section" + std::to_string(n % 7)},
          {"everyone"}));
    }
    world_.library->writer().put(documents);
    world_.library->writer().commit_keywords();
  }
  EmbedReport embed(const CancelToken& cancel = {}) {
    NoProgress silent;
    return Embedder(*world_.library, options_).run(silent, cancel);
  }
  std::vector<ModelInfo> models() { return world_.library->writer().models(); }
  ModelInfo active() {
    for (const ModelInfo& model : models())
      if (model.state == ModelState::active) return model;
    return {};
  }
  std::vector<std::string> findings() {
    NoProgress silent;
    std::vector<std::string> out;
    for (const auto& finding : world_.library->verify(silent))
      out.push_back(finding.store + ": " + finding.what);
    return out;
  }

  LibraryFixture world_;
  EmbedOptions options_;
  std::size_t added_ = 0;
};

TEST_F(EmbedderTest, AnEmptyAndATinyLibraryAreServedWithoutAModel) {
  EXPECT_EQ(embed().embedded, 0u);
  add(1);
  const EmbedReport report = embed();
  EXPECT_EQ(report.embedded, 0u);
  EXPECT_FALSE(report.trained);
  EXPECT_TRUE(models().empty());
}

TEST_F(EmbedderTest, TheFirstModelCoversEveryChunkAndFindsTheSubject) {
  add(40);
  const EmbedReport report = embed();
  EXPECT_TRUE(report.trained);
  EXPECT_EQ(report.embedded, 40u);
  EXPECT_EQ(active().vectors, 40u);
  EXPECT_EQ(active().trained_on, 40u);
  EXPECT_FALSE(embed().trained);
  EXPECT_EQ(embed().embedded, 0u);

  const auto& reader = world_.library->reader();
  const auto model = reader.active_model();
  ASSERT_TRUE(model.has_value());
  const auto encoder = embed::LsaEncoder::from_bytes(reader.model_bytes(*model));
  std::vector<float> query(encoder->dim());
  const std::vector<std::string_view> texts = {"hotel train receipts"};
  encoder->encode(texts, query);
  const auto visible = world_.visible_to("ana");
  const auto found = reader.vector_search({visible, nullptr}, *model, query, {.k = 5});
  ASSERT_FALSE(found.empty());
  const ChunkId best = found[0].chunk;
  EXPECT_THAT(reader.chunks(visible, {&best, 1}).at(0).text, ::testing::HasSubstr("travel"));
}

TEST_F(EmbedderTest, SmallGrowthIsFoldedInAndLargeGrowthIsLearned) {
  add(40);
  embed();
  const ModelId first = active().id;
  add(6);  // 15 %
  EmbedReport report = embed();
  EXPECT_FALSE(report.trained);
  EXPECT_EQ(report.embedded, 6u);
  EXPECT_EQ(active().id, first);
  add(4);  // 25 % since the training
  report = embed();
  EXPECT_TRUE(report.trained);
  EXPECT_NE(active().id, first);
  EXPECT_EQ(active().trained_on, 50u);
  EXPECT_EQ(active().vectors, 50u);
  world_.reopen();
  EXPECT_EQ(active().vectors, 50u);
  EXPECT_TRUE(findings().empty());
}

TEST_F(EmbedderTest, StrangeWordsAreLearnedBeforeTheLibraryHasGrownMuch) {
  options_.retrain_growth = 10;
  add(80);
  embed();
  const ModelId first = active().id;
  add(16);
  EXPECT_FALSE(embed().trained);  // more of the same
  add(20, " zebra quokka narwhal okapi tapir dugong capybara axolotl pangolin wombat numbat");
  EXPECT_TRUE(embed().trained);
  EXPECT_NE(active().id, first);
}

// The same library with other secrets in it: what the model is, to the byte.
TEST_F(EmbedderTest, TextsOfTheHighestLabelTeachNothing) {
  const auto trained_beside = [](const std::string& secret, const std::string& label) {
    LibraryFixture world;
    world.user("ana");
    std::vector<index::NewDocument> documents;
    for (int i = 0; i < 40; ++i) {
      const std::string n = std::to_string(i % 7);
      documents.push_back(testing::make_document(
          "open" + std::to_string(i), "Open",
          {"travel hotel zebra quokka receipts part" + n + " for managers section" + n + " " + n},
          {"everyone"}));
      documents.push_back(testing::make_document("shut" + std::to_string(i), "Shut",
                                                 {"the hotel is sold to " + secret}, {"user:ana"},
                                                 label));
    }
    world.library->writer().put(documents);
    NoProgress silent;
    Embedder(*world.library, {}).run(silent, {});
    const auto& reader = world.library->reader();
    return reader.model_bytes(reader.active_model().value());
  };
  EXPECT_EQ(trained_beside("zebra", "restricted"), trained_beside("quokka", "restricted"));
  // The judge must be able to convict.
  EXPECT_NE(trained_beside("zebra", "confidential"), trained_beside("quokka", "confidential"));
}

// As words that the model lacks because they are of the highest label: they are not to be learned.
TEST_F(EmbedderTest, StrangeWordsOfTheHighestLabelTrainNoNewModel) {
  options_.retrain_growth = 10;
  add(80);
  embed();
  std::vector<index::NewDocument> documents;
  for (int i = 0; i < 20; ++i)
    documents.push_back(testing::make_document("shut" + std::to_string(i), "Shut",
                                               {"zebra quokka narwhal okapi tapir dugong numbat"},
                                               {"everyone"}, "restricted"));
  world_.library->writer().put(documents);
  const EmbedReport report = embed();
  EXPECT_EQ(report.embedded, 20u);
  EXPECT_FALSE(report.trained);
}

TEST_F(EmbedderTest, OneRetiredModelIsKeptForQuestionsUnderWay) {
  for (int i = 0; i < 4; ++i) {
    add(40);
    embed();
  }
  std::size_t retired = 0;
  for (const ModelInfo& model : models()) retired += model.state == ModelState::retired ? 1 : 0;
  EXPECT_EQ(retired, 1u);
}

// Stops at the nth word of progress about embedding.
class StopsWhileEmbedding final : public ProgressSink {
 public:
  explicit StopsWhileEmbedding(int calls) : calls_(calls) {}
  void update(const ProgressState& state) override {
    if (state.stage == "embedding" && --calls_ == 0) throw std::runtime_error("killed");
  }

 private:
  int calls_;
};

TEST_F(EmbedderTest, AModelThatWasNotFinishedIsNotInUseAndIsFinishedNext) {
  options_.batch_chunks = 10;
  add(40);
  StopsWhileEmbedding progress(2);
  EXPECT_THROW(Embedder(*world_.library, options_).run(progress, {}), std::runtime_error);
  world_.reopen();
  EXPECT_FALSE(world_.library->reader().active_model().has_value());
  ASSERT_EQ(models().size(), 1u);
  const ModelId begun = models()[0].id;
  EXPECT_EQ(models()[0].state, ModelState::building);

  const EmbedReport report = embed();
  EXPECT_FALSE(report.trained);  // the training was done
  EXPECT_EQ(active().id, begun);
  EXPECT_EQ(active().vectors, 40u);
  EXPECT_LT(report.embedded, 40u);
  EXPECT_TRUE(findings().empty());
}

TEST_F(EmbedderTest, AnUnfinishedModelOfAnotherLibraryIsDropped) {
  options_.batch_chunks = 10;
  add(40);
  StopsWhileEmbedding progress(2);
  EXPECT_THROW(Embedder(*world_.library, options_).run(progress, {}), std::runtime_error);
  const ModelId begun = models().at(0).id;
  add(60);
  EXPECT_TRUE(embed().trained);
  EXPECT_NE(active().id, begun);
  EXPECT_EQ(models().size(), 1u);
  EXPECT_EQ(active().vectors, 100u);
}

TEST_F(EmbedderTest, TheModelInUseServesUntilTheNewOneIsWhole) {
  options_.batch_chunks = 10;
  add(40);
  embed();
  const ModelId first = active().id;
  add(60);
  StopsWhileEmbedding progress(3);
  EXPECT_THROW(Embedder(*world_.library, options_).run(progress, {}), std::runtime_error);
  EXPECT_EQ(world_.library->reader().active_model(), first);
  embed();
  EXPECT_NE(active().id, first);
  EXPECT_EQ(active().vectors, 100u);
}

TEST_F(EmbedderTest, ACancelledRunSaysSo) {
  add(40);
  const CancelToken cancel;
  cancel.cancel();
  EXPECT_THROW(embed(cancel), Error);
  EXPECT_EQ(embed().embedded, 40u);
}

}  // namespace
}  // namespace carrel::ingest
