// Claim: whatever the bytes are, ParserPool gives a document that keeps its promises, or a reason.
#include "ingest/parser.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "core/utf8.h"
#include "ingest/chunker.h"
#include "tests/ingest/parse_testing.h"
#include "tests/support/testing.h"

namespace carrel::ingest {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ParserPool& pool() {
  static ParserPool instance([] {
    ParseOptions options;
    options.limits.time_max = std::chrono::seconds(100);
    return options;
  }());
  return instance;
}

// The text, or "code: reason".
std::string outcome_of(std::string_view bytes, const std::string& name) {
  try {
    const ParsedDocument document = pool().parse(bytes, name);
    EXPECT_TRUE(is_valid_utf8(document.text)) << name;
    std::size_t behind = 0;
    for (const Block& block : document.blocks) {
      EXPECT_GE(block.span.begin, behind) << name;
      EXPECT_LE(block.span.end, document.text.size()) << name;
      behind = block.span.end;
    }
    for (const Chunk& piece : chunk(document, {})) EXPECT_FALSE(piece.text.empty()) << name;
    return document.text;
  } catch (const Error& error) {
    EXPECT_NE(error.code(), ErrorCode::unavailable) << name << ": " << error.what();
    EXPECT_NE(error.code(), ErrorCode::corrupt) << name << ": " << error.what();
    EXPECT_THAT(error.what(), Not(HasSubstr("crashed"))) << name;
    return std::string(name_of(error.code())) + ": " + error.what();
  }
}

std::string outcome_of_file(const std::filesystem::path& file) {
  return outcome_of(read_file(file, 1ULL << 30), file.filename().string());
}

TEST(ParserPool, NoCraftedFileCrashesOrHangsAParser) {
  CARREL_NEED_SHARED(formats, "formats");
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(formats / "crafted")) {
    if (!entry.is_regular_file()) continue;
    SCOPED_TRACE(entry.path().filename());
    static_cast<void>(outcome_of_file(entry.path()));
    ++count;
  }
  EXPECT_GE(count, 50U);
}

TEST(ParserPool, CraftedFilesGiveWhatTheirManifestSays) {
  CARREL_NEED_SHARED(formats, "formats");
  const auto read = [&](const char* name) { return outcome_of_file(formats / "crafted" / name); };
  EXPECT_EQ(read("ok_minimal.docx"), "Baseline document: the quick brown fox.");
  EXPECT_THAT(read("zip_slip.docx"), HasSubstr("slip"));
  EXPECT_THAT(read("xxe_file.docx"), Not(HasSubstr("root:")));
  EXPECT_THAT(read("zip_bomb_512MiB.docx"), HasSubstr("too_large"));
  EXPECT_THAT(read("empty_zip.docx"), HasSubstr("invalid_argument"));
  EXPECT_THAT(read("ok_minimal.pdf"), HasSubstr("Baseline PDF: the quick brown fox"));
  EXPECT_THAT(read("no_xref.pdf"), HasSubstr("No xref table"));
  EXPECT_THAT(read("zero_length.pdf"), HasSubstr("the file is empty"));
  EXPECT_THAT(read("hidden_white_text_injection.pdf"), Not(HasSubstr("gnore")));
  EXPECT_EQ(read("script_style.html"), "Visible paragraph.");
  EXPECT_THAT(read("hidden_injection.html"), Not(HasSubstr("gnore")));
  EXPECT_THAT(read("deep_divs.html"), HasSubstr("deep text"));
  EXPECT_THAT(read("random_64k.bin"), HasSubstr("invalid_argument"));
}

