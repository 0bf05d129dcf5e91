// index/keyword_index.h
//
// Postings with positions in Xapian, one Xapian document a chunk, its number the chunk's.
//
// Scoring is BM25 (Robertson and Zaragoza 2009) with statistics of what the asker may see: the
// inverse document frequency arrives as a scale factor on each term, counted over the visible
// classes from a cached count per term and class, and the average length is the visible one.
// Weights are rounded to multiples of 2^-32, so that their sums are exact and no order of addition,
// which depends on postings nobody may see, can show in a result.
//
// Threads: search() and count() on many threads; the writing members on one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/cancel.h"
#include "core/ids.h"
#include "core/language.h"
#include "core/text.h"
#include "index/class_map.h"
#include "index/keyword_query.h"
#include "index/scope.h"

namespace carrel::index {

class KeywordIndex {
 public:
  // Opens or creates. Errors: corrupt, unavailable.
  explicit KeywordIndex(const std::filesystem::path& directory);
  ~KeywordIndex();

  // --- writing; nothing is found, and nothing durable, before commit()
  // `language`: of the document, whose stems are indexed beside the terms; null: no more than
  // those.
  void put(ChunkId chunk, std::string_view title, std::string_view section, std::string_view text,
           const Language* language);
  void remove(ChunkId chunk);
  void commit(ChangeId reached);
  void close();  // until reopen(), what needs the index throws unavailable
  // Gives up what was not committed and opens the index as it is on disk: the way on after a member
  // above has thrown, because Xapian does not say how far it came. Errors: as the constructor.
  void reopen();
  // Writes what is committed into a new folder, without what was deleted: until then Xapian keeps
  // the words of deleted chunks in its files. Errors: unavailable, corrupt.
  void copy_compacted(const std::filesystem::path& to) const;
  ChangeId reached() const;  // the change of the last commit
  std::size_t uncommitted() const;
  std::string uuid() const;  // of the Xapian database, to notice that it was replaced

  // --- reading
  KeywordResult search(const Scope& scope, const ClassMap& classes, const KeywordQuery& query,
                       const KeywordLimits& limits, const CancelToken& cancel) const;
  std::vector<VisibleTerm> statistics(const access::Visibility& visible, const ClassMap& classes,
                                      std::span<const std::string> terms) const;

  // See Reader::similar_terms.
  std::vector<VisibleTerm> similar(const access::Visibility& visible, const ClassMap& classes,
                                   std::string_view term, std::size_t edits) const;

  // Whether any chunk holds the term, as of the last commit.
  bool has_term(std::string_view term) const;

  // For verify: all chunk numbers present, ascending; the indexed words of each; and what Xapian's
  // own check of every block finds, a sentence each.
  std::vector<ChunkId> chunks() const;
  std::map<ChunkId, std::uint64_t> lengths() const;
  std::vector<std::string> damage() const;

  // Indexed words (stop words aside) of what put() would index: the length that BM25 sees. Stems
  // of another language count again.
  static std::uint32_t count_terms(const Analyzer& analyzer, std::string_view title,
                                   std::string_view section, std::string_view text,
                                   const Language* language);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carrel::index
