// retrieve/related_words.h
//
// Finds in a passage what stands for a word of the question that the passage does not hold: a word
// that begins alike ("analysis" for "analyze", which the stemmer leaves apart), or words that mean
// the same (retrieve/synonyms.h).
//
// Pure functions of the words given; const members on any thread. Cost: a few nanoseconds a word of
// a passage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carrel::retrieve {

class RelatedWords {
 public:
  // `term` is the question's `number`-th.
  void add(std::string_view term, std::size_t number);
  // All of `terms` together stand for the question's `number`-th term. At most 64 are kept.
  void add_synonym(const std::vector<std::string>& terms, std::size_t number);

  // What one passage holds of them.
  class Seen {
   public:
    bool stands_for(std::size_t number) const {
      return number < stood_for_.size() && stood_for_[number];
    }
    // Adds what another part of the passage holds.
    void join(const Seen& other);
    void clear();

   private:
    friend class RelatedWords;
    std::vector<bool> stood_for_;  // by the number of the question's term
    std::uint64_t synonyms_ = 0;   // bit of each word of a synonym
  };
  void see(std::string_view term, Seen& seen) const;
  // After the last see(), or join(): which synonyms are whole.
  void finish(Seen& seen) const;

 private:
  struct Start {
    std::string letters;  // what a related word begins with
    std::size_t bytes;    // of the question's word
    std::size_t number;
  };
  struct Synonym {
    std::uint64_t words = 0;
    std::size_t number = 0;
  };
  static std::uint64_t bit_of(std::string_view term);

  std::vector<Start> starts_;
  std::uint64_t first_letters_ = 0;  // bits of the starts' first letters: most words have none
  std::unordered_map<std::string, std::uint64_t> synonym_bits_;
  std::vector<Synonym> synonyms_;
};

}  // namespace carrel::retrieve
