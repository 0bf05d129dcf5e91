// One page of a PDF as a picture with the cited lines marked, and the warming of what parsers
// share.
#include <algorithm>
#include <cmath>
#include <vector>

#include <poppler-page-renderer.h>

#include "core/error.h"
#include "ingest/detect.h"
#include "ingest/nursery_frame.h"
#include "ingest/parse_formats.h"
#include "ingest/pdf_open.h"
#include "ingest/plain_decode.h"
#include "ingest/render_png.h"

namespace carrel::ingest {
namespace {

constexpr std::uint32_t kMarker =
    0x00FFE14D;  // a highlighter's yellow: multiplied, so text stays black
constexpr std::uint32_t kBorder = 0x00C77700;

std::uint32_t multiplied(std::uint32_t pixel, std::uint32_t with) {
  std::uint32_t out = 0;
  for (int shift = 0; shift <= 16; shift += 8) {
    const std::uint32_t product = ((pixel >> shift) & 0xFF) * ((with >> shift) & 0xFF) / 255;
    out |= product << shift;
  }
  return out;
}

class Canvas {
 public:
  Canvas(const poppler::image& image, double scale)
      : width_(image.width()), height_(image.height()), scale_(scale) {
    pixels_.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
    for (int y = 0; y < height_; ++y) {
      const auto* row = reinterpret_cast<const std::uint32_t*>(
          image.const_data() + static_cast<std::ptrdiff_t>(y) * image.bytes_per_row());
      std::copy_n(row, width_, pixels_.begin() + static_cast<std::ptrdiff_t>(y) * width_);
    }
    marked_.resize(pixels_.size());
  }

  void mark(const PageBox& box) {
    constexpr double margin = 1.0;  // point, so that the marker does not cut letters
    const int x0 = pixel(box.x0 - margin, width_), x1 = pixel(box.x1 + margin, width_);
    const int y0 = pixel(box.y0 - margin, height_), y1 = pixel(box.y1 + margin, height_);
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x) {
        const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                               static_cast<std::size_t>(x);
        if (y == y0 || y == y1 - 1 || x == x0 || x == x1 - 1) {
          if (marked_[at] == 0) pixels_[at] = kBorder;
        } else if (marked_[at] == 0) {
          pixels_[at] = multiplied(pixels_[at], kMarker);
        }
        marked_[at] = 1;  // boxes that overlap do not darken each other
      }
  }

  PageImage take() { return {encode_png(pixels_, width_, height_), width_, height_}; }

 private:
  int pixel(double points, int end) const {
    const double at = points * scale_;
    return std::isfinite(at) ? static_cast<int>(std::clamp(at, 0.0, static_cast<double>(end))) : 0;
  }

  int width_, height_;
  double scale_;
  std::vector<std::uint32_t> pixels_;
  std::vector<std::uint8_t> marked_;
};

void check_pixels(const poppler::page& page, int dpi) {
  const poppler::rectf rect = page.page_rect();
  const double pixels = rect.width() * rect.height() * dpi * dpi / (72.0 * 72.0);
  if (!(pixels >= 1)) throw Error(ErrorCode::invalid_argument, "the page has no area to draw");
  if (pixels > static_cast<double>(kPixelsMax))
    throw Error(ErrorCode::too_large, "the page is too large to be drawn at this resolution");
}

// A page in a font that the file does not carry: drawing it makes fontconfig and FreeType load
// theirs.
constexpr std::string_view kWarmPage =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]/Contents 4 0 R"
    "/Resources<</Font<</F1 5 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 34>>stream\nBT /F1 12 Tf 9 9 Td (carrel) Tj ET\nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "trailer<</Root 1 0 R/Size 6>>\n";

}  // namespace

PageImage render_pdf_page(std::string_view bytes, std::int32_t page,
                          const std::vector<PageBox>& boxes, int dpi) {
  const auto pdf = open_pdf(bytes);
  if (page < 1 || page > pdf->pages()) throw Error(ErrorCode::not_found, "no such page");
  const std::unique_ptr<poppler::page> drawn(pdf->create_page(page - 1));
  if (!drawn) throw Error(ErrorCode::invalid_argument, "the page is broken");
  check_pixels(*drawn, dpi);
  poppler::page_renderer renderer;
  renderer.set_render_hints(poppler::page_renderer::antialiasing |
                            poppler::page_renderer::text_antialiasing);
  renderer.set_paper_color(0xFFFFFFFF);
  renderer.set_image_format(poppler::image::format_argb32);
  const poppler::image image = renderer.render_page(drawn.get(), dpi, dpi);
  if (!image.is_valid() || image.width() < 1 || image.height() < 1 ||
      std::int64_t{image.width()} * image.height() > kPixelsMax)
    throw Error(ErrorCode::invalid_argument, "the page cannot be drawn");
  Canvas canvas(image, dpi / 72.0);
  for (const PageBox& box : boxes) canvas.mark(box);
  return canvas.take();
}

void warm_parsers() {
  constexpr int dpi = 36;
  const ParseLimits limits;
  warm_detection();
  static_cast<void>(render_pdf_page(kWarmPage, 1, {}, dpi));
  static_cast<void>(parse_pdf(kWarmPage, limits));
  static_cast<void>(
      parse_markdown("# warm\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n<p>x</p>\n", limits));
  static_cast<void>(decode_text("\xE9t\xE9 d\xE9j\xE0 vu, na\xEFve"));
}

}  // namespace carrel::ingest
