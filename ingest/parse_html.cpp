// HTML: what a reader sees of a page, in order. Scripts, styles, navigation, footers, asides and
// hidden elements are dropped; headings, lists, tables and code keep their kind.
#include <algorithm>
#include <cstring>
#include <optional>

#include <strings.h>

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/html_tree.h"
#include "ingest/parse_builder.h"
#include "ingest/parse_formats.h"
#include "ingest/parse_markup.h"
#include "ingest/plain_decode.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kTreeBytesMax = 512ULL << 20;

std::string_view attribute(const GumboNode* node, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&node->v.element.attributes, name);
  return found != nullptr ? std::string_view(found->value) : std::string_view();
}

bool has_attribute(const GumboNode* node, const char* name) {
  return gumbo_get_attribute(&node->v.element.attributes, name) != nullptr;
}

std::string lower_without_spaces(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 1024))
    if (c != ' ' && c != '\t' && c != '\n')
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// What its author keeps from the reader's eyes: the favourite place of injected instructions.
bool is_hidden(const GumboNode* node) {
  if (has_attribute(node, "hidden") || attribute(node, "aria-hidden") == "true") return true;
  const std::string_view style = attribute(node, "style");
  if (style.empty()) return false;
  const std::string plain = lower_without_spaces(style);
  for (const std::string_view rule : {"display:none", "visibility:hidden", "visibility:collapse",
                                      "font-size:0", "opacity:0;", "opacity:0.0"})
    if (plain.find(rule) != std::string::npos) return true;
  return plain.ends_with("opacity:0");
}

bool is_never_text(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_EMBED:
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_TEXTAREA:
      return true;
    default:
      return false;
  }
}

bool is_rim(const GumboNode* node) {
  switch (node->v.element.tag) {
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_ASIDE:
      return true;
    default: {
      const std::string_view role = attribute(node, "role");
      return role == "navigation" || role == "contentinfo";
    }
  }
}

std::uint8_t heading_level(GumboTag tag) {
  if (tag < GUMBO_TAG_H1 || tag > GUMBO_TAG_H6) return 0;
  return static_cast<std::uint8_t>(tag - GUMBO_TAG_H1 + 1);
}

bool breaks_block(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_BODY:
      return true;
    default:
      return false;
  }
}

class HtmlReader {
 public:
  HtmlReader(const ParseLimits& limits, bool keep_rim) : builder_(limits), keep_rim_(keep_rim) {}

  void read(const GumboNode* root) {
    // The way from the root to here, and which child comes next: a stack of ours, not the
    // machine's.
    struct Step {
      const GumboNode* node;
      unsigned next = 0;
    };
    std::vector<Step> path;
    if (enter(root)) path.push_back({root});
    while (!path.empty()) {
      Step& step = path.back();
      const GumboVector& children = step.node->v.element.children;
      if (step.next < children.length) {
        const auto* child = static_cast<const GumboNode*>(children.data[step.next++]);
        if (enter(child)) path.push_back({child});
      } else {
        leave(step.node);
        path.pop_back();
      }
    }
    flush();
  }

  DocumentBuilder& builder() { return builder_; }

 private:
  struct Table {
    std::vector<std::string> cells;
    std::size_t headings_in_row = 0;
    bool is_in_cell = false;
    bool is_in_head = false;
    bool is_layout = false;  // another table stands in a cell: the cells are parts of a page
  };
  struct List {
    bool is_numbered = false;
    int number = 0;
  };

