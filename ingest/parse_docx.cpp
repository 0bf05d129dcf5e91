// Word documents (Office Open XML, ECMA-376 part 1, section 17): paragraphs, headings by style,
// lists, tables, text boxes; what tracked changes deleted and what is marked hidden is left out;
// notes come at the end.
#include <array>
#include <set>
#include <vector>

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/docx_package.h"
#include "ingest/docx_styles.h"
#include "ingest/docx_xml.h"
#include "ingest/parse_builder.h"
#include "ingest/parse_formats.h"

namespace carrel::ingest {
namespace {

// Deleted and moved-away text, field codes, the old twin of a drawing, pronunciation above words,
// properties that hold no text.
bool is_skipped(std::string_view name) {
  static const std::set<std::string_view> names = {
      "del",       "moveFrom", "instrText", "delText", "Fallback",          "rt",
      "sectPr",    "tblPr",    "tblGrid",   "rPr",     "footnoteReference", "endnoteReference",
      "separator", "fldData",  "sdtPr",     "tcPr",    "docPartObj",        "delInstrText"};
  return names.contains(name);
}

class DocxReader {
 public:
  DocxReader(DocumentBuilder& builder, const DocxStyles& styles)
      : builder_(builder), styles_(styles) {}

  void read(pugi::xml_node root) {
    walk_xml(
        root, [this](pugi::xml_node node) { return enter(node); },
        [this](pugi::xml_node node) { leave(node); });
  }

 private:
  struct Paragraph {
    std::string text;
    std::string style;
    std::uint8_t outline = 0;
    bool is_list = false;
  };
  struct Table {
    std::vector<std::string> cells;
    bool is_in_cell = false;
    bool is_header_row = false;
    bool first_row_is_header = false;
    std::size_t rows = 0;
  };

  bool enter(pugi::xml_node node) {
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
      if (is_in_text_) text() += node.value();
      return false;
    }
    const std::string_view name = local_name(node.name());
    if (is_skipped(name)) return false;
    if (name == "pPr") {
      read_paragraph_properties(node);
      return false;
    }
    if (name == "trPr") {
      if (!tables_.empty())
        tables_.back().is_header_row = static_cast<bool>(xml_child(node, "tblHeader"));
      return false;
    }
    if (name == "r" && is_hidden_run(node)) return false;
    start(node, name);
    return true;
  }

  void start(pugi::xml_node node, std::string_view name) {
    if (name == "p") {
      paragraphs_.emplace_back();
    } else if (name == "t") {
      is_in_text_ = true;
    } else if (name == "tab" || name == "br" || name == "cr" || name == "ptab") {
      text() += ' ';
    } else if (name == "noBreakHyphen") {
      text() += '-';
    } else if (name == "tbl") {
      tables_.emplace_back();
      const pugi::xml_node look = xml_child(xml_child(node, "tblPr"), "tblLook");
      tables_.back().first_row_is_header = xml_attribute(look, "firstRow") == "1";
    } else if (name == "tc" && !tables_.empty()) {
      tables_.back().is_in_cell = true;
      tables_.back().cells.emplace_back();
    }
  }

  void leave(pugi::xml_node node) {
    const std::string_view name = local_name(node.name());
    if (name == "t") {
      is_in_text_ = false;
    } else if (name == "p") {
      end_paragraph();
    } else if (name == "tc" && !tables_.empty()) {
      tables_.back().is_in_cell = false;
    } else if (name == "tr" && !tables_.empty()) {
      end_row();
    } else if (name == "tbl" && !tables_.empty()) {
      tables_.pop_back();
    }
  }

  static bool is_hidden_run(pugi::xml_node run) {
    const pugi::xml_node vanish = xml_child(xml_child(run, "rPr"), "vanish");
    if (!vanish) return false;
    const std::string_view value = xml_attribute(vanish, "val");
    return value != "0" && value != "false";
  }

  void read_paragraph_properties(pugi::xml_node node) {
    if (paragraphs_.empty()) return;
    Paragraph& paragraph = paragraphs_.back();
    paragraph.style = xml_attribute(xml_child(node, "pStyle"), "val");
    const pugi::xml_node numbering = xml_child(node, "numPr");
    paragraph.is_list = numbering && xml_attribute(xml_child(numbering, "numId"), "val") != "0";
    const std::string_view outline = xml_attribute(xml_child(node, "outlineLvl"), "val");
    if (outline.size() == 1 && outline[0] >= '0' && outline[0] <= '5')
      paragraph.outline = static_cast<std::uint8_t>(outline[0] - '0' + 1);
  }