// Columns of the manifest: file, ..., expected_text "CONTAINS a ||| b NOTCONTAINS c".
TEST(ParserPool, ReadsTheVerifiedTextsOfRealFiles) {
  CARREL_NEED_SHARED(formats, "formats");
  std::ifstream manifest(formats / "manifest.tsv");
  std::size_t checked = 0;
  for (std::string line; std::getline(manifest, line);) {
    std::istringstream fields(line);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(fields, cell, '\t');) cells.push_back(cell);
    // Texts that lie where this reader does not look, or on purpose leaves out.
    static const std::set<std::string> elsewhere = {
        "html/boilerplate.html",            // the page's footer
        "docx/testAltChunkHTML.docx",       // an HTML file inside
        "docx/testWORD_diagramData.docx",   // a drawing's data
        "docx/testWORD_features.docx",      // a comment's author
        "docx/testWORD_custom_props.docx",  // a custom property
        "pdf/testExtraSpaces.pdf"};         // spaced letters, which pdftotext reads so too
    if (cells.size() < 7 || cells[5].find("expected-verified-naively") == std::string::npos ||
        cells[5].find("encrypted") != std::string::npos || !is_readable_name(cells[0]) ||
        elsewhere.contains(cells[0]))
      continue;
    std::string wanted = cells[6].substr(std::string("CONTAINS ").size());
    wanted = wanted.substr(0, wanted.find(" ||| "));
    wanted = wanted.substr(0, wanted.find(" NOTCONTAINS"));
    const ParsedDocument document = pool().parse(read_file(formats / cells[0], 1 << 28), cells[0]);
    const std::string all = document.title + "\n" + document.text;
    EXPECT_THAT(all, HasSubstr(wanted)) << cells[0];
    ++checked;
  }
  EXPECT_GE(checked, 15U);
}

TEST(ParserPool, EverySixthRealFileGivesATextOrAReason) {
  CARREL_NEED_SHARED(formats, "formats");
  std::size_t count = 0, read = 0;
  for (const char* kind : {"pdf", "fuzz-pdf", "docx", "html", "txt", "md", "csv", "noext"}) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(formats / kind))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i < files.size(); i += 6) {
      SCOPED_TRACE(files[i]);
      read += outcome_of_file(files[i]).find("invalid_argument: ") != 0;
      ++count;
    }
  }
  EXPECT_GE(count, 150U);
  EXPECT_GE(read * 10, count * 7);
}

TEST(ParserPool, PdfsOfTheCorporaHaveTextHeadingsAndPlaces) {
  CARREL_NEED_SHARED(corpora, "corpora");
  const std::filesystem::path folder = corpora / "contoso-hr/files/data";
  const ParsedDocument handbook =
      pool().parse(read_file(folder / "PerksPlus.pdf", 1 << 28), "PerksPlus.pdf");
  EXPECT_EQ(
      handbook.title,
      "PerksPlus Health and Wellness Reimbursement Program for Contoso Electronics Employees");
  EXPECT_EQ(handbook.pages, 4);
  const std::vector<std::string> blocks = blocks_of(handbook);
  EXPECT_THAT(blocks, ::testing::Contains("H2 What is Covered?"));
  EXPECT_THAT(blocks, ::testing::Contains("L \u2022 Gym memberships"));
  ASSERT_FALSE(handbook.lines.empty());
  for (const PlacedLine& line : handbook.lines) {
    EXPECT_LT(line.x0, line.x1);
    EXPECT_LT(line.y0, line.y1);
    EXPECT_LE(line.y1, 800);
  }
}

TEST(ParserPool, SaysWhatItDoesNotRead) {
  EXPECT_THAT(outcome_of(pool().draw_page(make_pdf({""}), 1, {}, 36).png, "a.png"),
              HasSubstr("image/png"));
  EXPECT_THAT(outcome_of("PK\x03\x04 xl/workbook.xml", "a.xlsx"),
              HasSubstr("save the sheets as CSV"));
  EXPECT_THAT(outcome_of("{\\rtf1 hello}", "a.doc"), HasSubstr("RTF files are not read"));
  EXPECT_THAT(outcome_of("just words", "a.pdf"), HasSubstr("not those of a .pdf file"));
}

