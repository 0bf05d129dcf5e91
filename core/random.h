// core/random.h
//
// Two kinds of randomness that must not be mixed up: secrets (the operating system's, through
// libsodium) and repeatable draws from a seed (SplitMix64, Steele, Lea and Flood 2014).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace carrel {

// Source of secret bytes, as an object that a test replaces.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

class SystemSecretSource final : public SecretSource {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// Repeatable: equal seeds give equal sequences on every machine. Not for secrets. One thread.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return uniform() < probability; }
  double normal();  // mean 0, deviation 1 (Box and Muller)

 private:
  std::uint64_t state_;
};

}  // namespace carrel