  // True: the node has children to be visited, and leave() will be called.
  bool enter(const GumboNode* node) {
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
        node->type == GUMBO_NODE_CDATA) {
      add_text(node->v.text.text);
      return false;
    }
    if (node->type != GUMBO_NODE_ELEMENT) return false;
    const GumboTag tag = node->v.element.tag;
    if (is_never_text(tag) || is_hidden(node) || (!keep_rim_ && is_rim(node))) return false;
    if (tag == GUMBO_TAG_HEAD) {
      read_head(node);
      return false;
    }
    if (tag == GUMBO_TAG_HTML) builder_.document().language = attribute(node, "lang");
    start(node, tag);
    return true;
  }

  void add_text(const char* text) {
    std::string& to = is_in_cell() ? cell() : inline_;
    to += text;
  }

  void start(const GumboNode* node, GumboTag tag) {
    if (tag == GUMBO_TAG_TABLE) {
      if (is_in_cell()) flatten_table();
      flush();
      tables_.emplace_back();
    } else if (!tables_.empty() && is_table_part(tag)) {
      start_table_part(tag);
    } else if (tag == GUMBO_TAG_BR) {
      add_text(pre_depth_ > 0 ? "\n" : " ");
    } else if (tag == GUMBO_TAG_IMG) {
      add_text(std::string(attribute(node, "alt")).c_str());
    } else if (is_in_cell()) {
      add_text(breaks_block(tag) || heading_level(tag) > 0 || tag == GUMBO_TAG_LI ? " " : "");
    } else if (heading_level(tag) > 0 || breaks_block(tag)) {
      flush();
      if (tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) lists_.push_back({tag == GUMBO_TAG_OL, 0});
    } else if (tag == GUMBO_TAG_LI) {
      flush();
      is_item_ = true;
      if (!lists_.empty()) ++lists_.back().number;
    } else if (tag == GUMBO_TAG_PRE) {
      flush();
      ++pre_depth_;
    }
  }

  void leave(const GumboNode* node) {
    const GumboTag tag = node->v.element.tag;
    if (tag == GUMBO_TAG_TABLE) {
      if (!tables_.empty()) {
        end_row();
        tables_.pop_back();
      }
    } else if (!tables_.empty() && is_table_part(tag)) {
      leave_table_part(tag);
    } else if (is_in_cell()) {
      if (breaks_block(tag)) add_text(" ");
    } else if (const std::uint8_t level = heading_level(tag); level > 0) {
      flush(level);
    } else if (tag == GUMBO_TAG_PRE) {
      pre_depth_ -= pre_depth_ > 0;
      builder_.add(BlockKind::code, inline_);
      inline_.clear();
    } else if (breaks_block(tag) || tag == GUMBO_TAG_LI) {
      flush();
      if (tag == GUMBO_TAG_LI) is_item_ = false;
      if ((tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) && !lists_.empty()) lists_.pop_back();
    }
  }

  static bool is_table_part(GumboTag tag) {
    return tag == GUMBO_TAG_TR || tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH ||
           tag == GUMBO_TAG_THEAD || tag == GUMBO_TAG_TBODY;
  }

  void start_table_part(GumboTag tag) {
    Table& table = tables_.back();
    if (tag == GUMBO_TAG_THEAD) table.is_in_head = true;
    if (tag == GUMBO_TAG_TR) end_row();
    if (tag != GUMBO_TAG_TD && tag != GUMBO_TAG_TH) return;
    flush();
    if (table.is_layout) return;
    table.is_in_cell = true;
    table.headings_in_row += tag == GUMBO_TAG_TH;
    table.cells.emplace_back();
  }

  void leave_table_part(GumboTag tag) {
    Table& table = tables_.back();
    if (tag == GUMBO_TAG_THEAD) table.is_in_head = false;
    if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) {
      table.is_in_cell = false;
      if (table.is_layout) flush();
    }
    if (tag == GUMBO_TAG_TR) end_row();
  }

  void end_row() {
    Table& table = tables_.back();
    if (!table.cells.empty()) {
      const bool is_header = table.is_in_head || table.headings_in_row == table.cells.size();
      // One cell alone is no row of a table: a box around text, or the page's frame.
      if (table.cells.size() == 1)
        builder_.add(BlockKind::paragraph, table.cells[0]);
      else
        builder_.add_row(table.cells, is_header);
    }
    table.cells.clear();
    table.headings_in_row = 0;
    table.is_in_cell = false;
  }

  // A table inside this one's cell: this one lays out the page, so its cells become paragraphs.
  void flatten_table() {
    Table& table = tables_.back();
    for (const std::string& text : table.cells) builder_.add(BlockKind::paragraph, text);
    table.cells.clear();
    table.headings_in_row = 0;
    table.is_in_cell = false;
    table.is_layout = true;
  }

  bool is_in_cell() const { return !tables_.empty() && tables_.back().is_in_cell; }
  std::string& cell() { return tables_.back().cells.back(); }

  void flush(std::uint8_t level = 0) {
    if (pre_depth_ > 0) {
      builder_.add(BlockKind::code, inline_);
      inline_.clear();
      return;
    }
    const std::string text = collapse_whitespace(inline_);
    inline_.clear();
    if (text.empty()) return;
    if (level > 0) {
      builder_.add(BlockKind::heading, text, level);
    } else if (is_item_) {
      const bool is_numbered = !lists_.empty() && lists_.back().is_numbered;
      builder_.add(BlockKind::list_item,
                   (is_numbered ? std::to_string(lists_.back().number) + ". " : "- ") + text);
      is_item_ = false;
    } else {
      builder_.add(BlockKind::paragraph, text);
    }
  }

  void read_head(const GumboNode* head) {
    ParsedDocument& document = builder_.document();
    const GumboVector& children = head->v.element.children;
    for (unsigned i = 0; i < children.length; ++i) {
      const auto* node = static_cast<const GumboNode*>(children.data[i]);
      if (node->type != GUMBO_NODE_ELEMENT) continue;
      if (node->v.element.tag == GUMBO_TAG_TITLE && node->v.element.children.length > 0) {
        const auto* text = static_cast<const GumboNode*>(node->v.element.children.data[0]);
        if (text->type == GUMBO_NODE_TEXT) document.title = text->v.text.text;
      }
      if (node->v.element.tag != GUMBO_TAG_META) continue;
      const std::string_view name = attribute(node, "name");
      if (name == "author") document.author = attribute(node, "content");
      if (name == "date" || name == "dcterms.created")
        document.created = clean_date(attribute(node, "content"));
      if (attribute(node, "property") == "article:modified_time")
        document.modified = clean_date(attribute(node, "content"));
    }
  }

  DocumentBuilder builder_;
  bool keep_rim_;
  std::string inline_;
  std::vector<Table> tables_;
  std::vector<List> lists_;
  int pre_depth_ = 0;
  bool is_item_ = false;
};

