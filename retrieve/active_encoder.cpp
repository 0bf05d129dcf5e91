#include "retrieve/active_encoder.h"

#include "embed/lsa.h"

namespace carrel::retrieve {

std::optional<EncoderInUse> ActiveEncoder::get() const {
  const std::optional<ModelId> model = reader_.active_model();
  if (!model) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (!current_ || current_->model != *model)
    current_ = EncoderInUse{*model, embed::LsaEncoder::from_bytes(reader_.model_bytes(*model))};
  return current_;
}

}  // namespace carrel::retrieve
