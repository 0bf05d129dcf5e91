// embed/detail/lsa_state.h
//
// What a trained LSA encoder holds, and the weighting that training and encoding share.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "embed/detail/term_table.h"
#include "embed/lsa.h"

namespace carrel::embed {

struct LsaEncoder::State {
  Analyzer analyzer;
  detail::TermTable terms;
  std::vector<float> idf;            // [terms]
  std::vector<std::uint16_t> basis;  // [terms, dim] float16: the right singular vectors
  std::size_t dim = 0;
  std::uint64_t trained_on = 0;  // chunks
  float unknown_idf = 0;         // of a term that no training chunk holds
};

namespace detail {

// Limits of a stored encoder, so that hostile bytes are refused before memory is taken for them.
inline constexpr std::size_t kDimLimit = 1024;
inline constexpr std::size_t kTermsLimit = 4'000'000;
static_assert(kDimLimit * kTermsLimit < (std::size_t{1} << 40), "sizes fit in 64 bits with room");

// (1 + log tf) * idf. Manning, Raghavan and Schuetze 2008, section 6.4.
double term_weight(std::size_t tf, double idf);

// log((n + 1) / (df + 1/2)): positive for every term that is not in all chunks.
double inverse_document_frequency(std::size_t chunks, double chunks_with_term);

// Counts equal neighbours of `sorted`: visit(value, count) for each.
template <class Value, class Visit>
void count_runs(const std::vector<Value>& sorted, const Visit& visit) {
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t end = i + 1;
    while (end < sorted.size() && sorted[end] == sorted[i]) ++end;
    visit(sorted[i], end - i);
    i = end;
  }
}

// Scales to unit length; what is all zero stays so. False: it did.
bool to_unit_length(std::span<float> values);

}  // namespace detail
}  // namespace carrel::embed
