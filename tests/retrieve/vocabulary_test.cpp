// Claims: a question finds texts that use an abbreviation's other form, that write a word apart, or
// where the question has a slip; a name that nothing holds is not read for another; and what the
// asker may not read teaches nothing.
#include "retrieve/vocabulary.h"

#include <gtest/gtest.h>

#include "retrieve/retriever.h"
#include "tests/support/library_fixture.h"

namespace carrel::retrieve {
namespace {

class VocabularyTest : public ::testing::Test {
 protected:
  VocabularyTest() {
    world_.user("ana");
    world_.user("root");
  }
  DocumentId put(const std::string& uri, const std::vector<std::string>& texts,
                 const std::string& reader = "everyone") {
    const auto document = testing::make_document(uri, "Note", texts, {reader});
    const DocumentId id = world_.library->writer().put({&document, 1}).front().document;
    world_.library->writer().commit_keywords();
    return id;
  }
  Retrieval ask(const std::string& question) {
    return Retriever(world_.library->reader(), *world_.access)
        .retrieve(world_.visible_to("ana"), question, {}, CancelToken());
  }
  std::vector<std::string> found(const std::string& question) {
    std::vector<std::string> out;
    for (const Passage& passage : ask(question).passages) out.push_back(passage.uri);
    return out;
  }
  std::string expansions(const std::string& question) {
    ParsedQuery query = parse_query(question, analyzer_, QueryLimits{});
    adapt_to_library(world_.library->reader(), analyzer_, world_.visible_to("ana"), query);
    std::string out;
    for (const auto& term : query.keywords.expansions) out += term.term + ' ';
    return out;
  }

  testing::LibraryFixture world_;
  Analyzer analyzer_;
};

TEST_F(VocabularyTest, AnAbbreviationFindsItsLongFormAndBack) {
  put("glossary.txt", {"Employees receive paid time off (PTO) from the first day."});
  put("long.txt", {"Unused paid time off is carried over until March."});
  put("short.txt", {"PTO requests go to the manager two weeks ahead."});
  put("other.txt", {"The canteen opens at noon."});
  const auto contains = [&](const std::string& question, const std::string& uri) {
    const auto uris = found(question);
    return std::find(uris.begin(), uris.end(), uri) != uris.end();
  };
  EXPECT_TRUE(contains("How is PTO carried over?", "long.txt"));
  EXPECT_TRUE(contains("Who approves paid time off requests?", "short.txt"));
  EXPECT_FALSE(contains("PTO", "other.txt"));
}

TEST_F(VocabularyTest, ASlipIsReadAsTheNearestWordAndTold) {
  put("a.txt", {"Travel costs are paid back after ten days."});
  put("b.txt", {"The canteens open at noon."});
  const Retrieval retrieval = ask("when do the cantens open");
  ASSERT_FALSE(retrieval.passages.empty());
  EXPECT_EQ(retrieval.passages.front().uri, "b.txt");
  ASSERT_EQ(retrieval.corrections.size(), 1U);
  EXPECT_EQ(retrieval.corrections[0].written, "cantens");
  EXPECT_EQ(retrieval.corrections[0].read_as, "canteens");
  EXPECT_TRUE(ask("when do the canteens open").corrections.empty());
}

TEST_F(VocabularyTest, ANameThatNothingHoldsIsNotReadForAnother) {
  put("a.txt", {"Martin signs invoices."});
  EXPECT_TRUE(ask("invoices of Marvin").corrections.empty());
}

// It ranks all the same, where the rest of the question stands elsewhere too.
TEST_F(VocabularyTest, ANameRanksWhoeverIsCalledNearlySo) {
  put("a.txt", {"Invoices are sent on Monday."});
  put("b.txt", {"Telenet began."});
  EXPECT_EQ(found("When did Telnet begin?"), (std::vector<std::string>{"b.txt"}));
  put("hidden.txt", {"Kettleman is a secret."}, "user:root");
  EXPECT_TRUE(found("Who is Ketleman?").empty());
}

TEST_F(VocabularyTest, ACompoundIsFoundHoweverItIsWritten) {
  put("a.txt", {"Rules for part-time staff in the warehouse."});
  put("b.txt", {"Send an email to the desk."});
  EXPECT_EQ(found("parttime"), (std::vector<std::string>{"a.txt"}));
  EXPECT_EQ(found("e-mail"), (std::vector<std::string>{"b.txt"}));
}

TEST_F(VocabularyTest, AFilterAloneListsWhatThereIs) {
  put("a.txt", {"One.", "Two."});
  put("b.txt", {"Three."});
  put("c.txt", {"Four."}, "user:root");
  EXPECT_EQ(found("collection:test").size(), 2U);
  EXPECT_EQ(found("type:txt -three").size(), 1U);
  EXPECT_TRUE(found("type:pdf").empty());
}

TEST_F(VocabularyTest, WhatIsHiddenTeachesNothing) {
  put("a.txt", {"Ask for time in the morning. The office closes at six."});
  const std::vector<std::string> questions = {"PTO", "paid time off", "offise closing",
                                              "timeoffice", "reimbursment"};
  std::vector<std::string> before;
  std::vector<std::size_t> corrected;
  for (const std::string& question : questions) {
    before.push_back(expansions(question));
    corrected.push_back(ask(question).corrections.size());
  }
  put("hidden.txt",
      {"Paid time off (PTO) is a secret. The offise and the reimbursement are too. timeoffice"},
      "user:root");
  for (std::size_t i = 0; i < questions.size(); ++i) {
    EXPECT_EQ(expansions(questions[i]), before[i]) << questions[i];
    EXPECT_EQ(ask(questions[i]).corrections.size(), corrected[i]) << questions[i];
  }
  EXPECT_EQ(ask("offise closing").corrections.front().read_as, "office");
}

TEST_F(VocabularyTest, WhatIsRemovedIsForgotten) {
  const DocumentId id = put("a.txt", {"Paid time off (PTO) is agreed ahead."});
  EXPECT_NE(expansions("PTO").find("paid"), std::string::npos);
  world_.library->writer().remove(id);
  EXPECT_EQ(expansions("PTO"), "");
}

}  // namespace
}  // namespace carrel::retrieve
