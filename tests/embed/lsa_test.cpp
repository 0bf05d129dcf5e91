// Claim: the encoder trained on a library puts near what means the same there, repeats itself to
// the bit, and says no where there is nothing to learn.
#include "embed/lsa.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>
#include <sched.h>

#include "core/error.h"
#include "core/text.h"
#include "tests/embed/lsa_support.h"
#include "tests/embed/power_iteration.h"
#include "tests/support/testing.h"

namespace carrel::embed {
namespace {

TEST(LsaEncoder, GivesUnitLengthOrZero) {
  const auto encoder = train(topic_texts(1, 200, 5));
  ASSERT_NE(encoder, nullptr);
  const std::vector<float> known = encode(*encoder, "t1w3 t1w4 common2");
  EXPECT_NEAR(dot(known, known), 1, 1e-5);
  for (const char* nothing : {"", "the of and", "zebra xylophone", " \n\t "})
    EXPECT_EQ(encode(*encoder, nothing), std::vector<float>(encoder->dim(), 0.0f)) << nothing;
}

TEST(LsaEncoder, PutsTextsOfOneTopicTogether) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  const auto encoder = train(topic_texts(seed, 400, 5));
  ASSERT_NE(encoder, nullptr);
  const std::vector<std::string> fresh = topic_texts(seed + 1, 40, 5);
  int nearest_is_right = 0;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    double best = -2;
    std::size_t nearest = 0;
    for (std::size_t j = 0; j < fresh.size(); ++j) {
      if (i == j) continue;
      const double score = dot(encode(*encoder, fresh[i]), encode(*encoder, fresh[j]));
      if (score > best) {
        best = score;
        nearest = j;
      }
    }
    nearest_is_right += nearest % 5 == i % 5 ? 1 : 0;
  }
  EXPECT_GE(nearest_is_right, 38);
}

// "car" and "automobile" never stand in one text; their neighbours do. Keywords cannot see this. There
// are as many topics as dimensions, so that none is left over to tell synonyms apart.
TEST(LsaEncoder, PutsSynonymsTogetherThatNeverMeet) {
  const std::size_t topics = 16;
  std::vector<std::string> texts = topic_texts(4, 640, topics);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i % topics == 0) texts[i] += i / topics % 2 == 0 ? "car" : "automobile";
    if (i % topics == 1) texts[i] += "cake";
  }
  const auto encoder = train(texts, {.dim_max = topics});
  ASSERT_NE(encoder, nullptr);
  const std::vector<float> car = encode(*encoder, "car");
  EXPECT_GT(dot(car, encode(*encoder, "automobile")), 0.8);
  EXPECT_LT(dot(car, encode(*encoder, "cake")), 0.3);
}

// The header's weighting, worked out again densely and in double: rows of unit length.
Dense weighted_rows(const std::vector<std::string>& texts) {
  const Analyzer analyzer;
  std::vector<std::map<std::string, double>> counts;
  std::map<std::string, double> chunks_with;
  for (const std::string& text : texts) {
    auto& row = counts.emplace_back();
    for (const Word& word : analyzer.words(text)) row[word.term] += 1;
    for (const auto& [term, tf] : row) chunks_with[term] += 1;
  }
  const double n = static_cast<double>(texts.size());
  Dense rows;
  for (auto& count : counts) {
    std::vector<double> row;
    for (const auto& [term, df] : chunks_with) {
      const double tf = count[term];
      row.push_back(df < 2 || tf == 0 ? 0 : (1 + std::log(tf)) * std::log((n + 1) / (df + 0.5)));
    }
    const double length = std::sqrt(dense_dot(row, row));
    for (double& x : row) x /= length;
    rows.push_back(std::move(row));
  }
  return rows;
}

// The rows' inner products G = A A' have eigenpairs (lambda, u); training projects row i on
// (sqrt(lambda_k) u_k[i])_k. Folding the same text in must give the same angles between texts.
TEST(LsaEncoder, FoldsTextsInAsTrainingProjectsThem) {
  const std::vector<std::string> texts = topic_texts(8, 60, 3, 12);
  const auto encoder = train(texts, {.power_iterations = 30});
  ASSERT_NE(encoder, nullptr);
  ASSERT_EQ(encoder->dim(), 20u);
  const Dense rows = weighted_rows(texts);
  Dense gram;
  for (const auto& row : rows) gram.push_back(times(rows, row));
  const std::vector<EigenPair> pairs = eigenpairs(gram, encoder->dim());
  Dense projected;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::vector<double> point;
    for (const EigenPair& pair : pairs) point.push_back(std::sqrt(pair.value) * pair.vector[i]);
    const double length = std::sqrt(dense_dot(point, point));
    for (double& x : point) x /= length;
    projected.push_back(std::move(point));
  }
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NEAR(dot(encode(*encoder, texts[i]), encode(*encoder, texts[j])),
                  dense_dot(projected[i], projected[j]), 0.01)
          << i << " and " << j;
}

