// tests/generate/asking.h
//
// Asks the extractive engine about passages given as texts, as if a retrieval had found them in
// this order in a library of a thousand chunks.
#pragma once

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/text.h"
#include "generate/engine.h"

namespace carrel::generate {

// Passages as a retrieval gives them, with statistics counted over them by the book.
inline retrieve::Retrieval retrieval_of(const std::string& question,
                                        const std::vector<std::string>& texts) {
  const Analyzer analyzer;
  retrieve::Retrieval out;
  std::map<std::string, std::uint64_t> frequency;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::set<std::string> distinct;
    for (const Word& word : analyzer.words(texts[i])) distinct.insert(word.term);
    for (const std::string& term : distinct) ++frequency[term];
    retrieve::Passage passage;
    passage.chunk = {static_cast<std::int64_t>(i) + 1};
    passage.document = {static_cast<std::int64_t>(i) + 1};
    passage.uri = "doc" + std::to_string(i + 1);
    passage.text = texts[i];
    passage.span = {100, 100 + texts[i].size()};
    passage.score = 1.0 / static_cast<double>(i + 1);
    out.passages.push_back(std::move(passage));
  }
  const auto n = 1000.0;  // chunks in the library behind them
  std::set<std::string> asked;
  for (const Word& word : analyzer.words(question))
    if (!word.is_stop_word && asked.insert(word.term).second) {
      const auto df = static_cast<double>(frequency[word.term]);
      out.terms.push_back(
          {word.term, frequency[word.term], std::log(1 + (n - df + .5) / (df + .5))});
    }
  return out;
}

inline Answer ask(const std::string& question, const std::vector<std::string>& texts,
                  const ExtractiveOptions& options = {}) {
  return make_extractive_engine(options)->answer(question, retrieval_of(question, texts), {},
                                                 CancelToken{});
}

inline bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

// Whatever its confidence.
inline std::string answer_to(const std::string& question, const std::vector<std::string>& texts) {
  return ask(question, texts, {.confidence_min = 0}).text();
}

}  // namespace carrel::generate
