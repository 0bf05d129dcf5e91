// tests/embed/lsa_support.h
//
// Texts with planted topics, and the shortest way to train on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/random.h"
#include "embed/lsa.h"

namespace carrel::embed {

inline TextSource source_of(const std::vector<std::string>& texts) {
  auto at = std::make_shared<std::size_t>(0);
  return {.next = [&texts, at]() { return *at < texts.size() ? &texts[(*at)++] : nullptr; },
          .restart = [at] { *at = 0; },
          .count = texts.size()};
}

inline std::unique_ptr<LsaEncoder> train(const std::vector<std::string>& texts,
                                         const LsaOptions& options = {}) {
  NoProgress progress;
  return train_lsa(source_of(texts), options, progress, CancelToken());
}

inline std::vector<float> encode(const Encoder& encoder, std::string_view text) {
  std::vector<float> out(encoder.dim());
  encoder.encode(std::span(&text, 1), out);
  return out;
}

inline double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

// Text i is about topic i % topics: `words` words drawn from that topic's 30 and a few from 40 that
// all share. Words are "t3w17" and "common5": nothing that a stemmer changes.
inline std::vector<std::string> topic_texts(std::uint64_t seed, std::size_t count,
                                            std::size_t topics, std::size_t words = 25) {
  Rng rng(seed);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    for (std::size_t w = 0; w < words; ++w)
      text += rng.chance(0.2)
                  ? "common" + std::to_string(rng.below(40)) + " "
                  : "t" + std::to_string(i % topics) + "w" + std::to_string(rng.below(30)) + " ";
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace carrel::embed
