// web/assets.h
//
// The bundled web UI, as bytes that the binary carries. Any thread; the views live for ever.
#pragma once

#include <span>
#include <string_view>

namespace carrel::web {

struct Asset {
  std::string_view path;  // "/app.js"; the page itself is "/index.html"
  std::string_view content_type;
  std::string_view bytes;
  std::string_view gzipped;  // the same, packed; empty where it is not worth it
};

std::span<const Asset> assets();

}  // namespace carrel::web