  std::string& text() { return paragraphs_.empty() ? stray_ : paragraphs_.back().text; }

  void end_paragraph() {
    if (paragraphs_.empty()) return;
    const Paragraph paragraph = std::move(paragraphs_.back());
    paragraphs_.pop_back();
    if (!tables_.empty() && tables_.back().is_in_cell) {
      std::string& cell = tables_.back().cells.back();
      if (!cell.empty()) cell += ' ';
      cell += paragraph.text;
      return;
    }
    const std::string plain = collapse_whitespace(clean_utf8(paragraph.text));
    if (plain.empty()) return;
    std::uint8_t level = styles_.heading_level(paragraph.style);
    if (level == 0) level = paragraph.outline;
    if (level > 0) {
      builder_.add(BlockKind::heading, plain, level);
      ParsedDocument& document = builder_.document();
      if (title_.empty() && styles_.is_title(paragraph.style)) title_ = plain;
      if (document.title.empty()) document.title = title_;
    } else if (paragraph.is_list || styles_.is_list(paragraph.style)) {
      builder_.add(BlockKind::list_item, "- " + plain);
    } else {
      builder_.add(BlockKind::paragraph, plain);
    }
  }

  void end_row() {
    Table row = std::move(tables_.back());
    Table& table = tables_.back();
    table.cells.clear();
    table.is_in_cell = false;
    table.is_header_row = false;
    table.first_row_is_header = row.first_row_is_header;
    table.rows = row.rows + 1;
    const bool is_inside = tables_.size() > 1 && tables_[tables_.size() - 2].is_in_cell;
    if (is_inside) {  // a table in a table's cell: its words belong to that cell
      std::string& cell = tables_[tables_.size() - 2].cells.back();
      for (const std::string& inner : row.cells) cell += (cell.empty() ? "" : " ") + inner;
    } else if (row.cells.size() == 1) {  // a frame around text
      builder_.add(BlockKind::paragraph, row.cells[0]);
    } else {
      const bool is_header = row.is_header_row || (row.rows == 0 && row.first_row_is_header);
      builder_.add_row(row.cells, is_header);
    }
  }

  DocumentBuilder& builder_;
  const DocxStyles& styles_;
  std::vector<Paragraph> paragraphs_;
  std::vector<Table> tables_;
  std::string stray_;  // text outside any paragraph, which no valid file has
  std::string title_;
  bool is_in_text_ = false;
};

void read_properties(std::string xml, ParsedDocument& document) {
  pugi::xml_document tree;
  load_xml(tree, xml);
  for (const pugi::xml_node node : tree.document_element().children()) {
    const std::string_view name = local_name(node.name());
    const char* value = node.child_value();
    if (name == "title") document.title = clean_property(value);
    if (name == "creator") document.author = clean_property(value);
    if (name == "language") document.language = clean_property(value);
    if (name == "created") document.created = clean_date(value);
    if (name == "modified") document.modified = clean_date(value);
  }
}

// A part that only helps: if it is broken, the document is read without it and says so.
template <class Read>
void read_helping_part(DocumentBuilder& builder, const char* what, Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::too_large) throw;
    builder.document().warnings.push_back(std::string(what) + " could not be read");
  }
}

}  // namespace

ParsedDocument parse_docx(std::string_view bytes, const ParseLimits& limits) {
  auto parts = unpack_docx(bytes, limits);
  DocumentBuilder builder(limits);
  DocxStyles styles;
  read_helping_part(builder, "its properties", [&] {
    if (parts.contains("docProps/core.xml"))
      read_properties(std::move(parts["docProps/core.xml"]), builder.document());
  });
  read_helping_part(builder, "its styles", [&] {
    if (parts.contains("word/styles.xml")) styles = DocxStyles(std::move(parts["word/styles.xml"]));
  });
  const auto read_text = [&](const char* name) {
    pugi::xml_document tree;
    load_xml(tree, parts[name]);
    DocxReader(builder, styles).read(tree);
  };
  read_text("word/document.xml");
  for (const char* notes : {"word/footnotes.xml", "word/endnotes.xml"})
    if (parts.contains(notes)) read_helping_part(builder, "its notes", [&] { read_text(notes); });
  return builder.take("application/vnd.openxmlformats-officedocument.wordprocessingml.document");
}

}  // namespace carrel::ingest
