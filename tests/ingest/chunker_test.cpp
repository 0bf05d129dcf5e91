// Claim: chunks cover a document, in order, within their size; sections and rows stay whole.
#include "ingest/chunker.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "ingest/parse_builder.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

DocumentBuilder builder() { return DocumentBuilder(ParseLimits{}); }

std::string sentences_of(int count, const std::string& about) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += "Rule " + std::to_string(i) + " of " + about + " binds everyone who works here. ";
  return out;
}

TEST(Chunker, KeepsASectionThatFitsWhole) {
  DocumentBuilder made = builder();
  made.add(BlockKind::heading, "Leave", 1);
  made.add(BlockKind::heading, "Annual leave", 2);
  made.add(BlockKind::paragraph, "You get 25 days.");
  made.add(BlockKind::heading, "Sick leave", 2);
  made.add(BlockKind::paragraph, "Call in by nine.");
  const std::vector<Chunk> chunks = chunk(made.take("t"), {});
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].text, "Leave\n\nAnnual leave\n\nYou get 25 days.");
  EXPECT_EQ(chunks[0].section, "Leave > Annual leave");
  EXPECT_EQ(chunks[1].text, "Sick leave\n\nCall in by nine.");
  EXPECT_EQ(chunks[1].section, "Leave > Sick leave");
  EXPECT_EQ(chunks[1].ordinal, 1U);
}

TEST(Chunker, AHeadingWithoutTextIsStillFound) {
  DocumentBuilder made = builder();
  made.add(BlockKind::heading, "Empty", 1);
  made.add(BlockKind::heading, "Next", 1);
  made.add(BlockKind::paragraph, "Text.");
  const std::vector<Chunk> chunks = chunk(made.take("t"), {});
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].text, "Empty");
}

TEST(Chunker, CutsLongTextAtSentencesAndOverlaps) {
  DocumentBuilder made = builder();
  made.add(BlockKind::heading, "Rules", 1);
  made.add(BlockKind::paragraph, sentences_of(60, "conduct"));
  const ChunkOptions options{.tokens_target = 100, .tokens_overlap = 30};
  const std::vector<Chunk> chunks = chunk(made.take("t"), options);
  ASSERT_GT(chunks.size(), 4U);
  for (std::size_t i = 1; i < chunks.size(); ++i) {
    EXPECT_THAT(chunks[i].text, StartsWith("Rule "));
    EXPECT_EQ(chunks[i].text.back(), '.');
    EXPECT_LT(chunks[i].span.begin, chunks[i - 1].span.end) << "no overlap before chunk " << i;
    EXPECT_EQ(chunks[i].section, "Rules");
  }
}

TEST(Chunker, AnOverlapOfZeroRepeatsNothing) {
  DocumentBuilder made = builder();
  made.add(BlockKind::paragraph, sentences_of(60, "conduct"));
  const ChunkOptions options{.tokens_target = 64, .tokens_overlap = 0};
  const std::vector<Chunk> chunks = chunk(made.take("t"), options);
  for (std::size_t i = 1; i < chunks.size(); ++i)
    EXPECT_GE(chunks[i].span.begin, chunks[i - 1].span.end);
}

TEST(Chunker, ATableThatIsCutBringsItsHeader) {
  DocumentBuilder made = builder();
  made.add_row({"Country", "Days of leave"}, true);
  for (int i = 0; i < 100; ++i)
    made.add_row({"Country number " + std::to_string(i), std::to_string(20 + i)}, false);
  const ParsedDocument document = made.take("t");
  const std::vector<Chunk> chunks = chunk(document, {.tokens_target = 64, .tokens_overlap = 16});
  ASSERT_GT(chunks.size(), 5U);
  for (const Chunk& piece : chunks) {
    EXPECT_THAT(piece.text, StartsWith("Country | Days of leave\nCountry number "));
    EXPECT_LE(piece.tokens, 66U);
  }
  // Every row is in exactly one chunk.
  std::size_t rows = 0;
  for (const Chunk& piece : chunks)
    for (std::size_t at = 0; (at = piece.text.find("number", at)) != std::string::npos; ++at)
      ++rows;
  EXPECT_EQ(rows, 100U);
}

TEST(Chunker, TextWithoutSpacesIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "\u00e9";
  DocumentBuilder made = builder();
  made.add(BlockKind::paragraph, text);
  std::string joined;
  for (const Chunk& piece : chunk(made.take("t"), {.tokens_target = 32, .tokens_overlap = 0})) {
    EXPECT_TRUE(is_valid_utf8(piece.text));
    joined += piece.text;
  }
  EXPECT_EQ(joined, text);
}