// Confines this process to one processor for a scope.
class OneProcessor {
 public:
  OneProcessor() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  ~OneProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

TEST(LsaTraining, RepeatsItselfToTheBitWhateverTheProcessors) {
  const std::vector<std::string> texts = topic_texts(3, 900, 9);
  const std::string first = train(texts)->to_bytes();
  EXPECT_TRUE(train(texts)->to_bytes() == first);
  EXPECT_FALSE(train(texts, {.seed = 2})->to_bytes() == first) << "the seed is not used";
  const OneProcessor confined;
  EXPECT_TRUE(train(texts)->to_bytes() == first);
}

TEST(LsaTraining, GivesNothingWhereThereIsTooLittleText) {
  EXPECT_EQ(train({}), nullptr);
  EXPECT_EQ(train(topic_texts(1, 7, 1)), nullptr);
  EXPECT_EQ(train(std::vector<std::string>(50, "one two three")), nullptr) << "three terms";
  EXPECT_EQ(train(std::vector<std::string>(50, "")), nullptr);
  EXPECT_NE(train(topic_texts(1, 8, 1)), nullptr);
}

TEST(LsaTraining, StopsWhenCancelled) {
  const std::vector<std::string> texts = topic_texts(2, 100, 3);
  const CancelToken cancel;
  cancel.cancel();
  NoProgress progress;
  try {
    train_lsa(source_of(texts), {}, progress, cancel);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
}

TEST(LsaTraining, RefusesOptionsOutOfRange) {
  const std::vector<std::string> texts = topic_texts(2, 100, 3);
  EXPECT_THROW(train(texts, {.dim_max = 15}), Error);
  EXPECT_THROW(train(texts, {.dim_max = 1025}), Error);
  EXPECT_THROW(train(texts, {.terms_max = 1}), Error);
}

TEST(LsaTraining, KeepsTheMostFrequentTerms) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) {
    std::string text = "rare" + std::to_string(i / 2) + " ";  // in two chunks each
    for (int w = 0; w < 16; ++w)
      if ((i + w) % 4 != 0) text += "often" + std::to_string(w) + " ";  // in thirty each
    texts.push_back(text);
  }
  const auto all = train(texts);
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->terms(), 36u);
  const auto few = train(texts, {.terms_max = 16});
  ASSERT_NE(few, nullptr);
  EXPECT_EQ(few->terms(), 16u);
  EXPECT_EQ(few->unknown_share("often3 often9"), 0);
  EXPECT_EQ(few->unknown_share("rare1"), 1);
}

// Of 1,000 texts 100 are read: every tenth, so that both halves' words are known.
TEST(LsaTraining, SamplesALargeLibraryEvenly) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 1000; ++i)
    texts.push_back((i < 500 ? "early" : "late") + std::to_string(i % 100 / 10) + " " +
                    topic_texts(i, 1, 1).front());
  const auto encoder = train(texts, {.training_chunks_max = 100});
  ASSERT_NE(encoder, nullptr);
  EXPECT_EQ(encoder->trained_on(), 1000u);
  EXPECT_EQ(encoder->unknown_share("early1 early2"), 0);
  EXPECT_EQ(encoder->unknown_share("late8 late9"), 0);
}

TEST(LsaEncoder, TellsWhatShareOfATextIsNewToIt) {
  const auto encoder = train(topic_texts(1, 200, 5));
  ASSERT_NE(encoder, nullptr);
  EXPECT_EQ(encoder->unknown_share(""), 0);
  EXPECT_EQ(encoder->unknown_share("the and of"), 0);
  EXPECT_EQ(encoder->unknown_share("t1w1 t2w2"), 0);
  EXPECT_EQ(encoder->unknown_share("zebra"), 1);
  const double mixed = encoder->unknown_share("zebra common1");  // a rare word beside a common one
  EXPECT_GT(mixed, 0.5);
  EXPECT_LT(mixed, 1);
}

TEST(LsaEncoder, RefusesRoomOfTheWrongSize) {
  const auto encoder = train(topic_texts(1, 200, 5));
  ASSERT_NE(encoder, nullptr);
  const std::string_view text = "t1w1";
  std::vector<float> out(encoder->dim() + 1);
  EXPECT_THROW(encoder->encode(std::span(&text, 1), out), Error);
  EXPECT_THROW(encoder->encode({}, out), Error);
}

TEST(LsaEncoder, EncodesABatchAsItEncodesEachText) {
  const std::vector<std::string> texts = topic_texts(6, 300, 5);
  const auto encoder = train(texts);
  ASSERT_NE(encoder, nullptr);
  const std::vector<std::string_view> views(texts.begin(), texts.begin() + 50);
  std::vector<float> batch(views.size() * encoder->dim());
  encoder->encode(views, batch);
  for (std::size_t i = 0; i < views.size(); ++i) {
    const std::vector<float> alone = encode(*encoder, views[i]);
    EXPECT_TRUE(std::equal(alone.begin(), alone.end(), batch.begin() + i * encoder->dim()));
  }
}

TEST(LsaDim, GrowsWithTheLibraryUpToItsBound) {
  const LsaOptions options;
  EXPECT_LE(lsa_dim(30, options), 10u);
  EXPECT_NEAR(static_cast<double>(lsa_dim(1400, options)), 200, 10);  // the best for Cranfield
  EXPECT_EQ(lsa_dim(10'000, options), 300u);
  EXPECT_EQ(lsa_dim(10'000'000, options), 300u);
  for (std::size_t chunks = 8; chunks < 5000; ++chunks) {
    ASSERT_LE(lsa_dim(chunks, options), lsa_dim(chunks + 1, options));
    ASSERT_LE(3 * lsa_dim(chunks, options), chunks);
    ASSERT_GE(lsa_dim(chunks, options), 2u);
  }
}

}  // namespace
}  // namespace carrel::embed