// The encoding that the page itself declares in its first kilobyte; empty: none.
std::string declared_encoding(std::string_view html) {
  const std::string head = lower_without_spaces(html);
  std::size_t at = head.find("charset=");
  if (at == std::string::npos) at = head.find("encoding=");
  if (at == std::string::npos) return {};
  at = head.find('=', at) + 1;
  while (at < head.size() && (head[at] == '"' || head[at] == '\'')) ++at;
  std::size_t end = at;
  while (end < head.size() && (std::isalnum(static_cast<unsigned char>(head[end])) != 0 ||
                               head[end] == '-' || head[end] == '_'))
    ++end;
  const std::string name = head.substr(at, std::min<std::size_t>(end - at, 40));
  // As the HTML standard has it: pages that say Latin-1 mean Windows-1252.
  return name == "iso-8859-1" || name == "latin1" || name == "ascii" ? "windows-1252" : name;
}

ParsedDocument read_html(std::string_view html, const ParseLimits& limits, bool keep_rim) {
  const HtmlTree tree(html, kTreeBytesMax);
  HtmlReader reader(limits, keep_rim);
  reader.read(tree.root());
  // A page that is all navigation or footer: better that than nothing.
  if (reader.builder().is_empty() && !keep_rim) {
    HtmlReader again(limits, true);
    again.read(tree.root());
    return again.builder().take("text/html");
  }
  return reader.builder().take("text/html");
}

}  // namespace

ParsedDocument parse_html(std::string_view bytes, const ParseLimits& limits) {
  const DecodedText decoded = decode_text(bytes, declared_encoding(bytes));
  ParsedDocument document = read_html(decoded.utf8, limits, false);
  if (document.title.empty())
    for (const Block& block : document.blocks)
      if (block.kind == BlockKind::heading && block.level == 1) {
        document.title = clean_property(document.text.substr(block.span.begin, block.span.size()));
        break;
      }
  return document;
}

ParsedDocument parse_html_fragment(std::string_view html, const ParseLimits& limits) {
  return read_html(html, limits, true);
}

}  // namespace carrel::ingest