TEST(Chunker, LongHeadingPathsLoseTheirUpperParts) {
  DocumentBuilder made = builder();
  made.add(BlockKind::heading, std::string(300, 'a'), 1);
  made.add(BlockKind::heading, std::string(300, 'b'), 2);
  made.add(BlockKind::paragraph, "x");
  const std::vector<Chunk> chunks = chunk(made.take("t"), {});
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].section, std::string(300, 'b'));
}

TEST(Chunker, KnowsPagesAndPlacesOfItsLines) {
  ParsedDocument document;
  document.text = "one two";
  document.pages = 2;
  document.blocks = {{BlockKind::paragraph, 0, 1, {0, 3}}, {BlockKind::heading, 1, 2, {4, 7}}};
  document.lines = {{{0, 3}, 1, 1, 2, 3, 4}, {{4, 7}, 2, 5, 6, 7, 8}};
  const std::vector<Chunk> chunks = chunk(document, {});
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].page, 1);
  EXPECT_EQ(chunks[1].page, 2);
  ASSERT_EQ(chunks[1].lines.size(), 1U);
  EXPECT_EQ(chunks[1].lines[0].x0, 5);
}

TEST(Chunker, RefusesSizesOutOfBounds) {
  EXPECT_THROW(chunk({}, {.tokens_target = 31}), Error);
  EXPECT_THROW(chunk({}, {.tokens_target = 2049}), Error);
  EXPECT_THROW(chunk({}, {.tokens_target = 100, .tokens_overlap = 51}), Error);
  EXPECT_TRUE(chunk({}, {}).empty());
}

// Random documents: nothing but white space is lost, no chunk but one of a single row or sentence
// is over its size, headings stand only at the front.
TEST(Chunker, CoversRandomDocuments) {
  std::mt19937_64 random(testing::test_seed());
  const auto below = [&](std::size_t n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < testing::test_runs(60); ++round) {
    DocumentBuilder made = builder();
    for (int i = 0; i < 40; ++i) {
      const int kind = below(6);
      if (kind == 0)
        made.add(BlockKind::heading, sentences_of(1, "h"), static_cast<std::uint8_t>(1 + below(4)));
      if (kind == 1) made.add(BlockKind::list_item, "- " + sentences_of(1 + below(2), "list"));
      if (kind == 2)
        made.add_row({"cell " + std::to_string(i), sentences_of(1, "row")}, below(4) == 0);
      if (kind == 3) made.add(BlockKind::code, sentences_of(1 + below(30), "code"));
      if (kind > 3) made.add(BlockKind::paragraph, sentences_of(1 + below(20), "text"));
    }
    const ParsedDocument document = made.take("t");
    const ChunkOptions options{.tokens_target = static_cast<std::size_t>(32 + below(300)),
                               .tokens_overlap = static_cast<std::size_t>(below(16))};
    std::vector<bool> covered(document.text.size(), false);
    for (const Chunk& piece : chunk(document, options)) {
      EXPECT_TRUE(is_valid_utf8(piece.text));
      for (std::size_t at = piece.span.begin; at < piece.span.end; ++at) covered[at] = true;
      for (const Block& block : document.blocks) {
        const bool is_inside =
            block.span.begin > piece.span.begin && block.span.end <= piece.span.end;
        if (!is_inside || block.kind != BlockKind::heading) continue;
        for (const Block& other : document.blocks) {
          const bool is_before =
              other.span.begin >= piece.span.begin && other.span.end <= block.span.begin;
          EXPECT_TRUE(!is_before || other.kind == BlockKind::heading)
              << "a heading in the middle of a chunk";
        }
      }
    }
    for (const Block& block : document.blocks)
      for (std::size_t at = block.span.begin; at < block.span.end; ++at)
        EXPECT_TRUE(covered[at] || document.text[at] == ' ' || document.text[at] == '\n') << at;
  }
}

TEST(Chunker, EndsWithAPageWhereItIsLongEnough) {
  ParsedDocument document;
  const auto add = [&](const std::string& text, std::int32_t page) {
    const std::size_t begin = document.text.size();
    document.text += text;
    document.blocks.push_back({BlockKind::paragraph, 0, page, {begin, document.text.size()}});
    document.text += "\n\n";
  };
  std::string words;
  for (int i = 0; i < 30; ++i) words += "budget lamp door ";
  for (std::int32_t page = 1; page <= 3; ++page) add(words, page);
  add("A short page.", 4);
  add(words, 5);
  document.pages = 5;
  const std::vector<Chunk> chunks = chunk(document, {.tokens_target = 200, .tokens_overlap = 0});
  std::vector<std::int32_t> pages;
  for (const Chunk& one : chunks) pages.push_back(one.page);
  // The short page does not stand alone: most of the last chunk is on the fifth.
  EXPECT_EQ(pages, (std::vector<std::int32_t>{1, 2, 3, 5}));
}

}  // namespace
}  // namespace carrel::ingest
