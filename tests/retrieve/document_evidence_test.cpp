// Claims: a question names the document whose title, file, folders and editions it tells, ahead of
// those that share some of them; other years, versions and quarters lose; an edition in force is
// preferred where none is asked for; and what the asker may not read changes no bit of any score.
#include "retrieve/document_evidence.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/library_fixture.h"

namespace carrel::retrieve {
namespace {

class DocumentEvidenceTest : public ::testing::Test {
 protected:
  DocumentEvidenceTest() {
    world_.user("ana");
    world_.user("root");
  }
  DocumentId put(const std::string& uri, const std::string& title,
                 const std::string& reader = "everyone",
                 const std::map<std::string, std::string>& metadata = {}) {
    auto document = testing::make_document(
        uri, title, {"Revenue rose.", "Costs fell.", "Dividends were paid."}, {reader});
    document.metadata = metadata;
    return world_.library->writer().put({&document, 1}).front().document;
  }
  DocumentEvidence ask(const std::string& question) {
    const access::Visibility visible = world_.visible_to("ana");
    return document_evidence(world_.library->reader(), analyzer_, {visible, nullptr}, question);
  }
  double prior(const std::string& question, DocumentId document) {
    return edition_prior(world_.library->reader(), world_.visible_to("ana"), ask(question),
                         document);
  }
  DocumentId first(const std::string& question) {
    const DocumentEvidence evidence = ask(question);
    return evidence.ranked().empty() ? DocumentId{} : evidence.ranked().front().document;
  }