TEST(ParserPool, KnowsReadableNames) {
  for (const char* name : {"a.pdf", "dir.x/B.PDF", "a.docx", "a.md", "a.html", "a.csv", "a.txt"})
    EXPECT_TRUE(is_readable_name(name)) << name;
  for (const char* name : {"a.png", "a.xlsx", "a.zip", "a", ".pdf", "a.pdf/b", ""})
    EXPECT_FALSE(is_readable_name(name)) << name;
}

TEST(ParserPool, RefusesFilesAboveItsLimit) {
  ParseOptions options;
  options.limits.file_bytes_max = 10;
  ParserPool small(options);
  EXPECT_EQ(small.parse("ten bytes.", "a.txt").text, "ten bytes.");
  try {
    small.parse("eleven byte", "a.txt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::too_large);
  }
}

TEST(ParserPool, RefusesTextAboveItsLimit) {
  ParseOptions options;
  options.limits.text_bytes_max = 100;
  ParserPool small(options);
  try {
    small.parse(std::string(101, 'x'), "a.txt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::too_large);
  }
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
  return out;
}

TEST(ParserPool, DrawsAPageWithItsBoxes) {
  const std::string pdf = make_pdf({set_text(72, 700, "Annual leave is 25 days")});
  const PageImage plain = pool().draw_page(pdf, 1, {}, 72);
  EXPECT_EQ(plain.width, 612);
  EXPECT_EQ(plain.height, 792);
  EXPECT_EQ(big_endian(plain.png, 16), 612U);  // the header's own width and height
  EXPECT_EQ(big_endian(plain.png, 20), 792U);
  const PageImage marked = pool().draw_page(pdf, 1, {{72, 80, 200, 95}}, 72);
  EXPECT_NE(plain.png, marked.png);
  EXPECT_EQ(pool().draw_page(pdf, 1, {{-5000, -5000, -4000, -4000}}, 72).png, plain.png);
}

// A hundred thousand curves: text is read from the page at once, drawing it takes seconds.
TEST(ParserPool, APageThatIsSlowToDrawIsGivenUp) {
  std::string curves = set_text(72, 700, "Annual leave is 25 days") + "0.1 w\n";
  for (int i = 0; i < 100'000; ++i)
    curves += std::to_string(i % 600) + " 0 m " + std::to_string(i * 7 % 600) + " 700 " +
              std::to_string(i * 13 % 600) + " 20 " + std::to_string(i * 31 % 600) + " 500 c S\n";
  ParserPool hasty({.limits = {.draw_time_max = std::chrono::milliseconds(200)}});
  EXPECT_THAT(hasty.parse(make_pdf({curves}), "a.pdf").text, ::testing::HasSubstr("25 days"));
  try {
    static_cast<void>(hasty.draw_page(make_pdf({curves}), 1, {}, 110));
    FAIL() << "it was drawn";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::deadline);
  }
}

TEST(ParserPool, DrawsOnlyPagesThatAreThereAndOfBoundedSize) {
  const std::string pdf = make_pdf({set_text(72, 700, "one")});
  const auto code_of = [&](std::string_view bytes, int page, int dpi) {
    try {
      static_cast<void>(pool().draw_page(bytes, page, {}, dpi));
    } catch (const Error& error) {
      return std::string(name_of(error.code()));
    }
    return std::string("drawn");
  };
  EXPECT_EQ(code_of(pdf, 1, 300), "drawn");
  EXPECT_EQ(code_of(pdf, 2, 72), "not_found");
  EXPECT_EQ(code_of(pdf, 0, 72), "not_found");
  EXPECT_EQ(code_of(pdf, 1, 301), "invalid_argument");
  std::string huge = pdf;
  huge.replace(huge.find("[0 0 612 792]"), 13, "[0 0 14400 14400]");
  EXPECT_NE(code_of(huge, 1, 300), "drawn");
  EXPECT_EQ(code_of("no pdf", 1, 72), "invalid_argument");
}

}  // namespace
}  // namespace carrel::ingest
