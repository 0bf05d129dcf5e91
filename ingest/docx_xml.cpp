#include "ingest/docx_xml.h"

#include "core/error.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kDepthMax = 2000;

[[noreturn]] void refuse(const char* what) { throw Error(ErrorCode::invalid_argument, what); }

// A rough count of open elements, before any tree is built: comments and text may only raise it.
void check_shape(std::string_view xml) {
  std::size_t depth = 0;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
    if (at + 1 >= xml.size()) return;
    const char next = xml[at + 1];
    if (next == '!') {
      if (xml.substr(at, 9) == "<!DOCTYPE")
        refuse("broken: an office file may not declare a document type");
    } else if (next == '/') {
      depth -= depth > 0;
    } else if (next != '?') {
      const std::size_t end = xml.find('>', at);
      if (end == std::string_view::npos) return;
      if (xml[end - 1] != '/' && ++depth > kDepthMax)
        refuse("broken: its XML is nested too deeply");
    }
  }
}

}  // namespace

void load_xml(pugi::xml_document& out, std::string& xml) {
  check_shape(xml);
  const unsigned options =
      pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata;
  if (!out.load_buffer_inplace(xml.data(), xml.size(), options, pugi::encoding_auto))
    refuse("broken: its XML cannot be read");
}

std::string_view xml_attribute(pugi::xml_node node, std::string_view local) {
  for (const pugi::xml_attribute attribute : node.attributes())
    if (local_name(attribute.name()) == local) return attribute.value();
  return {};
}

pugi::xml_node xml_child(pugi::xml_node node, std::string_view local) {
  for (const pugi::xml_node child : node.children())
    if (local_name(child.name()) == local) return child;
  return {};
}

}  // namespace carrel::ingest
