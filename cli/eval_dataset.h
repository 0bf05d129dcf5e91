// cli/eval_dataset.h
//
// A public test collection read from a folder in BEIR's form, and a temporary library made from it,
// the way files become one: same chunker, same encoder, same indexes.
//
// One thread builds; reading is for any. Errors: not_found (a file is missing), invalid_argument
// (a line that is not what it should be: says which file and line).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "access/access_control.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/progress.h"
#include "core/store.h"
#include "index/library.h"

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

// corpus.jsonl `_id,title,text`; queries.jsonl `_id,text[,answers,answerable,paragraph|document]`;
// qrels.tsv with a header line (may be absent where `judged` is not needed).
EvalDataset read_dataset(const std::filesystem::path& directory);

// In a folder of the system's temporary one, removed at the end. One user, who may read everything.
class EvalLibrary {
 public:
  EvalLibrary(const std::vector<EvalDocument>& documents, ProgressSink& progress,
              const CancelToken& cancel);
  ~EvalLibrary();

  const index::Reader& reader() const { return library_->reader(); }
  const access::AccessControl& access() const { return *access_; }
  access::Visibility visibility() const { return access_->visibility(user_); }

 private:
  void put(const std::vector<EvalDocument>& documents, ProgressSink& progress,
           const CancelToken& cancel);

  std::filesystem::path directory_;
  SystemClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<access::AccessControl> access_;
  std::unique_ptr<index::Library> library_;
  PrincipalId user_;
};

}  // namespace carrel::cli
