#include "retrieve/features.h"

#include <algorithm>

#include "retrieve/other_languages.h"

namespace carrel::retrieve {
namespace {

constexpr double kK1 = 1.2, kB = 0.75;             // as in the keyword arm
constexpr std::uint32_t kNarrow = 12, kWide = 25;  // words
constexpr double kEarlyWords = 50;
constexpr std::uint32_t kHeadingGap = 100;  // no window reaches from a heading into the text

bool holds_digit(std::string_view term) {
  return std::any_of(term.begin(), term.end(), [](char c) { return c >= '0' && c <= '9'; });
}

float share(double part, double whole) {
  return static_cast<float>(whole > 0 ? part / whole : 0.0);
}

}  // namespace

QuestionWords::QuestionWords(const Analyzer& analyzer, const ParsedQuery& query,
                             std::span<const index::VisibleTerm> terms, double average_length)
    : average_length_(average_length > 0 ? average_length : 1) {
  std::unordered_map<std::string_view, double> asked;
  for (const index::QueryTerm& term : query.keywords.terms) asked[term.term] += term.weight;
  for (const index::VisibleTerm& term : terms) {
    const auto weight = asked.find(term.term);
    if (term.document_frequency == 0 || weight == asked.end()) continue;
    number_.emplace(term.term, static_cast<std::uint32_t>(weights_.size()));
    weights_.push_back(term.idf * weight->second);
    has_digit_.push_back(holds_digit(term.term));
    mass_ += weights_.back();
    square_mass_ += weights_.back() * weights_.back();
    if (has_digit_.back()) digit_mass_ += weights_.back();
  }
  for (const NearName& name : query.near_names) {
    if (!number_.emplace(name.term, static_cast<std::uint32_t>(weights_.size())).second) continue;
    weights_.push_back(name.idf * name.weight);
    has_digit_.push_back(holds_digit(name.term));
    mass_ += weights_.back();
    square_mass_ += weights_.back() * weights_.back();
    if (has_digit_.back()) digit_mass_ += weights_.back();
  }
  written_.resize(weights_.size());
  for (const auto& [term, number] : number_)
    if (!has_digit_[number]) related_.add(term, number);
  for (const StandIn& one : query.stand_ins)
    if (const auto known = number_.find(one.term); known != number_.end())
      related_.add_synonym(one.others, known->second);

  const Word* before = nullptr;
  std::uint32_t before_term = 0;
  std::vector<Word> words = analyzer.words(query.plain);
  for (const auto& [language, stems] : query.stems)
    recognise_stems(query, language, query.plain, words);
  for (const Word& word : words) {
    if (word.is_stop_word) continue;
    const auto known = number_.find(word.term);
    if (known == number_.end()) {
      before = nullptr;
      continue;
    }
    const std::uint32_t term = known->second;
    written_[term] =
        Analyzer::fold(std::string_view(query.plain).substr(word.span.begin, word.span.size()));
    if (before != nullptr && before_term != term) {
      const double weight = std::min(weights_[before_term], weights_[term]);
      pairs_.push_back({before_term, term, word.position - before->position, weight});
      pair_mass_ += weight;
    }
    before = &word;
    before_term = term;
  }
}

double QuestionWords::ceiling() const { return mass_ * (kK1 + 1); }

double QuestionWords::best_window(const std::vector<Hit>& hits, std::uint32_t width) const {
  std::vector<std::uint32_t> inside(weights_.size(), 0);
  double now = 0, best = 0;
  std::size_t from = 0;
  for (const Hit& hit : hits) {
    if (inside[hit.term]++ == 0) now += weights_[hit.term];
    for (; hit.position - hits[from].position >= width; ++from)
      if (--inside[hits[from].term] == 0) now -= weights_[hits[from].term];
    best = std::max(best, now);
  }
  return best;
}

double QuestionWords::ordered_weight(const std::vector<Hit>& hits) const {
  double out = 0;
  for (const Pair& pair : pairs_) {
    bool found = false;
    for (std::size_t i = 0; i < hits.size() && !found; ++i) {
      if (hits[i].term != pair.first) continue;
      for (std::size_t j = i + 1; j < hits.size() && !found; ++j) {
        const std::uint32_t gap = hits[j].position - hits[i].position;
        if (gap > std::max(pair.gap, 1U)) break;
        found = hits[j].term == pair.second && (gap == 1 || gap == pair.gap);
      }
    }
    if (found) out += pair.weight;
  }
  return out;
}

void QuestionWords::measure(std::string_view text, std::size_t headings_end,
                            const std::vector<Word>& words, FeatureRow& out) const {
  std::vector<Hit> hits;
  std::vector<std::uint32_t> tf(weights_.size(), 0);
  std::vector<bool> as_written(weights_.size(), false);
  RelatedWords::Seen seen, in_sentence;
  SentenceMatch sentences(weights_);
  double length = 0;
  const auto end_sentence = [&](bool is_heading) {
    related_.finish(in_sentence);
    if (is_heading)
      sentences.drop();
    else
      sentences.end(in_sentence);
    seen.join(in_sentence);
    in_sentence.clear();
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    if (i > 0) {
      const bool was_heading = words[i - 1].span.begin < headings_end;
      if (was_heading != (word.span.begin < headings_end) ||
          ends_sentence(text, words[i - 1], word))
        end_sentence(was_heading);
    }
    if (word.is_stop_word) continue;
    ++length;
    related_.see(word.term, in_sentence);
    const auto known = number_.find(word.term);
    if (known == number_.end()) {
      sentences.see_other();
      continue;
    }
    const std::uint32_t term = known->second;
    sentences.see_term(term);
    ++tf[term];
    if (!as_written[term])
      as_written[term] =
          Analyzer::fold(text.substr(word.span.begin, word.span.size())) == written_[term];
    hits.push_back({term, word.position + (word.span.begin < headings_end ? 0 : kHeadingGap)});
  }

  if (!words.empty()) end_sentence(words.back().span.begin < headings_end);
  related_.finish(seen);
  double bm25 = 0, rare = 0, exact = 0, digits = 0, related = 0;
  const double norm = kK1 * (1 - kB + kB * length / average_length_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const double weight = weights_[i];
    if (tf[i] == 0) {
      if (seen.stands_for(i)) related += weight;
      continue;
    }
    bm25 += weight * tf[i] / (tf[i] + norm);
    rare += weight * weight;
    if (as_written[i]) exact += weight;
    if (has_digit_[i]) digits += weight;
  }
  out[kKeyword] = share(bm25, mass_);
  out[kRareCoverage] = share(rare, square_mass_);
  out[kExact] = share(exact, mass_);
  out[kDigits] = digit_mass_ > 0 ? share(digits, digit_mass_) : 0.5F;
  out[kOrdered] = share(ordered_weight(hits), pair_mass_);
  out[kWindowNarrow] = share(best_window(hits, kNarrow), mass_);
  out[kWindowWide] = share(best_window(hits, kWide), mass_);
  out[kRelated] = share(related, mass_);
  out[kSentence] = share(sentences.held(), mass_);
  out[kDense] = static_cast<float>(sentences.dense(mass_));
  out[kFirstOpening] = share(sentences.first_opening(), mass_);
  out[kBestOpening] = share(sentences.best_opening(), mass_);
  out[kEarly] =
      hits.empty() ? 0.0F : static_cast<float>(1.0 / (1.0 + hits.front().position / kEarlyWords));
}

}  // namespace carrel::retrieve
