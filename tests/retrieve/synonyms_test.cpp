// Claims: a question finds texts that say the same with other office words; texts that use the
// asked word lose nothing; and words that the asker may not read bring nothing.
#include "retrieve/synonyms.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "retrieve/retriever.h"
#include "tests/support/library_fixture.h"

namespace carrel::retrieve {
namespace {

class Synonyms : public ::testing::Test {
 protected:
  Synonyms() {
    world_.user("ana");
    world_.user("root");
  }
  void put(const std::string& uri, const std::string& text,
           const std::string& reader = "everyone") {
    const auto document = testing::make_document(uri, "Note", {text}, {reader});
    world_.library->writer().put({&document, 1});
    world_.library->writer().commit_keywords();
  }
  std::string first(const std::string& question) {
    const Retrieval found = Retriever(world_.library->reader(), *world_.access)
                                .retrieve(world_.visible_to("ana"), question, {}, CancelToken());
    return found.passages.empty() ? "" : found.passages.front().uri;
  }
  std::map<std::string, double> expansions(const std::string& question) {
    ParsedQuery query = parse_query(question, analyzer_, QueryLimits{});
    adapt_to_library(world_.library->reader(), analyzer_, world_.visible_to("ana"), query);
    std::map<std::string, double> out;
    for (const auto& term : query.keywords.expansions) out[term.term] = term.weight;
    return out;
  }

  testing::LibraryFixture world_;
  Analyzer analyzer_;
};

TEST_F(Synonyms, OfficeWordsStandForOneAnother) {
  put("leave.txt", "Annual leave is booked with the team lead.");
  put("year.txt", "The fiscal year begins in April.");
  put("tents.txt", "Tents are booked at the gate.");
  EXPECT_EQ(first("Where do I apply for vacation?"), "leave.txt");
  EXPECT_EQ(first("first month of the financial year"), "year.txt");
}

TEST_F(Synonyms, OnlyThePartThatDiffersIsReplaced) {
  const std::vector<Word> words = analyzer_.words("the financial year of Apex");
  for (const Synonym& one : synonyms_in(analyzer_, words)) {
    EXPECT_EQ(std::count(one.other.begin(), one.other.end(), "year"), 0);
    EXPECT_EQ(std::count(one.asked.begin(), one.asked.end(), "year"), 0);
  }
  EXPECT_FALSE(synonyms_in(analyzer_, words).empty());
  EXPECT_TRUE(synonyms_in(analyzer_, analyzer_.words("the financial crisis")).empty());
}

TEST_F(Synonyms, WeighTheMoreTheRarerTheAskedWord) {
  put("a.txt", "The supplier sends the goods.");
  const double alone = expansions("Which vendor?").at("supplier");
  for (int i = 0; i < 3; ++i) put("v" + std::to_string(i) + ".txt", "The vendor is known.");
  EXPECT_LT(expansions("Which vendor?").at("supplier"), 0.5 * alone);
  EXPECT_LT(alone, 1.0);
}

TEST_F(Synonyms, WhatIsHiddenBringsNothing) {
  put("a.txt", "The goods arrive at noon.");
  put("hidden.txt", "The supplier sends the goods.", "user:root");
  EXPECT_TRUE(expansions("Which vendor?").empty());
}

}  // namespace
}  // namespace carrel::retrieve
