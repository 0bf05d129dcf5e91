// The trained encoder at work: a text's weighted terms, projected.
#include "embed/lsa.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "embed/detail/lsa_state.h"
#include "model/gather.h"

namespace carrel::embed {
namespace detail {

double term_weight(std::size_t tf, double idf) {
  return (1.0 + std::log(static_cast<double>(tf))) * idf;
}

double inverse_document_frequency(std::size_t chunks, double chunks_with_term) {
  return std::log((static_cast<double>(chunks) + 1.0) / (chunks_with_term + 0.5));
}

bool to_unit_length(std::span<float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  if (!(sum > 0)) return false;
  const double scale = 1 / std::sqrt(sum);
  for (float& value : values) value = static_cast<float>(value * scale);
  return true;
}

}  // namespace detail

namespace {

// Terms in ascending order, so that the sums have one order however the text is arranged.
void encode_one(const LsaEncoder::State& state, std::string_view text, std::span<float> out) {
  std::vector<std::uint32_t> found;
  for (const Word& word : state.analyzer.words(text)) {
    if (word.is_stop_word) continue;
    if (const auto number = state.terms.find(word.term)) found.push_back(*number);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::uint32_t> terms;
  std::vector<float> weights;
  detail::count_runs(found, [&](std::uint32_t term, std::size_t tf) {
    terms.push_back(term);
    weights.push_back(static_cast<float>(detail::term_weight(tf, state.idf[term])));
  });
  model::gather_sum(terms, weights, state.basis.data(), state.dim, out);
  detail::to_unit_length(out);
}

}  // namespace

LsaEncoder::LsaEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {
  CARREL_ASSERT(state_ != nullptr && state_->dim > 0 &&
                state_->basis.size() == state_->terms.size() * state_->dim &&
                state_->idf.size() == state_->terms.size());
}

LsaEncoder::~LsaEncoder() = default;

std::size_t LsaEncoder::dim() const { return state_->dim; }
std::size_t LsaEncoder::trained_on() const { return static_cast<std::size_t>(state_->trained_on); }
std::size_t LsaEncoder::terms() const { return state_->terms.size(); }

void LsaEncoder::encode(std::span<const std::string_view> texts, std::span<float> out) const {
  const std::size_t dim = state_->dim;
  if (out.size() / dim != texts.size() || out.size() % dim != 0)
    throw Error(ErrorCode::invalid_argument,
                "the room for embeddings must be texts times dimensions");
  for (std::size_t i = 0; i < texts.size(); ++i)
    encode_one(*state_, texts[i], out.subspan(i * dim, dim));
}

double LsaEncoder::unknown_share(std::string_view text) const {
  std::vector<std::string> terms;
  for (Word& word : state_->analyzer.words(text))
    if (!word.is_stop_word) terms.push_back(std::move(word.term));
  std::sort(terms.begin(), terms.end());
  double unknown = 0;
  double all = 0;
  detail::count_runs(terms, [&](const std::string& term, std::size_t tf) {
    const auto number = state_->terms.find(term);
    const double idf = number ? state_->idf[*number] : state_->unknown_idf;
    const double weight = detail::term_weight(tf, idf);
    all += weight;
    if (!number) unknown += weight;
  });
  return all > 0 ? unknown / all : 0.0;
}

}  // namespace carrel::embed
