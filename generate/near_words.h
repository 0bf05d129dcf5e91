// generate/near_words.h
//
// Words that say nearly the same: forms of one irregular verb, figures and their names, members of
// one small group of everyday and office English, stems that part only at their end. And words
// that say the opposite.
//
// Terms are stems as core/text gives them. Any thread; pure functions over tables made once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carrel::generate {

struct NearWord {
  std::string_view term;  // of a table that lives as long as the process
  double degree = 0;      // 1: a form of the same word; less: a synonym
};

// Those of `term` that the tables know; itself is not among them.
std::vector<NearWord> near_words(const std::string& term);

// "after" for "before", "decrease" for "increase".
std::vector<std::string_view> opposites(const std::string& term);

// "invas" and "invad": at least four letters, and seven tenths of the longer one, from the left.
bool share_beginning(std::string_view a, std::string_view b);
inline constexpr double kSharedBeginning = 0.6;  // the degree it counts

// Words without digits that one slip parts (a letter more, less, changed, or two exchanged), two in
// words of nine letters or more; words of fewer than five letters are never a slip apart.
bool are_a_slip_apart(std::string_view a, std::string_view b);
inline constexpr double kMisspelt = 0.85;

}  // namespace carrel::generate
