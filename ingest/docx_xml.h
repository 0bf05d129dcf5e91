// ingest/docx_xml.h
//
// XML without its dangers: no document type, so no entities, and a depth that a stack can bear; a
// walk that does not recurse.
//
// One thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace carrel::ingest {

// Parses `xml` in place; it must outlive `out`. Errors: invalid_argument (broken, has a document
// type, nested too deeply).
void load_xml(pugi::xml_document& out, std::string& xml);

// "w:p" -> "p": prefixes are the file's own choice.
inline std::string_view local_name(const pugi::char_t* name) {
  const char* colon = std::strchr(name, ':');
  return colon != nullptr ? colon + 1 : name;
}

// The attribute's value whatever its prefix; empty if absent.
std::string_view xml_attribute(pugi::xml_node node, std::string_view local);
pugi::xml_node xml_child(pugi::xml_node node, std::string_view local);

// Visits every node below `root`: enter(node) returns whether to go into it; leave(node) is called
// for those gone into.
template <class Enter, class Leave>
void walk_xml(pugi::xml_node root, Enter&& enter, Leave&& leave) {
  pugi::xml_node node = root.first_child();
  while (node) {
    if (enter(node)) {
      if (const pugi::xml_node child = node.first_child()) {
        node = child;
        continue;
      }
      leave(node);
    }
    while (!node.next_sibling()) {
      node = node.parent();
      if (node == root || !node) return;
      leave(node);
    }
    node = node.next_sibling();
  }
}

}  // namespace carrel::ingest
