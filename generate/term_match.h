// generate/term_match.h
//
// Where a text holds the words of a question, exactly or nearly (near_words.h), and how much of the
// question that is. Sets of question terms are bits; a question longer than kTermsMax keeps its
// first ones.
//
// One per question and thread: it remembers the words it has seen.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "generate/question_form.h"

namespace carrel::generate {

inline constexpr std::size_t kTermsMax = 64;
using TermSet = std::uint64_t;

// The degree in [0, 1] to which each question term is met.
using Degrees = std::array<float, kTermsMax>;

struct Sighting {
  std::uint8_t term = 0;  // index in QuestionForm::terms
  float degree = 0;
  std::uint32_t position = 0;  // of the word in its text
};

class TermMatcher {
 public:
  explicit TermMatcher(const QuestionForm& form);

  std::size_t size() const { return size_; }

  // The question's terms that `words` holds, in order; a word counts for its best term.
  std::vector<Sighting> sightings(const std::vector<Word>& words);

  // The question term that `term` stands for, and how well; degree 0: none.
  Sighting match(const std::string& term);
  // Whether `term` says the opposite of some question term: its bit.
  TermSet opposite_of(const std::string& term) const;

  void add(Degrees& degrees, const std::vector<Sighting>& seen) const;
  void add(Degrees& degrees, const std::vector<std::string>& terms);

  // Shares of the question's mass, in [0, 1].
  double share(const Degrees& degrees) const;
  double exact_share(const Degrees& degrees) const;  // only what is met word for word
  double name_share(const Degrees& degrees) const;   // of names and numbers; 1: there are none
  double heaviest_missing(const Degrees& degrees) const;
  double share_by(const std::vector<double>& weights, const Degrees& degrees) const;

 private:
  const QuestionForm& form_;
  std::size_t size_;
  std::unordered_map<std::string, Sighting> known_;
  std::unordered_map<std::string, TermSet> opposites_;
};

void merge(Degrees& into, const Degrees& other);

}  // namespace carrel::generate
