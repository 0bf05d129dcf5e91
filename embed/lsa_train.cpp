// Training: count, choose terms, weigh, decompose.
//
// Every text is analysed once; what is kept of it is its terms' numbers and counts, which become
// the weighted matrix in place. Memory beyond the texts, at 20,000 chunks of 100 terms and dim 300:
// 2 x 16 MB for the matrix and its transpose, 2 x 25 MB for the subspace, 256 bytes a term while
// multiplying, then 600 bytes a term for the result.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "embed/detail/lsa_state.h"
#include "embed/detail/sparse.h"
#include "embed/detail/svd.h"

namespace carrel::embed {
namespace {

constexpr std::size_t kChunksMin = 8;
constexpr std::size_t kTermsMin = 16;
constexpr std::size_t kProgressEvery = 256;  // chunks

void check_options(const LsaOptions& options) {
  const bool in_range = options.dim_max >= 16 && options.dim_max <= detail::kDimLimit &&
                        options.terms_max >= kTermsMin &&
                        options.terms_max <= detail::kTermsLimit && options.power_iterations >= 0 &&
                        options.power_iterations <= 100 && options.oversampling <= 1024 &&
                        options.training_chunks_max >= kChunksMin &&
                        options.training_chunks_max <= 10'000'000;
  if (!in_range)
    throw Error(ErrorCode::invalid_argument,
                "an option of the lsa encoder is out of range: dim_max is 16 to 1024, terms_max 16 "
                "to 4,000,000, training_chunks_max 8 to 10,000,000");
}

// What the texts hold, before any term is left out. Values are counts.
struct Counted {
  detail::TermTable terms;
  std::vector<std::uint32_t> chunks_with;  // [terms]
  detail::SparseMatrix counts;
  std::uint64_t chunks_seen = 0;
};

void count_chunk(const Analyzer& analyzer, std::string_view text,
                 std::vector<std::uint32_t>& scratch, Counted& counted) {
  scratch.clear();
  for (const Word& word : analyzer.words(text))
    if (!word.is_stop_word) scratch.push_back(counted.terms.add(word.term));
  counted.chunks_with.resize(counted.terms.size(), 0);
  std::sort(scratch.begin(), scratch.end());
  detail::count_runs(scratch, [&](std::uint32_t term, std::size_t tf) {
    ++counted.chunks_with[term];
    counted.counts.indices.push_back(term);
    counted.counts.values.push_back(static_cast<float>(tf));
  });
  counted.counts.begins.push_back(counted.counts.indices.size());
}

Counted count_terms(const TextSource& texts, const LsaOptions& options, const Analyzer& analyzer,
                    ProgressSink& progress, const CancelToken& cancel) {
  Counted counted;
  std::vector<std::uint32_t> scratch;
  const std::uint64_t count = texts.count;
  const std::uint64_t wanted = options.training_chunks_max;
  texts.restart();
  while (const std::string* text = texts.next()) {
    cancel.check();
    // Evenly: text i is taken where i * wanted / count passes a whole number.
    const std::uint64_t i = counted.chunks_seen++;
    const bool is_taken = count <= wanted || (i + 1) * wanted / count > i * wanted / count;
    if (!is_taken || counted.counts.rows() >= wanted) continue;
    count_chunk(analyzer, *text, scratch, counted);
    if (counted.counts.rows() % kProgressEvery == 0)
      progress.update({"reading", counted.chunks_seen, count, "chunks", {}});
  }
  return counted;
}

// The terms worth keeping, the most frequent first; equals in the order of their bytes.
std::vector<std::uint32_t> choose_terms(const Counted& counted, const LsaOptions& options) {
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t term = 0; term < counted.terms.size(); ++term)
    if (counted.chunks_with[term] >= options.term_chunks_min) chosen.push_back(term);
  std::sort(chosen.begin(), chosen.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (counted.chunks_with[a] != counted.chunks_with[b])
      return counted.chunks_with[a] > counted.chunks_with[b];
    return counted.terms.term(a) < counted.terms.term(b);
  });
  if (chosen.size() > options.terms_max) chosen.resize(options.terms_max);
  return chosen;
}

constexpr std::uint32_t kLeftOut = UINT32_MAX;

