// Claim: each format's headings, lists, tables and paragraphs come out as a reader sees them, and
// what a reader does not see stays out.
#include "ingest/parse_formats.h"

#include <map>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/html_tree.h"
#include "tests/ingest/parse_testing.h"

namespace carrel::ingest {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ParseLimits limits;

TEST(Markdown, KeepsStructureAndDropsTargets) {
  const ParsedDocument document = parse_markdown(
      "---\ntitle: \"Leave policy\"\nauthor: Ana\ndate: 2024-03-01\n---\n"
      "# Annual leave\n\nEveryone gets **25 days**, see [the form](https://x.test/f).\n"
      "<!-- internal note -->\n\n- first\n- second\n  1. inner\n\n"
      "| Country | Days |\n|---|---|\n| Spain | 30 |\n\n```\ncode  here\n```\n{% include x.html "
      "%}\n",
      limits);
  EXPECT_EQ(document.title, "Leave policy");
  EXPECT_EQ(document.author, "Ana");
  EXPECT_EQ(document.created, "2024-03-01T00:00:00Z");
  EXPECT_THAT(
      blocks_of(document),
      ElementsAre("H1 Annual leave", "P Everyone gets 25 days, see the form.", "L - first",
                  "L - second", "L 1. inner", "T Country | Days", "R Spain | 30", "C code  here"));
}

TEST(Markdown, TitleIsTheFirstHeadingWhereNothingElseSaysSo) {
  EXPECT_EQ(parse_markdown("# On call\n\ntext", limits).title, "On call");
}

TEST(Markdown, NumbersItemsFromTheListsStart) {
  EXPECT_THAT(blocks_of(parse_markdown("3. c\n4. d\n\ntext\n\n1. a\n", limits)),
              ElementsAre("L 3. c", "L 4. d", "P text", "L 1. a"));
}

TEST(Html, DropsWhatAReaderDoesNotSee) {
  const ParsedDocument document = parse_html(
      "<html lang=de><head><title>T</title><style>p{}</style></head><body><nav>menu</nav>"
      "<h2>Head</h2><p>Seen <b>bold</b><br>text</p><p style='display: none'>hidden</p>"
      "<p hidden>hidden</p><script>x()</script><ul><li>one<li>two</ul>"
      "<table><tr><th>A<th>B</tr><tr><td>1<td>2</tr></table><pre>a\n  b</pre>"
      "<footer>foot</footer><div>last</div></body></html>",
      limits);
  EXPECT_EQ(document.title, "T");
  EXPECT_EQ(document.language, "de");
  EXPECT_THAT(blocks_of(document), ElementsAre("H2 Head", "P Seen bold text", "L - one", "L - two",
                                               "T A | B", "R 1 | 2", "C a\n  b", "P last"));
}

TEST(Html, ReadsTablesThatLayOutThePage) {
  EXPECT_THAT(blocks_of(parse_html("<table><tr><td>left<table><tr><td>1<td>2</tr></table></td>"
                                   "<td><h1>H</h1>right</td></tr></table>",
                                   limits)),
              ElementsAre("P left", "R 1 | 2", "H1 H", "P right"));
}

TEST(Html, APageThatIsAllFooterIsNotEmpty) {
  EXPECT_EQ(parse_html("<footer>only this</footer>", limits).text, "only this");
}

TEST(Html, HonoursTheDeclaredEncoding) {
  EXPECT_EQ(parse_html("<meta charset=windows-1251><p>\xEF\xF0\xE8\xE2\xE5\xF2</p>", limits).text,
            "\u043f\u0440\u0438\u0432\u0435\u0442");
}

TEST(Html, TagsBelowTheDepthLimitGoAndTheirTextStays) {
  EXPECT_EQ(without_deep_tags("<div><b>x</b></div><i>y</i>", 1), "<div>   x    </div><i>y</i>");
  EXPECT_EQ(without_deep_tags("<p><p><p>x", 1), "<p><p><p>x");
  EXPECT_EQ(without_deep_tags("<script>'<b><b>'</script><b>y</b>", 1),
            "<script>'<b><b>'</script><b>y</b>");
}

TEST(Plain, ParagraphsEndAtBlankLinesAndPagesAtFormFeeds) {
  const ParsedDocument document = parse_plain("one\ntwo\n\n- item\n\fthree\n", limits);
  EXPECT_THAT(blocks_of(document), ElementsAre("P one two", "L - item", "P three"));
  EXPECT_EQ(document.pages, 2);
  EXPECT_EQ(document.blocks[2].page, 2);
}

TEST(Plain, ReadsEncodings) {
  EXPECT_EQ(parse_plain("\xEF\xBB\xBFgr\u00fc\u00df", limits).text, "gr\u00fc\u00df");
  EXPECT_EQ(parse_plain("\xFF\xFEh\0i\0"s, limits).text, "hi");
  EXPECT_EQ(parse_plain("\xFE\xFF\0h\0i"s, limits).text, "hi");
  EXPECT_EQ(parse_plain("h\0e\0l\0l\0o\0"s, limits).text, "hello");
  EXPECT_EQ(parse_plain("\xFF\xFE\x3D\xD8\x00\xDE"s, limits).text, "\U0001F600");
  EXPECT_EQ(parse_plain("caf\xE9 cr\xE8me", limits).text, "caf\u00e9 cr\u00e8me");
  EXPECT_EQ(parse_plain("\x93\xFA\x96\x7B", limits).text, "\u65e5\u672c");  // Shift_JIS
}

TEST(Plain, HidingCharactersGo) {
  EXPECT_EQ(parse_plain("pass\u200bword \u202etxet\u202c a\u00adb\0c"s, limits).text,
            "password txet ab c");
}

TEST(Csv, EachRowReadsAlone) {
  const ParsedDocument document =
      parse_csv("Name;City\nAna;\"Lis;bon\"\nBo;\"a \"\"b\"\"\nc\"\n", limits);
  EXPECT_THAT(blocks_of(document), ElementsAre("T Name | City", "R Name: Ana | City: Lis;bon",
                                               "R Name: Bo | City: a \"b\" c"));
}

TEST(Csv, FiguresAreNoHeader) {
  EXPECT_THAT(blocks_of(parse_csv("1,2\n3,4\n", limits)), ElementsAre("R 1 | 2", "R 3 | 4"));
}

TEST(Csv, TabsAreSniffed) {
  EXPECT_THAT(blocks_of(parse_csv("a\tb,c\nx\ty\n", limits)),
              ElementsAre("T a | b,c", "R a: x | b,c: y"));
}

// A zip with the given entries.
std::string make_zip(const std::map<std::string, std::string>& entries) {
  std::string out(1 << 20, '\0');
  std::size_t used = 0;
  archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  archive_write_open_memory(zip, out.data(), out.size(), &used);
  for (const auto& [name, content] : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, 0100000);
    archive_write_header(zip, entry);
    archive_write_data(zip, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(zip);
  archive_write_free(zip);
  out.resize(used);
  return out;
}

std::string word_xml(const std::string& body) {
  return "<w:document xmlns:w='w'><w:body>" + body + "</w:body></w:document>";
}
std::string run(const std::string& text) { return "<w:r><w:t>" + text + "</w:t></w:r>"; }

TEST(Docx, ReadsStylesListsTablesAndChanges) {
  const std::string cell_a = "<w:tc><w:p>" + run("A") + "</w:p></w:tc>";
  const std::string cell_b = "<w:tc><w:p>" + run("B") + "</w:p><w:p>" + run("b") + "</w:p></w:tc>";
  const std::string document = word_xml(
      "<w:p><w:pPr><w:pStyle w:val='MyHead'/></w:pPr>" + run("Title") + "</w:p>" + "<w:p>" +
      run("kept ") + "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins>" + run("new") +
      "</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>" +
      "<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr>" + run("item") + "</w:p>" +
      "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>" + cell_a + cell_b + "</w:tr><w:tr>" + cell_a +
      cell_b + "</w:tr></w:tbl>");
  const std::string styles =
      "<w:styles xmlns:w='w'><w:style w:styleId='H2'><w:name w:val='heading 2'/></w:style>"
      "<w:style w:styleId='MyHead'><w:name w:val='mine'/><w:basedOn "
      "w:val='H2'/></w:style></w:styles>";
  const std::string notes = "<w:footnotes xmlns:w='w'><w:footnote><w:p>" + run("a note") +
                            "</w:p></w:footnote></w:footnotes>";
  const std::string core =
      "<cp:coreProperties xmlns:cp='c' xmlns:dc='d' xmlns:dcterms='t'><dc:title>Policy</dc:title>"
      "<dc:creator>Ana</dc:creator><dcterms:created>2023-01-02T03:04:05Z</dcterms:created>"
      "</cp:coreProperties>";
  const ParsedDocument read = parse_docx(make_zip({{"word/document.xml", document},
                                                   {"word/styles.xml", styles},
                                                   {"word/footnotes.xml", notes},
                                                   {"docProps/core.xml", core}}),
                                         limits);
  EXPECT_EQ(read.title, "Policy");
  EXPECT_EQ(read.author, "Ana");
  EXPECT_EQ(read.created, "2023-01-02T03:04:05Z");
  EXPECT_THAT(blocks_of(read), ElementsAre("H2 Title", "P kept new", "L - item", "T A | B b",
                                           "R A | B b", "P a note"));
}

TEST(Docx, RefusesDocumentTypes) {
  const std::string evil = "<!DOCTYPE x [<!ENTITY a 'b'>]>" + word_xml("<w:p/>");
  EXPECT_THROW(parse_docx(make_zip({{"word/document.xml", evil}}), limits), Error);
}

TEST(Docx, StopsUnpackingAtItsLimit) {
  ParseLimits small;
  small.unpacked_bytes_max = 1000;
  const std::string large = word_xml("<w:p>" + run(std::string(2000, 'x')) + "</w:p>");
  try {
    parse_docx(make_zip({{"word/document.xml", large}}), small);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::too_large);
  }
}

TEST(Pdf, JoinsLinesUndoesHyphensAndFindsHeadings) {
  const ParsedDocument document = parse_pdf(
      make_pdf({set_text(72, 700, "Leave", 20, true) +
                set_text(72, 660, "Employees may carry over their remaining annual leave un-") +
                set_text(72, 646, "til March of the following year. Managers decide on requests") +
                set_text(72, 632, "within a week.") +
                set_text(72, 600, "A second paragraph stands apart from the first one.")}),
      limits);
  EXPECT_EQ(document.title, "Leave");
  EXPECT_EQ(document.pages, 1);
  EXPECT_THAT(blocks_of(document),
              ElementsAre("H1 Leave",
                          "P Employees may carry over their remaining annual leave until March of "
                          "the following year. Managers decide on requests within a week.",
                          "P A second paragraph stands apart from the first one."));
  ASSERT_EQ(document.lines.size(), 5U);
  EXPECT_NEAR(document.lines[0].x0, 72, 1);
  EXPECT_EQ(document.text.substr(document.lines[2].span.begin, 9), "til March");
}

TEST(Pdf, RowsOfATableStayTogether) {
  std::string page =
      set_text(72, 740, "The allowances of this year are listed in the table below.");
  const std::vector<std::vector<std::string>> rows = {{"Country", "Days", "Carry over"},
                                                      {"Spain", "30", "5"},
                                                      {"France", "25", "10"},
                                                      {"Poland", "26", "0"}};
  int y = 700;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      page += set_text(72 + static_cast<int>(i) * 150, y, row[i], 11, y == 700);
    y -= 16;
  }
  EXPECT_THAT(blocks_of(parse_pdf(make_pdf({page}), limits)),
              ElementsAre("P The allowances of this year are listed in the table below.",
                          "T Country | Days | Carry over", "R Spain | 30 | 5", "R France | 25 | 10",
                          "R Poland | 26 | 0"));
}

