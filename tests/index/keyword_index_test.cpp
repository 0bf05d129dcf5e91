// Claim: BM25 with the statistics of what the asker may see, and of nothing else.
#include "index/keyword_index.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/library_fixture.h"

namespace carrel::index {
namespace {

using testing::LibraryFixture;
using testing::make_document;

KeywordResult search(LibraryFixture& fixture, const std::string& user, const KeywordQuery& query) {
  const auto visible = fixture.visible_to(user);
  return fixture.library->reader().keyword_search({visible, nullptr}, query, {}, CancelToken{});
}

void put(LibraryFixture& fixture, std::vector<NewDocument> documents) {
  fixture.library->writer().put(documents);
  fixture.library->writer().commit_keywords();
}

// Robertson and Zaragoza 2009, equation 3.15 with k1 = 1.2, b = 0.75, worked here by hand.
double bm25(double tf, double length, double average, double df, double n) {
  const double idf = std::log(1 + (n - df + 0.5) / (df + 0.5));
  return idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / average));
}

TEST(KeywordIndex, ScoresAsTheFormulaSays) {
  LibraryFixture fixture;
  fixture.user("ana");
  put(fixture, {make_document("a", "", {"lamp lamp blue"}, {"everyone"}),
                make_document("b", "", {"lamp red"}, {"everyone"}),
                make_document("c", "", {"chair"}, {"everyone"})});
  const auto result = search(fixture, "ana", {.terms = {{"lamp", 1.0}}});
  ASSERT_EQ(result.candidates.size(), 2u);
  EXPECT_NEAR(result.candidates[0].score, bm25(2, 3, 2, 2, 3), 1e-6);
  EXPECT_NEAR(result.candidates[1].score, bm25(1, 2, 2, 2, 3), 1e-6);
  EXPECT_EQ(result.terms.at(0).document_frequency, 2u);
}

// Twin libraries, one with documents that share the term and that the asker may not read.
TEST(KeywordIndex, UnreadableDocumentsChangeNoScore) {
  LibraryFixture plain;
  LibraryFixture secret;
  for (auto* fixture : {&plain, &secret}) {
    fixture->user("ana");
    fixture->user("eve");
    put(*fixture, {make_document("a", "Lamp", {"lamp lamp blue", "lamp and chair"}, {"user:ana"}),
                   make_document("b", "Red", {"lamp red wine"}, {"user:ana"})});
  }
  for (int i = 0; i < 20; ++i)
    put(secret, {make_document("s" + std::to_string(i), "Lamp secret",
                               {"lamp lamp lamp chair blue lamp"}, {"user:eve"}, "restricted")});
  const KeywordQuery query{.terms = {{"lamp", 1.0}, {"chair", 1.0}, {"blue", 0.5}}};
  const auto one = search(plain, "ana", query);
  const auto two = search(secret, "ana", query);
  ASSERT_EQ(one.candidates.size(), two.candidates.size());
  for (std::size_t i = 0; i < one.candidates.size(); ++i) {
    EXPECT_EQ(one.candidates[i].chunk, two.candidates[i].chunk);
    EXPECT_EQ(one.candidates[i].score, two.candidates[i].score);  // to the bit
  }
  EXPECT_GT(search(secret, "eve", query).candidates.size(), 0u);  // they are there
}

TEST(KeywordIndex, PhrasesMustOccurAndExclusionsMustNot) {
  LibraryFixture fixture;
  fixture.user("ana");
  put(fixture, {make_document("a", "", {"annual leave policy"}, {"everyone"}),
                make_document("b", "", {"leave the annual party"}, {"everyone"}),
                make_document("c", "", {"annual leave party"}, {"everyone"})});
  KeywordQuery query{.terms = {{"annual", 1.0}, {"leav", 1.0}}, .phrases = {{"annual", "leav"}}};
  EXPECT_EQ(search(fixture, "ana", query).candidates.size(), 2u);
  query.excluded = {"parti"};
  EXPECT_EQ(search(fixture, "ana", query).candidates.size(), 1u);
}

TEST(KeywordIndex, KeepsTheRarestOfTooManyTerms) {
  LibraryFixture fixture;
  fixture.user("ana");
  put(fixture, {make_document("a", "", {"rare common"}, {"everyone"}),
                make_document("b", "", {"common"}, {"everyone"})});
  KeywordQuery query;
  for (int i = 0; i < 5000; ++i) query.terms.push_back({"absent" + std::to_string(i), 1.0});
  query.terms.push_back({"common", 1.0});
  query.terms.push_back({"rare", 1.0});
  const auto result = search(fixture, "ana", query);
  EXPECT_EQ(result.terms.size(), KeywordLimits{}.terms_max);
  ASSERT_EQ(result.candidates.size(), 2u);
  EXPECT_GT(result.candidates[0].score, result.candidates[1].score);
}

TEST(Filter, ReadsNamesValuesAndQuotes) {
  const DocumentFilter filter =
      parse_filter("collection:hr type:PDF author:\"Ana O\" after:2024-01-01 label:internal");
  EXPECT_EQ(filter.collections, std::vector<std::string>{"hr"});
  EXPECT_EQ(filter.types, std::vector<std::string>{"pdf"});
  EXPECT_EQ(filter.author, "Ana O");
  EXPECT_EQ(filter.after, "2024-01-01");
  EXPECT_TRUE(parse_filter("  ").is_empty());
}

TEST(Filter, SaysHowToWriteItWhenItIsWrong) {
  const auto refusal = [](const char* expression) {
    try {
      parse_filter(expression);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_NE(refusal("colection:hr").find("did you mean 'collection'"), std::string::npos);
  EXPECT_NE(refusal("author:\"Ana").find("quote"), std::string::npos);
  EXPECT_NE(refusal("after:yesterday").find("2024-06-30"), std::string::npos);
  EXPECT_NE(refusal("hr").find("NAME:VALUE"), std::string::npos);
}

TEST(Filter, NarrowsASearchToMatchingDocuments) {
  LibraryFixture fixture;
  fixture.user("ana");
  auto pdf = make_document("a.pdf", "Lamp", {"lamp"}, {"everyone"});
  pdf.mime_type = "application/pdf";
  put(fixture, {pdf, make_document("b.txt", "Lamp", {"lamp"}, {"everyone"})});
  const auto visible = fixture.visible_to("ana");
  const auto& reader = fixture.library->reader();
  const auto documents = reader.documents_matching(visible, parse_filter("type:pdf"));
  ASSERT_NE(documents, nullptr);
  EXPECT_EQ(documents->count(), 1u);
  const auto found =
      reader.keyword_search({visible, documents}, {.terms = {{"lamp", 1.0}}}, {}, CancelToken{});
  EXPECT_EQ(found.candidates.size(), 1u);
}

}  // namespace
}  // namespace carrel::index