// Counts become weights: terms get their new numbers, rows unit length. In place, since what is
// left out only makes rows shorter.
void weigh(detail::SparseMatrix& matrix, const std::vector<std::uint32_t>& new_number,
           const std::vector<float>& idf) {
  std::vector<std::pair<std::uint32_t, float>> row;
  std::vector<float> weights;
  std::uint64_t read = 0;
  std::uint64_t written = 0;
  for (std::size_t r = 0; r < matrix.rows(); ++r) {
    row.clear();
    for (; read < matrix.begins[r + 1]; ++read) {
      const std::uint32_t term = new_number[matrix.indices[read]];
      if (term != kLeftOut) row.emplace_back(term, matrix.values[read]);
    }
    std::sort(row.begin(), row.end());
    weights.clear();
    for (const auto& [term, tf] : row)
      weights.push_back(
          static_cast<float>(detail::term_weight(static_cast<std::size_t>(tf), idf[term])));
    detail::to_unit_length(weights);
    for (std::size_t i = 0; i < row.size(); ++i, ++written) {
      matrix.indices[written] = row[i].first;
      matrix.values[written] = weights[i];
    }
    matrix.begins[r + 1] = written;
  }
  matrix.columns = idf.size();
  matrix.indices.resize(written);
  matrix.values.resize(written);
}

// Takes `counted` apart: its matrix becomes the weighted one, `state` gets terms and weights.
detail::SparseMatrix choose_and_weigh(Counted& counted, const LsaOptions& options,
                                      LsaEncoder::State& state) {
  const std::vector<std::uint32_t> chosen = choose_terms(counted, options);
  const std::size_t chunks = counted.counts.rows();
  std::vector<std::uint32_t> new_number(counted.terms.size(), kLeftOut);
  for (const std::uint32_t term : chosen) {
    new_number[term] = state.terms.add(counted.terms.term(term));
    state.idf.push_back(
        static_cast<float>(detail::inverse_document_frequency(chunks, counted.chunks_with[term])));
  }
  state.trained_on = counted.chunks_seen;
  state.unknown_idf = static_cast<float>(detail::inverse_document_frequency(chunks, 1));
  detail::SparseMatrix matrix = std::move(counted.counts);
  weigh(matrix, new_number, state.idf);
  return matrix;
}

}  // namespace

// Alone, the encoder ranked best at 200 dimensions for Cranfield's 1,400 documents (nDCG@10 .441;
// .427 at 100, .413 at 400), was level from 150 to 400 for CISI's 1,460, and still rose at 200 for
// 693 SQuAD paragraphs and at 500 for 5,183 SciFact abstracts; fused with keywords, all
// moved by at most .022 between 75 and 500 dimensions. A root through Cranfield's best is a compromise that keeps
// small libraries from learning noise and large ones small.
std::size_t lsa_dim(std::size_t chunks, const LsaOptions& options) {
  const double grown = 5.3 * std::sqrt(static_cast<double>(chunks));
  const std::size_t dim = std::min(static_cast<std::size_t>(grown), chunks / 3);
  return std::clamp<std::size_t>(dim, 2, std::max<std::size_t>(2, options.dim_max));
}

std::unique_ptr<LsaEncoder> train_lsa(const TextSource& texts, const LsaOptions& options,
                                      ProgressSink& progress, const CancelToken& cancel) {
  check_options(options);
  auto state = std::make_unique<LsaEncoder::State>();
  detail::SparseMatrix matrix;
  {
    Counted counted = count_terms(texts, options, state->analyzer, progress, cancel);
    if (counted.counts.rows() < kChunksMin) return nullptr;
    matrix = choose_and_weigh(counted, options, *state);
  }
  if (state->terms.size() < kTermsMin) return nullptr;

  detail::SvdOptions svd_options;
  svd_options.dim = lsa_dim(matrix.rows(), options);
  svd_options.oversampling = options.oversampling;
  svd_options.power_iterations = options.power_iterations;
  svd_options.seed = options.seed;
  const auto steps = static_cast<std::uint64_t>(detail::svd_steps(svd_options));
  svd_options.on_step = [&](int done) {
    progress.update({"learning", static_cast<std::uint64_t>(done), steps, "steps", {}});
  };
  detail::TruncatedSvd svd = detail::truncated_svd(matrix, detail::transpose(matrix), svd_options,
                                                   model::best_blas(), cancel);
  if (svd.dim() == 0) return nullptr;
  state->dim = svd.dim();
  state->basis = std::move(svd.right);
  return std::make_unique<LsaEncoder>(std::move(state));
}

}  // namespace carrel::embed
