#include "web/assets.h"

#include <array>

extern "C" {
extern const char carrel_web_index_html_begin[], carrel_web_index_html_end[];
extern const char carrel_web_app_js_begin[], carrel_web_app_js_end[];
extern const char carrel_web_app_css_begin[], carrel_web_app_css_end[];
extern const char carrel_web_favicon_svg_begin[], carrel_web_favicon_svg_end[];
extern const char carrel_web_app_js_gz_begin[], carrel_web_app_js_gz_end[];
extern const char carrel_web_app_css_gz_begin[], carrel_web_app_css_gz_end[];
}

namespace carrel::web {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::span<const Asset> assets() {
  static const std::array<Asset, 4> all = {{
      {"/index.html",
       "text/html; charset=utf-8",
       between(carrel_web_index_html_begin, carrel_web_index_html_end),
       {}},
      {"/app.js", "text/javascript; charset=utf-8",
       between(carrel_web_app_js_begin, carrel_web_app_js_end),
       between(carrel_web_app_js_gz_begin, carrel_web_app_js_gz_end)},
      {"/app.css", "text/css; charset=utf-8",
       between(carrel_web_app_css_begin, carrel_web_app_css_end),
       between(carrel_web_app_css_gz_begin, carrel_web_app_css_gz_end)},
      {"/favicon.svg",
       "image/svg+xml",
       between(carrel_web_favicon_svg_begin, carrel_web_favicon_svg_end),
       {}},
  }};
  return all;
}

}  // namespace carrel::web
