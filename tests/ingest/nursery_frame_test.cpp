// Claim: frames carry documents unchanged, and no damaged frame is believed.
#include "ingest/nursery_frame.h"

#include <limits>

#include <gtest/gtest.h>

#include "core/utf8.h"

namespace carrel::ingest {
namespace {

ParsedDocument sample() {
  ParsedDocument document;
  document.mime_type = "application/pdf";
  document.title = "T";
  document.language = "en";
  document.text = "Head\n\nh\u00e9 body";
  document.pages = 3;
  document.blocks = {{BlockKind::heading, 2, 1, {0, 4}}, {BlockKind::paragraph, 0, 3, {6, 14}}};
  document.lines = {{{0, 4}, 1, 1, 2, 3, 4}, {{6, 14}, 3, 1.5F, 2, 3, 4}};
  document.warnings = {"w"};
  return document;
}

TEST(Frames, CarryADocumentUnchanged) {
  const ParsedDocument in = sample();
  const ParsedDocument out = decode_document(encode_answer(in), {});
  EXPECT_EQ(out.text, in.text);
  EXPECT_EQ(out.title, "T");
  EXPECT_EQ(out.language, "en");
  EXPECT_EQ(out.pages, 3);
  ASSERT_EQ(out.blocks.size(), 2U);
  EXPECT_EQ(out.blocks[0].level, 2);
  EXPECT_EQ(out.blocks[1].span, (ByteRange{6, 14}));
  ASSERT_EQ(out.lines.size(), 2U);
  EXPECT_EQ(out.lines[1].x0, 1.5F);
  EXPECT_EQ(out.warnings, in.warnings);
}

TEST(Frames, CarryARequestUnchanged) {
  ChildRequest in;
  in.kind = RequestKind::draw;
  in.name = "a.pdf";
  in.limits.pages_max = 7;
  in.limits.time_max = std::chrono::milliseconds(1234);
  in.page = 5;
  in.dpi = 100;
  in.boxes = {{1, 2, 3, 4}};
  const ChildRequest out = decode_request(encode_request(in));
  EXPECT_EQ(out.kind, RequestKind::draw);
  EXPECT_EQ(out.name, "a.pdf");
  EXPECT_EQ(out.limits.pages_max, 7);
  EXPECT_EQ(out.limits.time_max.count(), 1234);
  EXPECT_EQ(out.page, 5);
  EXPECT_EQ(out.dpi, 100);
  ASSERT_EQ(out.boxes.size(), 1U);
  EXPECT_EQ(out.boxes[0].y1, 4);
}

TEST(Frames, CarryAnErrorAsItself) {
  try {
    static_cast<void>(decode_document(encode_answer(Error(ErrorCode::deadline, "late")), {}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::deadline);
    EXPECT_STREQ(error.what(), "late");
  }
}

bool is_refused(const ParsedDocument& document, const ParseLimits& limits = {}) {
  try {
    static_cast<void>(decode_document(encode_answer(document), limits));
    return false;
  } catch (const Error& error) {
    return error.code() == ErrorCode::corrupt;
  }
}

TEST(Frames, RefuseDocumentsThatBreakTheirPromises) {
  EXPECT_FALSE(is_refused(sample()));
  const auto broken = [](auto&& breaking) {
    ParsedDocument document = sample();
    breaking(document);
    return is_refused(document);
  };
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.text[0] = '\xff'; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.text[0] = '\0'; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[1].span.end = 99; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[1].span = {8, 14}; }));  // inside the "é"
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[1].span = {3, 9}; }));   // overlaps
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[1].span = {9, 6}; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[1].page = 4; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[0].level = 7; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.blocks[0].kind = static_cast<BlockKind>(9); }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.lines[1].page = 0; }));
  EXPECT_TRUE(
      broken([](ParsedDocument& d) { d.lines[1].x0 = std::numeric_limits<float>::infinity(); }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { std::swap(d.lines[0], d.lines[1]); }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.pages = -1; }));
  EXPECT_TRUE(broken([](ParsedDocument& d) { d.title.assign(5000, 'x'); }));
}

TEST(Frames, RefuseEveryTruncation) {
  const std::string whole = encode_answer(sample());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(static_cast<void>(decode_document(whole.substr(0, size), {})), Error) << size;
  EXPECT_THROW(static_cast<void>(decode_document(whole + "x", {})), Error);
}

TEST(Frames, EveryFlippedByteIsRefusedOrHarmless) {
  const std::string whole = encode_answer(sample());
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      try {
        const ParsedDocument document = decode_document(damaged, {});
        EXPECT_TRUE(is_valid_utf8(document.text));
        for (const Block& block : document.blocks) EXPECT_LE(block.span.end, document.text.size());
      } catch (const Error&) {
      }
    }
}

}  // namespace
}  // namespace carrel::ingest
