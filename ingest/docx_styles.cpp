#include "ingest/docx_styles.h"

#include <algorithm>

#include "ingest/docx_xml.h"

namespace carrel::ingest {
namespace {

constexpr int kAncestorsMax = 20;  // a style that descends from itself ends here

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// Word's own names, which stay English inside files of every language.
std::uint8_t level_of_name(std::string_view name) {
  if (name == "title") return 1;
  constexpr std::string_view heading = "heading ";
  if (!name.starts_with(heading) || name.size() != heading.size() + 1) return 0;
  const char digit = name.back();
  return digit >= '1' && digit <= '9' ? static_cast<std::uint8_t>(std::min(digit - '0', 6))
                                      : std::uint8_t{0};
}

}  // namespace

DocxStyles::DocxStyles(std::string styles_xml) {
  pugi::xml_document xml;
  load_xml(xml, styles_xml);
  for (const pugi::xml_node node : xml.document_element().children()) {
    if (local_name(node.name()) != "style") continue;
    Style style;
    style.name = lower(xml_attribute(xml_child(node, "name"), "val"));
    style.parent = xml_attribute(xml_child(node, "basedOn"), "val");
    const pugi::xml_node properties = xml_child(node, "pPr");
    style.has_numbering = static_cast<bool>(xml_child(properties, "numPr"));
    const std::string_view outline = xml_attribute(xml_child(properties, "outlineLvl"), "val");
    if (outline.size() == 1 && outline[0] >= '0' && outline[0] <= '8')
      style.outline = static_cast<std::uint8_t>(outline[0] - '0' + 1);
    styles_.emplace(xml_attribute(node, "styleId"), std::move(style));
  }
}

const DocxStyles::Style* DocxStyles::find(std::string_view style_id) const {
  const auto found = styles_.find(style_id);
  return found == styles_.end() ? nullptr : &found->second;
}

std::uint8_t DocxStyles::heading_level(std::string_view style_id) const {
  const Style* style = find(style_id);
  if (style == nullptr) {
    // No styles part, or one that lacks it: the id itself is telling in files that other tools
    // wrote.
    std::string name = lower(style_id);
    if (name.starts_with("heading") && name.size() == 8) name.insert(7, " ");
    return level_of_name(name);
  }
  for (int i = 0; style != nullptr && i < kAncestorsMax; ++i) {
    if (const std::uint8_t level = level_of_name(style->name); level > 0) return level;
    if (style->outline > 0) return std::min<std::uint8_t>(style->outline, 6);
    style = find(style->parent);
  }
  return 0;
}

bool DocxStyles::is_title(std::string_view style_id) const {
  const Style* style = find(style_id);
  return style != nullptr ? style->name == "title" : lower(style_id) == "title";
}

bool DocxStyles::is_list(std::string_view style_id) const {
  const Style* style = find(style_id);
  for (int i = 0; style != nullptr && i < kAncestorsMax; ++i) {
    if (style->has_numbering || style->name.starts_with("list bullet") ||
        style->name.starts_with("list number"))
      return true;
    style = find(style->parent);
  }
  return false;
}

}  // namespace carrel::ingest
