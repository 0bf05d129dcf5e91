// Markdown as GitHub writes it (cmark-gfm), with YAML front matter. Link and image targets,
// comments and template tags are dropped; what HTML it carries goes through the HTML parser.
#include <memory>
#include <new>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include "core/utf8.h"
#include "ingest/parse_builder.h"
#include "ingest/parse_formats.h"
#include "ingest/parse_markup.h"
#include "ingest/plain_decode.h"

// Of the tables extension, whose own header Debian does not install.
extern "C" {
extern cmark_node_type CMARK_NODE_TABLE_ROW;
extern cmark_node_type CMARK_NODE_TABLE_CELL;
}

namespace carrel::ingest {
namespace {

struct FreeParser {
  void operator()(cmark_parser* parser) const noexcept { cmark_parser_free(parser); }
};
struct FreeNode {
  void operator()(cmark_node* node) const noexcept { cmark_node_free(node); }
};
struct FreeIterator {
  void operator()(cmark_iter* iterator) const noexcept { cmark_iter_free(iterator); }
};

std::string_view literal_of(cmark_node* node) {
  const char* text = cmark_node_get_literal(node);
  return text != nullptr ? std::string_view(text) : std::string_view();
}

class MarkdownReader {
 public:
  explicit MarkdownReader(const ParseLimits& limits) : builder_(limits), limits_(limits) {}

  void read(cmark_node* root) {
    const std::unique_ptr<cmark_iter, FreeIterator> walk(cmark_iter_new(root));
    for (cmark_event_type event; (event = cmark_iter_next(walk.get())) != CMARK_EVENT_DONE;) {
      cmark_node* node = cmark_iter_get_node(walk.get());
      if (event == CMARK_EVENT_ENTER)
        enter(node);
      else
        leave(node);
    }
  }

  DocumentBuilder& builder() { return builder_; }

 private:
  void enter(cmark_node* node) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_TEXT:
      case CMARK_NODE_CODE:
        inline_ += literal_of(node);
        return;
      case CMARK_NODE_SOFTBREAK:
      case CMARK_NODE_LINEBREAK:
        inline_ += ' ';
        return;
      case CMARK_NODE_HTML_INLINE:
        if (literal_of(node).starts_with("<br")) inline_ += ' ';
        return;
      case CMARK_NODE_CODE_BLOCK:
        builder_.add(BlockKind::code, literal_of(node));
        return;
      case CMARK_NODE_HTML_BLOCK:
        add_html(literal_of(node));
        return;
      case CMARK_NODE_ITEM:
        start_item(node);
        return;
      default:
        return;
    }
  }

  void leave(cmark_node* node) {
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_PARAGRAPH) {
      flush(item_mark_.empty() ? BlockKind::paragraph : BlockKind::list_item, 0);
    } else if (type == CMARK_NODE_HEADING) {
      flush(BlockKind::heading, static_cast<std::uint8_t>(cmark_node_get_heading_level(node)));
    } else if (type == CMARK_NODE_ITEM) {
      item_mark_.clear();
    } else if (type == CMARK_NODE_TABLE_CELL) {
      cells_.push_back(without_template_tags(inline_));
      inline_.clear();
    } else if (type == CMARK_NODE_TABLE_ROW) {
      builder_.add_row(cells_, cmark_gfm_extensions_get_table_row_is_header(node) != 0);
      cells_.clear();
    }
  }

  void start_item(cmark_node* node) {
    cmark_node* list = cmark_node_parent(node);
    if (cmark_node_get_list_type(list) != CMARK_ORDERED_LIST) {
      item_mark_ = "- ";
      return;
    }
    // The place in its list: counted here, because asking each item for its elders is quadratic.
    if (list != numbered_list_ || cmark_node_previous(node) == nullptr) {
      numbered_list_ = list;
      item_number_ = cmark_node_get_list_start(list);
    } else {
      ++item_number_;
    }
    item_mark_ = std::to_string(item_number_) + ". ";
  }

  void flush(BlockKind kind, std::uint8_t level) {
    const std::string text = collapse_whitespace(without_template_tags(inline_));
    inline_.clear();
    if (text.empty()) return;
    builder_.add(kind, kind == BlockKind::list_item ? item_mark_ + text : text, level);
    item_mark_.clear();  // further paragraphs of the item are plain ones
  }

  void add_html(std::string_view html) {
    const std::string_view start = trim(html);
    if (start.starts_with("<!--") && start.ends_with("-->") &&
        start.find("-->") == start.size() - 3)
      return;
    builder_.add_blocks_of(parse_html_fragment(html, limits_));
  }

  DocumentBuilder builder_;
  ParseLimits limits_;
  std::string inline_;
  std::string item_mark_;
  std::vector<std::string> cells_;
  cmark_node* numbered_list_ = nullptr;
  int item_number_ = 0;
};

std::unique_ptr<cmark_node, FreeNode> parse_tree(std::string_view text) {
  cmark_gfm_core_extensions_ensure_registered();
  const std::unique_ptr<cmark_parser, FreeParser> parser(
      cmark_parser_new(CMARK_OPT_DEFAULT | CMARK_OPT_FOOTNOTES));
  if (!parser) throw std::bad_alloc();
  for (const char* name : {"table", "strikethrough", "tasklist"})
    if (cmark_syntax_extension* extension = cmark_find_syntax_extension(name))
      cmark_parser_attach_syntax_extension(parser.get(), extension);
  cmark_parser_feed(parser.get(), text.data(), text.size());
  return std::unique_ptr<cmark_node, FreeNode>(cmark_parser_finish(parser.get()));
}

}  // namespace

ParsedDocument parse_markdown(std::string_view bytes, const ParseLimits& limits) {
  const DecodedText decoded = decode_text(bytes);
  std::string_view text = decoded.utf8;
  MarkdownReader reader(limits);
  ParsedDocument& document = reader.builder().document();
  read_front_matter(text, document);
  const auto tree = parse_tree(text);
  if (!tree) throw std::bad_alloc();
  reader.read(tree.get());
  if (document.title.empty())
    for (const Block& block : document.blocks)
      if (block.kind == BlockKind::heading && block.level == 1) {
        document.title = document.text.substr(block.span.begin, block.span.size());
        break;
      }
  return reader.builder().take("text/markdown");
}

}  // namespace carrel::ingest
