// retrieve/document_evidence.h
//
// Which documents a question names: "Acme's 2023 annual report", "the travel policy, version 3".
//
// A document is named as far as the question's words tell it apart from the other readable ones: by
// the idf mass of the words it is called by, counted over documents. Whoever is called by more of
// them wins over whoever shares only some ("Northwind Energy" over "Northwind Foods"); what the
// question contradicts (another year, quarter or version) loses; and a word that is one among many
// of a title names it less than one that is all of it.
//
// Nothing that the asker may not read has any influence. Any thread. Cost: well below a millisecond
// with 10,000 documents.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "index/reader.h"
#include "index/scope.h"

namespace carrel::retrieve {

struct NamedDocument {
  DocumentId document;
  double score = 0;  // in (0, 1]; 1: the question singles this document out and nothing it says
                     // contradicts it
};

class DocumentEvidence {
 public:
  DocumentEvidence() = default;
  explicit DocumentEvidence(std::vector<NamedDocument> ranked, bool asks_for_edition);

  // In [0, 1]; 0: the question does not name it.
  double of(DocumentId document) const;

  // All with evidence, best first; ties by ascending id.
  const std::vector<NamedDocument>& ranked() const { return ranked_; }

  // The few that the question means, at most kNamedMax: their passages belong among the candidates
  // even where other documents' like-sounding passages rank first. Empty: it names none, or so many
  // alike that the name does not narrow the search.
  static constexpr std::size_t kNamedMax = 8;
  static constexpr double kNamedMin = 0.35;
  std::vector<NamedDocument> named() const;

  // The question speaks of a year, a version, or of what no longer holds: no edition is preferred.
  bool asks_for_edition() const { return asks_for_edition_; }

 private:
  std::vector<NamedDocument> ranked_;
  std::unordered_map<DocumentId, double> score_;
  bool asks_for_edition_ = false;
};

// `question` without filters (ParsedQuery::plain).
DocumentEvidence document_evidence(const index::Reader& reader, const Analyzer& analyzer,
                                   const index::Scope& scope, std::string_view question);

// How much a document should be preferred for being in force: 1, or 0 where a newer edition of it
// is readable and in force, or where it says itself that it no longer holds. 1 for all documents
// where the question asks for an edition.
double edition_prior(const index::Reader& reader, const access::Visibility& visible,
                     const DocumentEvidence& evidence, DocumentId document);

}  // namespace carrel::retrieve
