#include "retrieve/sentence_match.h"

#include <algorithm>

namespace carrel::retrieve {
namespace {

constexpr double kRelatedShare = 0.5;
constexpr double kOtherShare = 0.2;  // of the question's mean weight, for each other word

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

bool ends_sentence(std::string_view text, const Word& word, const Word& next) {
  if (next.span.begin <= word.span.end) return false;  // overlapping pairs of characters
  const std::string_view gap =
      text.substr(word.span.end, static_cast<std::size_t>(next.span.begin - word.span.end));
  if (gap.find('\n') != std::string_view::npos) return true;
  for (const std::string_view mark : {"\u3002", "\uff01", "\uff1f"})  // of Chinese and Japanese
    if (gap.find(mark) != std::string_view::npos) return true;
  const std::size_t mark = gap.find_first_of(".?!");
  return mark != std::string_view::npos && gap.find(' ', mark) != std::string_view::npos &&
         word.span.size() > 1 && !is_small_letter(text[next.span.begin]);
}

void SentenceMatch::see_term(std::size_t number) {
  ++terms_;
  if (holds_[number]) return;
  holds_[number] = true;
  if (others_ == 0) opening_ += weights_[number];
}

void SentenceMatch::see_other() { ++others_; }

void SentenceMatch::end(const RelatedWords::Seen& related) {
  if (terms_ + others_ == 0) return;
  double held = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (holds_[i])
      held += weights_[i];
    else if (related.stands_for(i))
      held += kRelatedShare * weights_[i];
  }
  if (sentences_.empty()) first_opening_ = opening_;
  sentences_.push_back({held, others_});
  held_ = std::max(held_, held);
  best_opening_ = std::max(best_opening_, opening_);
  drop();
}

void SentenceMatch::drop() {
  std::fill(holds_.begin(), holds_.end(), false);
  terms_ = others_ = 0;
  opening_ = 0;
}

double SentenceMatch::dense(double mass) const {
  if (mass <= 0) return 0;
  const double of_other = kOtherShare * mass / static_cast<double>(weights_.size());
  double out = 0;
  for (const Sentence& sentence : sentences_)
    out = std::max(out, sentence.held / (mass + of_other * static_cast<double>(sentence.others)));
  return out;
}

}  // namespace carrel::retrieve
