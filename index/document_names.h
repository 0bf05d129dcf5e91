// index/document_names.h
//
// By what words a question can name a document: those of its title, its file's name, the folders
// it lies in, its collection, author and metadata, the initials of its names, and the editions
// (core/editions.h) that these tell. Kept in memory beside the ClassMap, changed with it.
//
// How much a word tells is counted over the documents that the asker may read, so that words shared
// by all titles weigh next to nothing and those that tell documents apart weigh most. What may not
// be read has no influence on any number here.
//
// Threads: match() on many threads; put(), set_class() and remove() by one writer at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/text.h"
#include "index/scope.h"
#include "index/types.h"

namespace carrel::index {

// What a question may name documents by; a key of a document is spelled the same.
struct NameKey {
  enum class Kind : std::uint8_t { word, initials, year, quarter, version, month, day };
  Kind kind = Kind::word;
  std::string value;
  bool operator==(const NameKey&) const = default;
};

// The keys of a text, in order of appearance, each once. Words are analyzed and are no stop words;
// numbers that are part of an edition count as that alone. `of_question`: a token in capitals may
// be somebody's initials, and so may one that is short.
std::vector<NameKey> name_keys(const Analyzer& analyzer, std::string_view text, bool of_question);

// One readable document that a question may mean.
struct NameMatch {
  DocumentId document;
  double matched = 0;    // idf mass of the question's keys that it is called by, by field weight
  double unmatched = 0;  // idf mass of what else its title says, or its file name if that is less
  std::int64_t passages = 0;
  std::uint64_t keys = 0;  // bit i: the i-th key of the question
  // The question tells a year (quarter, version) that some readable document is called by, and this
  // one is called by others only.
  bool is_of_other_year = false, is_of_other_quarter = false, is_of_other_version = false;
};

struct NameMatches {
  std::vector<NameMatch> documents;     // by matched, descending; ties by ascending id
  std::vector<double> idf;              // of the question's keys; 0: no readable document has it
  std::uint64_t visible_documents = 0;  // that have passages
};

class DocumentNames {
 public:
  static constexpr std::size_t kQuestionKeysMax = 64;
  static constexpr std::size_t kMatchesMax = 256;

  DocumentNames();
  ~DocumentNames();

  // A document without passages is no match for any question, and is left out.
  void put(const Analyzer& analyzer, const DocumentInfo& document);
  void set_class(DocumentId document, AclClassId acl_class);
  void remove(DocumentId document);

  // Statistics over all that `scope.visible` permits, documents within the whole scope. Keys past
  // kQuestionKeysMax are not read. Cost: about 10 ns a posting of the keys asked.
  NameMatches match(const Scope& scope, std::span<const NameKey> question) const;

  // Whether a newer edition that is in force `today` ("2024-03-01") is readable too, or the
  // document's own names or metadata say that it no longer holds. Absent and hidden: false.
  bool is_superseded(const access::Visibility& visible, DocumentId document,
                     std::string_view today) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::index
