#include "core/half.h"

#include <cstring>

#include "core/error.h"

namespace carrel {

static_assert(std::endian::native == std::endian::little, "stored float16 is little-endian");

std::string to_half_bytes(std::span<const float> values) {
  std::string out(values.size() * 2, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = to_half(values[i]);
    std::memcpy(out.data() + 2 * i, &half, 2);
  }
  return out;
}

void from_half_bytes(std::string_view bytes, std::span<float> out) {
  if (bytes.size() != out.size() * 2)
    throw Error(ErrorCode::corrupt,
                "a stored embedding has the wrong length; run 'carrel verify --repair'");
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes.data() + 2 * i, 2);
    out[i] = from_half(half);
  }
}

}  // namespace carrel
