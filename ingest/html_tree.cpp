#include "ingest/html_tree.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.h"

namespace carrel::ingest {

namespace {

std::string lower_tag_name(std::string_view from) {
  constexpr std::size_t name_bytes_max = 32;
  std::string out;
  for (const char c : from.substr(0, name_bytes_max)) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) break;
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// Elements that nest without bound: all but those that end by themselves and those without content.
bool nests(std::string_view name) {
  constexpr std::array<std::string_view, 32> others = {
      "p",     "li",    "dt",     "dd",     "tr",    "td",   "th",       "thead",
      "tbody", "tfoot", "html",   "head",   "body",  "area", "base",     "br",
      "col",   "embed", "hr",     "img",    "input", "link", "meta",     "param",
      "wbr",   "track", "source", "option", "rp",    "rt",   "optgroup", "colgroup"};
  return std::find(others.begin(), others.end(), name) == others.end();
}

bool holds_raw_text(std::string_view name) {
  return name == "script" || name == "style" || name == "textarea" || name == "title";
}

std::size_t find_end_tag(std::string_view html, std::size_t from, const std::string& name) {
  for (std::size_t at = html.find("</", from); at != std::string_view::npos;
       at = html.find("</", at + 2))
    if (lower_tag_name(html.substr(at + 2)) == name) return at;
  return html.size();
}

}  // namespace

std::string without_deep_tags(std::string_view html, std::size_t depth_max) {
  std::string out(html);
  std::size_t depth = 0;
  for (std::size_t at = html.find('<'); at < html.size(); at = html.find('<', at)) {
    if (html.substr(at, 4) == "<!--") {
      at = std::min(html.find("-->", at + 4), html.size());
      continue;
    }
    const bool is_end = html.substr(at, 2) == "</";
    const std::string name = lower_tag_name(html.substr(at + (is_end ? 2 : 1)));
    const std::size_t end = std::min(html.find('>', at), html.size());
    if (!name.empty() && nests(name)) {
      const bool is_too_deep = depth > depth_max || (depth == depth_max && !is_end);
      if (is_end)
        depth -= depth > 0;
      else
        ++depth;
      if (is_too_deep)
        std::fill(out.begin() + static_cast<std::ptrdiff_t>(at),
                  out.begin() + static_cast<std::ptrdiff_t>(std::min(end + 1, html.size())), ' ');
      if (!is_end && holds_raw_text(name) && !is_too_deep) {
        at = find_end_tag(html, end, name);
        continue;
      }
    }
    at = std::max(end, at + 1);
  }
  return out;
}

HtmlTree::HtmlTree(std::string_view html, std::size_t bytes_max)
    : text_(without_deep_tags(html, kHtmlDepthMax)) {
  arena_.bytes_max = bytes_max;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &allocate;
  options.deallocator = [](void*, void*) {};  // all at once, with the arena
  options.userdata = &arena_;
  options.max_errors = 0;
  options.stop_on_first_error = false;
  output_ = gumbo_parse_with_options(&options, text_.data(), text_.size());
}

void* HtmlTree::allocate(void* userdata, std::size_t bytes) {
  constexpr std::size_t page_bytes = 256 << 10;
  Arena& arena = *static_cast<Arena*>(userdata);
  bytes = (bytes + 15) & ~std::size_t{15};
  if (bytes > arena.left) {
    const std::size_t size = std::max(bytes, page_bytes);
    // Thrown through gumbo's C frames, which Debian builds with unwind tables; it holds nothing
    // that the arena does not own.
    if (arena.bytes + size > arena.bytes_max)
      throw Error(ErrorCode::too_large, "the page's markup is too complex to be read");
    arena.pages.push_back(std::make_unique_for_overwrite<char[]>(size));
    arena.bytes += size;
    arena.at = arena.pages.back().get();
    arena.left = size;
  }
  char* const out = arena.at;
  arena.at += bytes;
  arena.left -= bytes;
  return out;
}

}  // namespace carrel::ingest
