#include "core/half.h"

#include <cstring>
#include <vector>

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

void halves_from_bytes(std::string_view bytes, std::span<std::uint16_t> out) {
  if (bytes.size() != out.size_bytes())
    throw Error(ErrorCode::corrupt,
                "a stored embedding has the wrong length; run 'carrel verify --repair'");
  std::memcpy(out.data(), bytes.data(), bytes.size());
}

void from_half_bytes(std::string_view bytes, std::span<float> out) {
  std::vector<std::uint16_t> halves(out.size());
  halves_from_bytes(bytes, halves);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = from_half(halves[i]);
}

}  // namespace carrel
