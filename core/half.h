// core/half.h
//
// float16 (IEEE 754 binary16) as it is stored: conversion both ways, rounding to nearest even.
// Any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace carrel {

inline std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude >= 0x47800000U)  // too large, infinite or not a number
    return static_cast<std::uint16_t>(sign | (magnitude > 0x7F800000U ? 0x7E00U : 0x7C00U));
  if (magnitude < 0x38800000U) {  // subnormal: let the adder round
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000U));
  }
  const std::uint32_t odd = (magnitude >> 13) & 1U;
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000U + 0xFFFU + odd) >> 13));
}

inline float from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16;
  const std::uint32_t magnitude = half & 0x7FFFU;
  if (magnitude >= 0x7C00U) return std::bit_cast<float>(sign | (magnitude << 13) | 0x7F800000U);
  // Scaling by 2^112 moves the exponent's bias and makes subnormals normal.
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1.0p112F;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled));
}

// Little-endian float16, as vectors are stored in the database.
std::string to_half_bytes(std::span<const float> values);
void from_half_bytes(std::string_view bytes, std::span<float> out);  // Errors: corrupt (length)
void halves_from_bytes(std::string_view bytes, std::span<std::uint16_t> out);  // the same

}  // namespace carrel
