// Claims: a document in another language than English is found by a question that inflects its
// words otherwise, and what was found is measured and marked so; scripts without spaces are found
// by their characters; and a language that the asker cannot read teaches nothing.
#include "retrieve/other_languages.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "retrieve/retriever.h"
#include "retrieve/vocabulary.h"
#include "tests/support/library_fixture.h"

namespace carrel::retrieve {
namespace {

class OtherLanguages : public ::testing::Test {
 protected:
  OtherLanguages() {
    world_.user("ana");
    world_.user("root");
    put("canteen.txt", "en", "The canteen opens at noon and closes at two.");
    put("parking.txt", "en", "Parking spaces are assigned by the front desk.");
  }
  void put(const std::string& uri, const std::string& language, const std::string& text,
           const std::string& reader = "everyone") {
    auto document = testing::make_document(uri, "Note", {text}, {reader});
    document.language = language;
    world_.library->writer().put({&document, 1});
    world_.library->writer().commit_keywords();
  }
  Retrieval ask(const std::string& question) {
    return Retriever(world_.library->reader(), *world_.access)
        .retrieve(world_.visible_to("ana"), question, {}, CancelToken());
  }
  std::string first(const std::string& question) {
    const Retrieval found = ask(question);
    return found.passages.empty() ? "" : found.passages.front().uri;
  }
  ParsedQuery adapted(const std::string& question) {
    const Analyzer analyzer;
    ParsedQuery query = parse_query(question, analyzer, QueryLimits{});
    adapt_to_library(world_.library->reader(), analyzer, world_.visible_to("ana"), query);
    return query;
  }

  testing::LibraryFixture world_;
};

TEST_F(OtherLanguages, AnInflectedQuestionFindsTheDocument) {
  put("frist.txt", "de", "Während der Probezeit gilt eine verkürzte Kündigungsfrist.");
  put("conges.txt", "fr", "Chaque salarié bénéficie de congés payés supplémentaires.");
  put("gastos.txt", "es", "Los empleados reembolsados deben presentar las facturas originales.");
  EXPECT_EQ(first("verkürzten Kündigungsfristen"), "frist.txt");
  EXPECT_EQ(first("Welche Kündigungsfristen gelten?"), "frist.txt");
  EXPECT_EQ(first("congé payé supplémentaire"), "conges.txt");
  EXPECT_EQ(first("reembolso originales"), "gastos.txt");
}

TEST_F(OtherLanguages, WhatSharesAStemCountsAndIsMarked) {
  put("frist.txt", "de", "Es gilt eine verkürzte Kündigungsfrist.");
  const Retrieval found = ask("Kündigungsfristen");
  ASSERT_FALSE(found.passages.empty());
  const Passage& passage = found.passages.front();
  EXPECT_DOUBLE_EQ(passage.coverage, 1.0);
  ASSERT_EQ(passage.highlights.size(), 1U);
  EXPECT_EQ(passage.text.substr(passage.highlights[0].begin, passage.highlights[0].size()),
            "Kündigungsfrist");
  EXPECT_TRUE(found.corrections.empty());
}

TEST_F(OtherLanguages, FunctionWordsOfTheQuestionsLanguageAreNoTerms) {
  put("frist.txt", "de", "Es gilt eine verkürzte Kündigungsfrist.");
  const ParsedQuery query = adapted("Wie lang ist die Kündigungsfrist?");
  const auto holds = [&](const std::string& term) {
    return std::any_of(query.keywords.terms.begin(), query.keywords.terms.end(),
                       [&](const index::QueryTerm& one) { return one.term == term; });
  };
  EXPECT_FALSE(holds("die"));
  EXPECT_FALSE(holds("ist"));
  EXPECT_TRUE(holds("kundigungsfrist"));
}

TEST_F(OtherLanguages, ScriptsWithoutSpacesAreFoundByTheirCharacters) {
  put("ja.txt", "ja", "試用期間中の解雇予告期間は二週間です。");
  put("zh.txt", "zh", "员工每年享有十五天带薪年假。");
  put("th.txt", "th", "พนักงานมีสิทธิลาพักร้อนปีละสิบวัน");
  EXPECT_EQ(first("予告期間はどのくらいですか"), "ja.txt");
  EXPECT_EQ(first("带薪年假有几天"), "zh.txt");
  EXPECT_EQ(first("ลาพักร้อนกี่วัน"), "th.txt");
}

TEST_F(OtherLanguages, AnUnreadableLanguageTeachesNothing) {
  const ParsedQuery before = adapted("Wie lang ist die Kündigungsfristen parking");
  put("frist.txt", "de", "Es gilt eine verkürzte Kündigungsfrist.", "user:root");
  const ParsedQuery after = adapted("Wie lang ist die Kündigungsfristen parking");
  EXPECT_TRUE(after.stems.empty());
  ASSERT_EQ(after.keywords.terms.size(), before.keywords.terms.size());
  for (std::size_t i = 0; i < before.keywords.terms.size(); ++i)
    EXPECT_EQ(after.keywords.terms[i].term, before.keywords.terms[i].term);
  EXPECT_EQ(after.keywords.expansions.size(), before.keywords.expansions.size());
  // The same with somebody who may read it: the judge notices.
  put("frist2.txt", "de", "Es gilt eine verkürzte Kündigungsfrist.");
  EXPECT_FALSE(adapted("Kündigungsfristen").stems.empty());
}

}  // namespace
}  // namespace carrel::retrieve
