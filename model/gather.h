// model/gather.h
//
// Weighted sums of gathered rows: the whole inner work of a sparse-times-dense product, and of
// encoding a text with a table of term vectors.
//
//   out[j] = sum over i of weights[i] * rows[indices[i] * stride + j],   j < width
//
// Rows are float32, or float16 as stored bits. The sum runs over i in the given order, so equal
// input gives equal bits on one kind of processor (AVX2 with fused multiply-add, or portable code).
// Any thread. No bounds are checked: the caller has validated the indices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/half.h"

namespace carrel::model {

// indices.size() == weights.size(); out.size() is the width.
void gather_sum(std::span<const std::uint32_t> indices, std::span<const float> weights,
                const float* rows, std::size_t stride, std::span<float> out);
void gather_sum(std::span<const std::uint32_t> indices, std::span<const float> weights,
                const std::uint16_t* rows, std::size_t stride, std::span<float> out);

}  // namespace carrel::model
