// cli/eval_dataset.h
//
// A public test collection as its publishers drop it: a folder in BEIR's form or a SQuAD 1.1/2.0
// JSON file. One thread. Errors: not_found (a file is missing), invalid_argument (a line or a part
// that is not what it should be: says which file, which line and what was expected).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace carrel::cli {

struct EvalDocument {
  std::string id, title, text;
};

struct EvalQuestion {
  std::string id, text;
  std::vector<std::string> answers;
  bool answerable = true;
  std::string document;  // where the answer stands, if the collection tells
};

struct EvalDataset {
  std::vector<EvalDocument> documents;
  std::vector<EvalQuestion> questions;
  std::map<std::string, std::map<std::string, double>> judged;  // question -> document -> gain > 0
};

// What `path` is decides how it is read:
//   a folder with corpus.jsonl   BEIR: corpus.jsonl `_id,title,text`, queries.jsonl
//                                `_id,text[,answers,answerable,paragraph|document]`, and judgements
//                                in qrels.tsv or qrels/SPLIT.tsv (query-id, corpus-id, score; the
//                                four columns of TREC do too). Without judgements `judged` is
//                                empty.
//   a .json file, or a folder    SQuAD: each paragraph is a document, its article's title the
//   title. that holds nothing but one
// `split`: which of qrels/*.tsv; empty takes the only one, or test.tsv.
EvalDataset read_dataset(const std::filesystem::path& path, const std::string& split);

// Quotation marks and leading dashes taken out, and cut to what a search takes (2 KiB): collections
// hold prose, in which a quoted title demands no phrase and a dash excludes no word.
std::string as_prose(std::string text);

}  // namespace carrel::cli
