// ingest/html_tree.h
//
// A parsed HTML page whose nodes live in one arena: gumbo's own way of freeing a tree recurses, and
// a page of 100,000 nested elements would overflow the stack with it.
//
// Gumbo's time grows with bytes times depth, so tags below kHtmlDepthMax are blanked out first;
// their text stays.
//
// One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gumbo.h>

namespace carrel::ingest {

inline constexpr std::size_t kHtmlDepthMax = 256;

// `html` with the tags that would nest deeper than `depth_max` replaced by spaces. Exposed for
// tests.
std::string without_deep_tags(std::string_view html, std::size_t depth_max);

class HtmlTree {
 public:
  // Errors: too_large (the tree needs more than `bytes_max`).
  HtmlTree(std::string_view html, std::size_t bytes_max);

  const GumboNode* root() const { return output_->root; }

 private:
  struct Arena {
    std::vector<std::unique_ptr<char[]>> pages;
    char* at = nullptr;
    std::size_t left = 0;
    std::size_t bytes = 0;
    std::size_t bytes_max = 0;
  };
  static void* allocate(void* arena, std::size_t bytes);

  std::string text_;  // the page with its deepest tags blanked out
  Arena arena_;
  GumboOutput* output_ = nullptr;  // in the arena
};

}  // namespace carrel::ingest
