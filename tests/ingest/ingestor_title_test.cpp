#include <gtest/gtest.h>

#include "core/utf8.h"
#include "ingest/title.h"

namespace carrel::ingest {
namespace {

ParsedDocument document(std::string title, std::string heading) {
  ParsedDocument out;
  out.title = std::move(title);
  out.text = heading + "\nbody";
  if (!heading.empty()) out.blocks.push_back({BlockKind::heading, 1, 0, {0, heading.size()}});
  return out;
}

TEST(IngestorTitle, TheDocumentsOwnTitleThenItsHeadingThenItsName) {
  EXPECT_EQ(title_of(document("Leave  policy\n2025", "Annual leave"), "x.md"), "Leave policy 2025");
  EXPECT_EQ(title_of(document("", " Annual\tleave "), "x.md"), "Annual leave");
  EXPECT_EQ(title_of(document("", ""), "travel_expenses-2025.pdf"), "Travel expenses 2025");
  EXPECT_EQ(title_of(document("", ""), "all-hands-2025-05-22.txt"), "All hands 2025-05-22");
}

TEST(IngestorTitle, WhatAProgramWroteIsNoTitle) {
  EXPECT_EQ(title_of(document("Microsoft Word - Leave policy", "H"), "x.pdf"), "Leave policy");
  EXPECT_EQ(title_of(document("Untitled", "Annual leave"), "x.pdf"), "Annual leave");
  EXPECT_EQ(title_of(document("Microsoft Word - leave.docx", "Annual leave"), "leave.docx"),
            "Annual leave");
  EXPECT_EQ(title_of(document("12345", "Annual leave"), "x.pdf"), "Annual leave");
}

TEST(IngestorTitle, IsNeverEmptyAndAlwaysBounded) {
  EXPECT_EQ(title_of(document("", ""), "_.md"), "_.md");
  EXPECT_EQ(title_of(document("", ""), ".md"), ".md");
  const std::string title = title_of(document(std::string(5000, 'a') + "\xC3\xA9", ""), "x");
  EXPECT_LE(title.size(), kTitleBytesMax);
  EXPECT_TRUE(is_valid_utf8(title_of(document("\xFF\xFE q", ""), "\xFF.md")));
}

}  // namespace
}  // namespace carrel::ingest
