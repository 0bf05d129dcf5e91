// Claim: `carrel eval` prints the contract's keys, leaves nothing behind, and asks a library its
// own questions through the audited door.
#include <filesystem>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace carrel {
namespace {

using nlohmann::json;
using testing::Files;
using testing::Ran;
using testing::run_program;
using testing::SmallLibrary;
using testing::TempDir;
using testing::write;

// Ten documents, each about a thing of its own; the question about a thing is answered there.
void write_collection(const TempDir& folder) {
  const char* things[] = {"lamp",   "boiler",    "tram",    "violin",  "harbour",
                          "cheese", "satellite", "glacier", "printer", "orchard"};
  std::string corpus, queries, qrels = "query-id\tcorpus-id\tscore\n";
  for (int i = 0; i < 10; ++i) {
    const std::string id = std::to_string(i), thing = things[i];
    const std::string year = std::to_string(1900 + i);
    corpus +=
        json{
            {"_id", id}, {"title", thing}, {"text", "The " + thing + " was built in " + year + "."}}
            .dump() +
        "\n";
    queries += json{{"_id", "q" + id},
                    {"text", "When was the " + thing + " built?"},
                    {"answers", {year}},
                    {"answerable", true},
                    {"document", id}}
                   .dump() +
               "\n";
    qrels += "q" + id + "\t" + id + "\t1\n";
  }
  write(folder / "corpus.jsonl", corpus);
  write(folder / "queries.jsonl", queries);
  write(folder / "qrels.tsv", qrels);
}

TEST(Eval, RetrievalPrintsTheContractsKeysAndLeavesNothingBehind) {
  const TempDir folder, temporary;
  write_collection(folder);
  const Ran ran = run_program({"eval", "retrieval", "--dataset", folder.path().string(), "--json"},
                              {}, temporary.path());
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json out = json::parse(ran.out);
  for (const char* key : {"docs", "queries", "ndcg@10", "recall@100", "mrr@10", "p50_ms", "p99_ms"})
    EXPECT_TRUE(out.contains(key)) << key;
  EXPECT_EQ(out["queries"], 10);
  EXPECT_DOUBLE_EQ(out["arms"]["keyword"]["ndcg@10"].get<double>(), 1.0);
  EXPECT_DOUBLE_EQ(out["ndcg@10"].get<double>(), 1.0);
  EXPECT_TRUE(out["differences"].contains("better arm"));
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

TEST(Eval, AFailedEvaluationLeavesNothingBehindEither) {
  const TempDir folder, temporary;
  write_collection(folder);
  write(folder / "qrels.tsv", "query-id\tcorpus-id\tscore\n");
  const Ran ran =
      run_program({"eval", "retrieval", "--dataset", folder.path().string()}, {}, temporary.path());
  EXPECT_EQ(ran.status, 2);
  EXPECT_NE(ran.err.find("judged document"), std::string::npos) << ran.err;
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

TEST(Eval, AnswersPrintTheContractsKeysAndRefuseWhatIsAbsent) {
  const TempDir folder;
  write_collection(folder);
  const Ran ran = run_program(
      {"eval", "answers", "--dataset", folder.path().string(), "--absent", "0.3", "--json"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const json out = json::parse(ran.out);
  for (const char* key :
       {"questions", "contains_gold", "contains_gold_one_sentence", "citation_precision",
        "mean_words", "refusal_auroc", "refusal_auroc_plain"})
    EXPECT_TRUE(out.contains(key)) << key;
  EXPECT_EQ(out["questions"], 10);
  EXPECT_EQ(out["answerable"], 7);
  EXPECT_EQ(out["docs_absent"], 3);
  EXPECT_EQ(out["citation_precision"], 1.0);
}

TEST(Eval, GoldenQuestionsAreAskedAsTheUserAndAudited) {
  const SmallLibrary library(
      Files{{"hr/leave.md", "# Leave\n\nEverybody has 25 days of annual leave.\n"},
            {"it/lamps.md", "# Lamps\n\nThe lamp was bought in 1998.\n"}});
  write(library / "golden.jsonl",
        "{\"_id\": \"a\", \"text\": \"How many days of annual leave does everybody have?\", "
        "\"document\": "
        "\"hr/leave.md\", \"answers\": [\"25 days\"]}\n"
        "{\"_id\": \"b\", \"text\": \"Who won the chess tournament in Oslo?\", \"answerable\": "
        "false}\n");
  const auto golden = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"eval", "golden", "--as", "ana", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return library.run(arguments);
  };
  const Ran ran = golden({(library / "golden.jsonl").string(), "--collection", "hr", "--keep"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  const json out = json::parse(ran.out);
  EXPECT_EQ(out["questions"], 2);
  EXPECT_EQ(out["right_document_first"], 1.0);
  EXPECT_EQ(out["refused_unanswerable"], 1.0);
  EXPECT_EQ(golden({"--collection", "hr"}).status, 0);
  EXPECT_EQ(golden({"--collection", "finance"}).status, 4);
  EXPECT_EQ(golden({"--collection", "../audit"}).status, 2);

  const json asked = json::parse(
      library.run({"audit", "show", "--action", "ask", "--actor", "user:ana", "--json"}).out);
  std::size_t intents = 0;
  for (const json& record : asked["records"]) intents += record["phase"] == "intent";
  EXPECT_EQ(intents, 4u);  // two questions, twice
}

}  // namespace
}  // namespace carrel