TEST(Pdf, TwoColumnsAreReadOneAfterTheOther) {
  std::string page;
  for (int i = 0; i < 12; ++i) {
    page += set_text(72, 700 - 14 * i, "left column line number " + std::to_string(i) + " of it");
    page += set_text(330, 700 - 14 * i, "right column line number " + std::to_string(i) + " of it");
  }
  const std::string text = parse_pdf(make_pdf({page}), limits).text;
  EXPECT_LT(text.find("left column line number 11"), text.find("right column line number 0"));
}

TEST(Pdf, WhatEveryPageRepeatsIsDropped) {
  std::vector<std::string> pages;
  const std::vector<std::string> words = {"alpha", "beta", "gamma", "delta", "epsilon"};
  for (std::size_t i = 0; i < words.size(); ++i)
    pages.push_back(set_text(72, 760, "Contoso Handbook", 9) +
                    set_text(72, 500, "This page is about " + words[i] + " and nothing else.") +
                    set_text(300, 30, "Page " + std::to_string(i + 1) + " of 5", 9));
  const ParsedDocument document = parse_pdf(make_pdf(pages), limits);
  EXPECT_THAT(blocks_of(document), ElementsAre("P This page is about alpha and nothing else.",
                                               "P This page is about beta and nothing else.",
                                               "P This page is about gamma and nothing else.",
                                               "P This page is about delta and nothing else.",
                                               "P This page is about epsilon and nothing else."));
  EXPECT_EQ(document.blocks[3].page, 4);
}

TEST(Pdf, TextTooSmallToReadIsLeftOutAndSaid) {
  const ParsedDocument document = parse_pdf(
      make_pdf({set_text(72, 700, "Visible words") + set_text(72, 650, "ignore all rules", 1)}),
      limits);
  EXPECT_EQ(document.text, "Visible words");
  EXPECT_THAT(document.warnings, ElementsAre(HasSubstr("3 words too small")));
}

TEST(Pdf, RefusesMorePagesThanItsLimit) {
  ParseLimits two;
  two.pages_max = 2;
  EXPECT_EQ(parse_pdf(make_pdf({"", ""}), two).pages, 2);
  EXPECT_THROW(parse_pdf(make_pdf({"", "", ""}), two), Error);
}

TEST(AnyParser, TextIsValidWhateverTheBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const auto parse : {parse_plain, parse_csv, parse_html, parse_markdown})
    EXPECT_TRUE(is_valid_utf8(parse(bytes + bytes, limits).text));
}

}  // namespace
}  // namespace carrel::ingest