  testing::LibraryFixture world_;
  Analyzer analyzer_;
};

class AnnualReports : public DocumentEvidenceTest {
 protected:
  AnnualReports() {
    for (const char* company :
         {"Northwind Energy", "Northwind Foods", "Apex Rail", "Acme Tools", "Bluewater Shipping"})
      for (int year = 2019; year <= 2023; ++year)
        ids_[company + std::to_string(year)] =
            put(std::string("reports/") + company + "/" + std::to_string(year) + ".pdf",
                std::string(company) + " plc annual report " + std::to_string(year));
  }
  std::map<std::string, DocumentId> ids_;
};

TEST_F(AnnualReports, TheCompanyAndTheYearSingleOneOut) {
  for (const char* question :
       {"What was Northwind Energy's revenue in 2022?", "northwind energy fy22 revenue",
        "revenue of Northwind Energy, fiscal year 2022", "NE FY2022: dividends",
        "In its 2022 annual report, what does Northwind Energy plc say of costs?"}) {
    EXPECT_EQ(first(question), ids_["Northwind Energy2022"]) << question;
    const auto named = ask(question).named();
    ASSERT_EQ(named.size(), 1U) << question;
  }
}

TEST_F(AnnualReports, AnotherYearOrAnotherNamesakeCountsForLittle) {
  const DocumentEvidence evidence = ask("What was Northwind Energy's revenue in 2022?");
  const double meant = evidence.of(ids_["Northwind Energy2022"]);
  EXPECT_GT(meant, 0.5);
  EXPECT_LT(evidence.of(ids_["Northwind Energy2021"]), 0.3 * meant);
  EXPECT_LT(evidence.of(ids_["Northwind Foods2022"]), 0.7 * meant);
  EXPECT_EQ(evidence.of(ids_["Apex Rail2021"]), 0.0);
}

TEST_F(AnnualReports, AQuestionThatNamesNobodyHasNoEvidence) {
  EXPECT_TRUE(ask("How high were the dividends?").ranked().empty());
  EXPECT_TRUE(ask("what does the annual report say?").named().empty());
}

TEST_F(AnnualReports, FoldersAndFileNamesNameToo) {
  const DocumentId report = put("reports/CobaltMining/AR_2022.pdf", "Annual report");
  put("reports/CobaltMining/AR_2021.pdf", "Annual report");
  EXPECT_EQ(first("Cobalt Mining 2022 dividends"), report);
}

TEST_F(AnnualReports, MetadataNamesToo) {
  const DocumentId report =
      put("x/0001.pdf", "Form 10-K", "everyone", {{"company", "Zephyr Labs"}, {"year", "2022"}});
  put("x/0002.pdf", "Form 10-K", "everyone", {{"company", "Zephyr Labs"}, {"year", "2021"}});
  EXPECT_EQ(first("Zephyr Labs revenue 2022"), report);
}

TEST_F(DocumentEvidenceTest, TheNewestEditionInForceIsPreferredWhereNoneIsAskedFor) {
  const DocumentId before = put("p/travel-2022.pdf", "Travel policy 2022");
  const DocumentId now = put("p/travel-2023.md", "Travel policy 2023");
  const DocumentId other = put("p/leave.md", "Leave policy 2021");
  EXPECT_EQ(prior("What is the hotel limit?", before), 0.0);
  EXPECT_EQ(prior("What is the hotel limit?", now), 1.0);
  EXPECT_EQ(prior("What is the hotel limit?", other), 1.0);
  EXPECT_EQ(prior("What was the hotel limit in 2022?", before), 1.0);
  EXPECT_EQ(prior("What was the previous hotel limit?", before), 1.0);
}

TEST_F(DocumentEvidenceTest, AnEditionThatHasNotBegunReplacesNothing) {
  const DocumentId now = put("p/travel-2023.md", "Travel policy 2023");  // the clock says 2023
  put("p/travel-2024.md", "Travel policy 2024");
  EXPECT_EQ(prior("What is the hotel limit?", now), 1.0);
}

TEST_F(DocumentEvidenceTest, VersionsAndStatusTellToo) {
  const DocumentId third = put("p/a-v3.md", "Security baseline v3");
  const DocumentId tenth = put("p/a-v10.md", "Security baseline v10");
  EXPECT_EQ(prior("password length?", third), 0.0);
  EXPECT_EQ(prior("password length?", tenth), 1.0);
  EXPECT_EQ(first("What does version 3 of the security baseline say on passwords?"), third);
  const DocumentId withdrawn = put("p/b.md", "Car rules", "everyone", {{"status", "withdrawn"}});
  EXPECT_EQ(prior("car rules?", withdrawn), 0.0);
}

TEST_F(DocumentEvidenceTest, MinutesOfAnotherDayReplaceNothing) {
  const DocumentId january = put("m/2023-01-10.md", "Board minutes 2023-01-10");
  put("m/2023-02-14.md", "Board minutes 2023-02-14");
  EXPECT_EQ(prior("What did the board decide?", january), 1.0);
  EXPECT_EQ(first("What did the board decide on 10 January 2023?"), january);
}

TEST_F(DocumentEvidenceTest, AFileOfOnePassageIsNamedByItsFoldersAndItsFile) {
  const auto note = [&](const std::string& uri, const std::string& title) {
    const auto document = testing::make_document(uri, title, {"Ask at the desk."}, {"everyone"});
    return world_.library->writer().put({&document, 1}).front().document;
  };
  const DocumentId meant = note("sites/Rotterdam/parking.md", "Notes");
  const DocumentId titled = note("a/b.md", "Lisbon");
  for (const char* other : {"Lyon", "Porto", "Turin", "Basel"})
    note(std::string("sites/") + other + "/canteen.md", std::string("Notes of ") + other);
  EXPECT_EQ(first("Where is the parking in Rotterdam?"), meant);
  EXPECT_GT(ask("Where is the parking in Rotterdam?").of(meant), DocumentEvidence::kNamedMin);
  // Its title stands in its only passage, where the rankers have found it.
  EXPECT_EQ(ask("What holds in Lisbon?").of(titled), 0.0);
}

TEST_F(DocumentEvidenceTest, ANumberOfTheQuestionNamesNoFile) {
  const DocumentId numbered = put("scans/12.pdf", "Scan");
  put("scans/13.pdf", "Scan");
  EXPECT_EQ(ask("Is it 12 days?").of(numbered), 0.0);
  EXPECT_EQ(first("What does scan 12 say?"), numbered);
}

TEST_F(AnnualReports, WhatIsHiddenChangesNoBit) {
  const std::vector<std::string> questions = {"Northwind Energy revenue 2022",
                                              "Apex Rail FY21",
                                              "dividends of NE in 2019",
                                              "Quantum 2022",
                                              "acme tools",
                                              "the annual report of bluewater"};
  std::vector<std::vector<NamedDocument>> before;
  for (const std::string& question : questions) before.push_back(ask(question).ranked());
  const double prior_before = prior("dividends?", ids_["Apex Rail2023"]);
  for (int i = 0; i < 40; ++i)
    put("hidden/" + std::to_string(i) + ".pdf",
        "Apex Rail Quantum Northwind Energy annual report " + std::to_string(2015 + i % 9),
        "user:root");
  put("reports/Apex Rail/later.pdf", "Apex Rail plc annual report 2023 v9", "user:root");
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto after = ask(questions[i]).ranked();
    ASSERT_EQ(after.size(), before[i].size()) << questions[i];
    for (std::size_t k = 0; k < after.size(); ++k) {
      EXPECT_EQ(after[k].document, before[i][k].document);
      EXPECT_EQ(after[k].score, before[i][k].score) << questions[i];
    }
  }
  EXPECT_EQ(prior("dividends?", ids_["Apex Rail2023"]), prior_before);
}

TEST_F(AnnualReports, RemovedAndReopenedAndRevokedAreFollowed) {
  const std::string question = "Northwind Energy revenue 2022";
  const double score = ask(question).of(ids_["Northwind Energy2022"]);
  world_.reopen();
  EXPECT_EQ(ask(question).of(ids_["Northwind Energy2022"]), score);
  world_.library->writer().set_access(ids_["Northwind Energy2022"], {{"user:root"}, {}, "internal"},
                                      "");
  EXPECT_EQ(ask(question).of(ids_["Northwind Energy2022"]), 0.0);
  world_.library->writer().remove(ids_["Northwind Energy2021"]);
  EXPECT_EQ(ask("Northwind Energy 2021").of(ids_["Northwind Energy2021"]), 0.0);
}

}  // namespace
}  // namespace carrel::retrieve
