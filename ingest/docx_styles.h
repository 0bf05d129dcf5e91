// ingest/docx_styles.h
//
// Which styles of a Word document are headings, and which hide text, through basedOn. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace carrel::ingest {

class DocxStyles {
 public:
  DocxStyles() = default;
  explicit DocxStyles(std::string styles_xml);

  // 1..6, 0: no heading. "Title" counts as 1.
  std::uint8_t heading_level(std::string_view style_id) const;
  bool is_title(std::string_view style_id) const;
  bool is_list(std::string_view style_id) const;

 private:
  struct Style {
    std::string name;  // folded to lower case
    std::string parent;
    std::uint8_t outline = 0;  // level it sets itself, 1..9
    bool has_numbering = false;
  };
  const Style* find(std::string_view style_id) const;

  std::map<std::string, Style, std::less<>> styles_;
};

}  // namespace carrel::ingest
