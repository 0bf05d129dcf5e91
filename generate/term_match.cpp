#include "generate/term_match.h"

#include <algorithm>

#include "generate/near_words.h"

namespace carrel::generate {
namespace {

constexpr float kMet = 0.99F;  // a degree from which a term counts as met word for word

// "2,500" as "2500"; anything but groups of three digits behind a comma as it is.
std::string without_separators(const std::string& term) {
  std::string out;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (term[i] != ',') {
      out += term[i];
      continue;
    }
    const std::size_t end = std::min(term.find_first_of(",.", i + 1), term.size());
    if (i == 0 || end != i + 4) return term;
    if (term.find_first_not_of("0123456789,.") != std::string::npos) return term;
  }
  return out;
}

}  // namespace

TermMatcher::TermMatcher(const QuestionForm& form)
    : form_(form), size_(std::min(kTermsMax, form.terms.size())) {
  for (std::size_t i = 0; i < size_; ++i)
    known_[form.terms[i].term] = {static_cast<std::uint8_t>(i), 1.0F, 0};
  for (std::size_t i = 0; i < size_; ++i) {
    for (const NearWord& near : near_words(form.terms[i].term)) {
      if (form.terms[i].is_name && near.degree < 1) continue;  // a name has no synonym
      Sighting& known = known_[std::string(near.term)];
      const auto degree = static_cast<float>(near.degree);
      if (known.degree < degree) known = {static_cast<std::uint8_t>(i), degree, 0};
    }
    for (const std::string_view other : opposites(form.terms[i].term))
      opposites_[std::string(other)] |= TermSet{1} << i;
  }
}

Sighting TermMatcher::match(const std::string& term) {
  const auto [entry, is_new] = known_.try_emplace(term);
  if (is_new) {
    const std::string number = without_separators(term);
    for (std::size_t i = 0; i < size_; ++i) {
      const QuestionTerm& asked = form_.terms[i];
      const double degree = share_beginning(term, asked.term) ? kSharedBeginning : 0;
      const double misspelt = !asked.is_known && are_a_slip_apart(term, asked.term) ? kMisspelt : 0;
      const auto best = static_cast<float>(std::max(degree, misspelt));
      if (best > entry->second.degree) entry->second = {static_cast<std::uint8_t>(i), best, 0};
      if (!number.empty() && number.front() <= '9' && number == without_separators(asked.term))
        entry->second = {static_cast<std::uint8_t>(i), 1.0F, 0};
    }
  }
  return entry->second;
}

TermSet TermMatcher::opposite_of(const std::string& term) const {
  const auto found = opposites_.find(term);
  return found == opposites_.end() ? 0 : found->second;
}

std::vector<Sighting> TermMatcher::sightings(const std::vector<Word>& words) {
  std::vector<Sighting> out;
  for (const Word& word : words) {
    Sighting seen = match(word.term);
    if (seen.degree <= 0) continue;
    seen.position = word.position;
    out.push_back(seen);
  }
  return out;
}

void TermMatcher::add(Degrees& degrees, const std::vector<Sighting>& seen) const {
  for (const Sighting& one : seen) degrees[one.term] = std::max(degrees[one.term], one.degree);
}

void TermMatcher::add(Degrees& degrees, const std::vector<std::string>& terms) {
  for (const std::string& term : terms) {
    const Sighting seen = match(term);
    if (seen.degree > 0) degrees[seen.term] = std::max(degrees[seen.term], seen.degree);
  }
}

double TermMatcher::share(const Degrees& degrees) const {
  double met = 0;
  for (std::size_t i = 0; i < size_; ++i) met += degrees[i] * form_.terms[i].mass;
  return form_.mass > 0 ? met / form_.mass : 0;
}

double TermMatcher::exact_share(const Degrees& degrees) const {
  double met = 0;
  for (std::size_t i = 0; i < size_; ++i)
    if (degrees[i] >= kMet) met += form_.terms[i].mass;
  return form_.mass > 0 ? met / form_.mass : 0;
}

double TermMatcher::name_share(const Degrees& degrees) const {
  double met = 0, all = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    if (!form_.terms[i].is_name) continue;
    all += form_.terms[i].mass;
    met += degrees[i] * form_.terms[i].mass;
  }
  return all > 0 ? met / all : 1;
}

double TermMatcher::heaviest_missing(const Degrees& degrees) const {
  double most = 0;
  for (std::size_t i = 0; i < size_; ++i)
    most = std::max(most, (1 - degrees[i]) * form_.terms[i].mass);
  return form_.mass > 0 ? most / form_.mass : 0;
}

double TermMatcher::share_by(const std::vector<double>& weights, const Degrees& degrees) const {
  double met = 0, all = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    all += weights[i];
    met += degrees[i] * weights[i];
  }
  return all > 0 ? met / all : 0;
}

void merge(Degrees& into, const Degrees& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], other[i]);
}

}  // namespace carrel::generate
