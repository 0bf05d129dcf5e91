// Claim: collections are read as their publishers drop them, and a mistake in one is told by file,
// line and field.
#include "cli/eval_dataset.h"

#include <gtest/gtest.h>

#include "cli/eval_answers.h"
#include "cli/eval_golden.h"
#include "core/error.h"
#include "tests/cli/program.h"

namespace carrel::cli {
namespace {

using testing::TempDir;
using testing::write;

std::string refusal(const std::filesystem::path& path, const std::string& split = {}) {
  try {
    read_dataset(path, split);
  } catch (const Error& error) {
    return error.what();
  }
  return "was taken";
}

void write_beir(const TempDir& folder) {
  write(folder / "corpus.jsonl",
        "{\"_id\": \"d1\", \"title\": \"Leave\", \"text\": \"25 days\"}\n\n"
        "{\"_id\": 2, \"text\": \"nothing\", \"metadata\": {}}\n");
  write(folder / "queries.jsonl", "{\"_id\": \"q1\", \"text\": \"how many \\\"days\\\"?\"}\n");
}

TEST(EvalDataset, BeirFoldersAreReadWithTheirTestSplit) {
  const TempDir folder;
  write_beir(folder);
  write(folder / "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\t2\t0\n");
  write(folder / "qrels/train.tsv", "query-id\tcorpus-id\tscore\nq1\t2\t1\n");
  const EvalDataset data = read_dataset(folder.path(), "");
  ASSERT_EQ(data.documents.size(), 2u);
  EXPECT_EQ(data.documents[1].id, "2");
  EXPECT_EQ(data.questions.at(0).text, "how many  days ?");
  EXPECT_EQ(data.judged.at("q1"), (std::map<std::string, double>{{"d1", 2.0}}));
  EXPECT_EQ(read_dataset(folder.path(), "train").judged.at("q1").count("2"), 1u);
  EXPECT_NE(refusal(folder.path(), "dev").find("the splits are test, train"), std::string::npos);
}

TEST(EvalDataset, TrecColumnsAndAMissingHeaderDoToo) {
  const TempDir folder;
  write_beir(folder);
  write(folder / "qrels.tsv", "q1 0 d1 1\n");
  EXPECT_EQ(read_dataset(folder.path(), "").judged.at("q1").count("d1"), 1u);
}

TEST(EvalDataset, SquadFilesAreReadAsTheyAre) {
  const TempDir folder;
  write(folder / "dev.json", R"({"version": "v2.0", "data": [{"title": "Oil_crisis", "paragraphs": [
    {"context": "It began in 1973.", "qas": [
      {"id": "a", "question": "When did it begin?", "is_impossible": false,
       "answers": [{"text": "1973", "answer_start": 12}]},
      {"id": "b", "question": "When did it end?", "is_impossible": true, "answers": []}]},
    {"context": "Prices rose.", "qas": []}]}]})");
  for (const auto& path : {folder / "dev.json", folder.path()}) {
    const EvalDataset data = read_dataset(path, "");
    ASSERT_EQ(data.documents.size(), 2u);
    EXPECT_EQ(data.documents[0].title, "Oil crisis");
    ASSERT_EQ(data.questions.size(), 2u);
    EXPECT_EQ(data.questions[0].answers, std::vector<std::string>{"1973"});
    EXPECT_FALSE(data.questions[1].answerable);
    EXPECT_EQ(data.judged.at("a").count(data.documents[0].id), 1u);
    EXPECT_FALSE(data.judged.contains("b"));
  }
}

TEST(EvalDataset, MistakesAreToldByFileLineAndField) {
  const TempDir folder;
  write_beir(folder);
  write(folder / "qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\n");
  EXPECT_NE(refusal(folder.path()).find("qrels.tsv, line 2"), std::string::npos);
  write(folder / "qrels.tsv", "query-id\tcorpus-id\tscore\nq1\telsewhere\t1\n");
  EXPECT_NE(refusal(folder.path()).find("names no document"), std::string::npos);
  write(folder / "queries.jsonl", "{\"_id\": \"q1\"}\n");
  EXPECT_NE(refusal(folder.path()).find("queries.jsonl, line 1: the text 'text' is missing"),
            std::string::npos);
  write(folder / "corpus.jsonl", "{\"_id\": \"d\", \"text\": \"\"}\nnot json\n");
  EXPECT_NE(refusal(folder.path()).find("corpus.jsonl, line 2"), std::string::npos);
  write(folder / "corpus.jsonl",
        "{\"_id\": \"d\", \"text\": \"\"}\n{\"_id\": \"d\", \"text\": \"\"}\n");
  EXPECT_NE(refusal(folder.path()).find("'d' was there before"), std::string::npos);
  EXPECT_NE(refusal(folder / "absent").find("there is nothing at"), std::string::npos);
  write(folder / "other.json", "{\"data\": [{\"title\": \"T\", \"paragraphs\": [{}]}]}");
  EXPECT_NE(refusal(folder / "other.json").find("the article 'T'"), std::string::npos);
}

TEST(EvalDataset, WholeArticlesAreLeftOutAndTheirQuestionsLoseTheirAnswer) {
  EvalDataset data;
  for (int i = 0; i < 40; ++i) {
    const std::string article = "article " + std::to_string(i / 4);
    const std::string id = "d" + std::to_string(i);
    data.documents.push_back({id, article, "text"});
    data.questions.push_back({.id = "q" + std::to_string(i), .document = id});
  }
  data.questions.push_back({.id = "impossible", .answerable = false, .document = "d1"});
  const std::size_t gone = leave_articles_out(data, 0.3);
  EXPECT_EQ(gone, 12u);  // three articles of four paragraphs
  EXPECT_EQ(data.documents.size(), 28u);
  EXPECT_EQ(data.questions.size(), 40u);  // the impossible one is no part of this
  std::set<std::string> left;
  for (const EvalDocument& document : data.documents) left.insert(document.id);
  for (const EvalQuestion& question : data.questions)
    EXPECT_EQ(question.answerable, left.contains(question.document)) << question.id;
}

TEST(GoldenQuestions, WhatIsMissingIsToldByLine) {
  const TempDir folder;
  const auto said = [&](const std::string& text, const std::string& as) {
    write(folder / "golden.jsonl", text);
    try {
      return "read " + std::to_string(read_golden(folder / "golden.jsonl", as).size());
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(said(R"({"text": "How long?", "document": "a.md", "answers": "4 weeks"})", "ana"),
            "read 1");
  EXPECT_EQ(said(R"({"text": "Who?", "as": "ben", "answerable": false})", ""), "read 1");
  EXPECT_NE(said(R"({"text": "Who?", "answerable": false})", "")
                .find("line 1: the question names nobody"),
            std::string::npos);
  EXPECT_NE(said(R"({"text": "Who?"})", "ana").find("expected 'documents' or 'answers'"),
            std::string::npos);
  EXPECT_NE(said("{}", "ana").find("'text' is missing"), std::string::npos);
}

}  // namespace
}  // namespace carrel::cli
