// embed/lsa.h
//
// Latent semantic analysis: the encoder that needs no file, because it is trained on the library.
//
// Terms are weighted (1 + log tf) * idf, rows scaled to unit length, and the matrix [chunks, terms]
// is cut to its first `dim` singular directions by a randomised truncated SVD with power iterations
// (Halko, Martinsson and Tropp 2011, arXiv:0909.4061) on BLAS. A text is encoded by projecting its
// weighted terms on the right singular vectors and scaling to unit length, without division by the
// singular values; new chunks are folded in the same way (Deerwester et al. 1990).
//
// The dimension grows with the library; equal texts, options and seed give equal bits on one kind
// of processor, whatever the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/cancel.h"
#include "core/progress.h"
#include "embed/encoder.h"

namespace carrel::embed {

struct LsaOptions {
  std::size_t dim_max = 300;        // 16..1024; fewer for small libraries, see lsa_dim()
  std::size_t terms_max = 120'000;  // the most frequent are kept
  std::size_t term_chunks_min = 2;  // a term in fewer chunks says nothing about others
  int power_iterations = 4;
  std::size_t oversampling = 16;
  std::uint64_t seed = 1;
  std::size_t training_chunks_max = 100'000;  // a larger library is sampled evenly
};

// The dimension used for a library of `chunks` chunks: 5.3 * sqrt(chunks), at most a third of them.
std::size_t lsa_dim(std::size_t chunks, const LsaOptions& options);

class LsaEncoder final : public Encoder {
 public:
  ~LsaEncoder() override;
  std::size_t dim() const override;
  std::string name() const override { return "lsa"; }
  bool is_nested() const override { return true; }
  void encode(std::span<const std::string_view> texts, std::span<float> out) const override;
  double unknown_share(std::string_view text) const override;
  std::size_t trained_on() const;  // chunks in the library at that time, sampled or not
  std::size_t terms() const;

  // The trained encoder as bytes, checksummed; float16 inside. Errors: corrupt (says which).
  std::string to_bytes() const;
  static std::unique_ptr<LsaEncoder> from_bytes(std::string_view bytes);

  struct State;
  explicit LsaEncoder(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

// `next` hands out the training texts one after the other (nullptr: the end) and may be called
// through twice; it returns a pointer that is valid until the next call. `restart` starts over.
struct TextSource {
  std::function<const std::string*()> next;
  std::function<void()> restart;
  std::size_t count = 0;
};

// None: too little text to learn from (fewer than 8 chunks or 16 terms). Errors: cancelled.
std::unique_ptr<LsaEncoder> train_lsa(const TextSource& texts, const LsaOptions& options,
                                      ProgressSink& progress, const CancelToken& cancel);

}  // namespace carrel::embed
