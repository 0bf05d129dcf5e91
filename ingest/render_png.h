// ingest/render_png.h
//
// Pixels to PNG in memory: poppler writes files only, which the sandbox forbids. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace carrel::ingest {

// `pixels` are [height, width] packed 0x00RRGGBB, row-major. Errors: unavailable (zlib failed).
std::string encode_png(std::span<const std::uint32_t> pixels, std::int32_t width,
                       std::int32_t height);

}  // namespace carrel::ingest
