// retrieve/sentence_match.h
//
// How much of a question one sentence of a passage holds by itself. A passage that holds the words
// of a question scattered over its sentences answers less often than one with a sentence that holds
// most of them, holds little else, or opens with them ("European Union law is ..."): the last are
// definitions and the sentences that name a paragraph's subject.
//
// Sentences end here where a reader of the words alone would end them, which costs nothing; the
// exact segmentation of core/text.h would cost more than all else that is measured.
//
// One passage at a time, one thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "retrieve/related_words.h"

namespace carrel::retrieve {

// Whether a sentence ends between two words of `text` that follow each other: at a line's end, or
// at a full stop, question or exclamation mark before what is no small letter. An initial ("J.
// Smith") ends none.
bool ends_sentence(std::string_view text, const Word& word, const Word& next);

class SentenceMatch {
 public:
  // `weights` of the question's terms, by number; borrowed.
  explicit SentenceMatch(std::span<const double> weights)
      : weights_(weights), holds_(weights.size(), false) {}

  // The words of a sentence in their order, stop words left out.
  void see_term(std::size_t number);
  void see_other();
  // Ends it. `related`: what stands in it for words of the question. Nothing seen: no sentence.
  void end(const RelatedWords::Seen& related);
  // Forgets the words since the last end: a heading is no sentence.
  void drop();

  // The best sentence's, in units of weight; a related word counts half.
  double held() const { return held_; }
  // The same with the sentence's other words against it: a share in [0, 1] of `mass`, all that the
  // question weighs. Five other words count as one of the question's that is missing.
  double dense(double mass) const;
  // What a sentence holds before its first word that is not the question's: the passage's first
  // sentence's, and the most of any.
  double first_opening() const { return first_opening_; }
  double best_opening() const { return best_opening_; }

 private:
  struct Sentence {
    double held;
    std::size_t others;
  };
  std::span<const double> weights_;
  std::vector<bool> holds_;  // [terms], of the sentence so far
  std::size_t terms_ = 0, others_ = 0;
  double opening_ = 0;
  std::vector<Sentence> sentences_;
  double held_ = 0, first_opening_ = 0, best_opening_ = 0;
};

}  // namespace carrel::retrieve
