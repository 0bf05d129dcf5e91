#include "retrieve/related_words.h"

#include <algorithm>

namespace carrel::retrieve {
namespace {

// Shorter beginnings bring strangers together ("form", "formal"), and so do longer endings.
constexpr std::size_t kStartBytesMin = 4, kStartBytes = 5;
constexpr std::size_t kBytesApartMax = 4;
constexpr std::size_t kSynonymWordsMax = 64;

bool is_plain(std::string_view term) {
  return std::all_of(term.begin(), term.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

std::uint64_t RelatedWords::bit_of(std::string_view term) {
  const auto letter = [&](std::size_t i) { return static_cast<std::uint32_t>(term[i] - 'a'); };
  return std::uint64_t{1} << ((letter(0) * 7 + letter(1) * 13 + letter(2) * 31 + letter(3) * 3) %
                              64);
}

void RelatedWords::add(std::string_view term, std::size_t number) {
  if (term.size() < kStartBytesMin || !is_plain(term)) return;
  starts_.push_back({std::string(term.substr(0, kStartBytes)), term.size(), number});
  first_letters_ |= bit_of(term);
}

void RelatedWords::add_synonym(const std::vector<std::string>& terms, std::size_t number) {
  Synonym one{.number = number};
  for (const std::string& term : terms) {
    const std::size_t next = synonym_bits_.size();
    const auto known = synonym_bits_.find(term);
    if (known == synonym_bits_.end() && next >= kSynonymWordsMax) return;
    one.words |= synonym_bits_.try_emplace(term, std::uint64_t{1} << next).first->second;
  }
  if (one.words != 0) synonyms_.push_back(one);
}

void RelatedWords::see(std::string_view term, Seen& seen) const {
  const auto mark = [&](std::size_t number) {
    if (seen.stood_for_.size() <= number) seen.stood_for_.resize(number + 1, false);
    seen.stood_for_[number] = true;
  };
  if (!synonym_bits_.empty()) {
    const auto bit = synonym_bits_.find(std::string(term));
    if (bit != synonym_bits_.end()) seen.synonyms_ |= bit->second;
  }
  if (first_letters_ == 0 || term.size() < kStartBytesMin || !is_plain(term.substr(0, 4)) ||
      (first_letters_ & bit_of(term)) == 0)
    return;
  for (const Start& start : starts_) {
    const std::size_t apart =
        std::max(term.size(), start.bytes) - std::min(term.size(), start.bytes);
    if (apart <= kBytesApartMax && term.starts_with(start.letters)) mark(start.number);
  }
}

void RelatedWords::Seen::join(const Seen& other) {
  if (stood_for_.size() < other.stood_for_.size())
    stood_for_.resize(other.stood_for_.size(), false);
  for (std::size_t i = 0; i < other.stood_for_.size(); ++i)
    if (other.stood_for_[i]) stood_for_[i] = true;
  synonyms_ |= other.synonyms_;
}

void RelatedWords::Seen::clear() {
  stood_for_.clear();
  synonyms_ = 0;
}

void RelatedWords::finish(Seen& seen) const {
  for (const Synonym& synonym : synonyms_) {
    if ((seen.synonyms_ & synonym.words) != synonym.words) continue;
    if (seen.stood_for_.size() <= synonym.number) seen.stood_for_.resize(synonym.number + 1, false);
    seen.stood_for_[synonym.number] = true;
  }
}

}  // namespace carrel::retrieve
