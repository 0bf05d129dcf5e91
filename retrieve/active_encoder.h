// retrieve/active_encoder.h
//
// The encoder of the model now in use, made from the library's bytes once and kept until another
// model becomes active. Questions in flight keep the encoder they began with.
//
// Threads: get() may be called on many threads; one of them makes a new encoder, the others wait.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "embed/encoder.h"
#include "index/reader.h"

namespace carrel::retrieve {

struct EncoderInUse {
  ModelId model;
  std::shared_ptr<const embed::Encoder> encoder;
};

class ActiveEncoder {
 public:
  explicit ActiveEncoder(const index::Reader& reader) : reader_(reader) {}

  // None: no model is trained yet. Errors: corrupt, unavailable.
  std::optional<EncoderInUse> get() const;

 private:
  const index::Reader& reader_;
  mutable std::mutex mutex_;
  mutable std::optional<EncoderInUse> current_;  // guarded by mutex_
};

}  // namespace carrel::retrieve
