#include "core/random.h"

#include <cmath>
#include <numbers>

#include <sodium.h>

#include "core/error.h"

namespace carrel {

void SystemSecretSource::fill(std::span<std::uint8_t> out) {
  CARREL_ASSERT(sodium_init() >= 0);
  randombytes_buf(out.data(), out.size());
}

double Rng::normal() {
  const double u = 1.0 - uniform();  // never 0
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

}  // namespace carrel
