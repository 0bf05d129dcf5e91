// embed/encoder.h
//
// Text -> embedding, whatever stands behind it: the trained LSA encoder, a transformer, or a remote
// engine. An embedding is a unit-length float32 array of `dim` values; all zeros when nothing in
// the text is known to the encoder.
//
// Threads: const members may run on many threads at once; equal input gives equal bits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace carrel::embed {

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual std::size_t dim() const = 0;
  virtual std::string name() const = 0;  // "lsa", for people and records

  //   texts  n UTF-8 texts
  //   out    [n, dim] float32, row-major; row i belongs to texts[i]
  // Errors: invalid_argument (out.size() != n * dim).
  virtual void encode(std::span<const std::string_view> texts, std::span<float> out) const = 0;

  // Whether the leading dimensions alone make a coarser embedding, as singular directions do.
  virtual bool is_nested() const { return false; }

  // Share in [0, 1] of a text's weight that the encoder has never seen: how stale it has become.
  virtual double unknown_share(std::string_view text) const = 0;
};

}  // namespace carrel::embed
