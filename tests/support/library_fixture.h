// tests/support/library_fixture.h
//
// A real library in a temporary folder, with as many users as a test needs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/access_control.h"
#include "core/clock.h"
#include "core/store.h"
#include "index/library.h"
#include "tests/support/testing.h"

namespace carrel::testing {

struct LibraryFixture {
  TempDir directory;
  ManualClock clock;
  std::unique_ptr<Store> store;
  std::unique_ptr<access::AccessControl> access;
  std::unique_ptr<index::Library> library;

  LibraryFixture() { open(); }
  ~LibraryFixture() { close(); }
  void open() {
    store = std::make_unique<Store>(directory / "carrel.db");
    access = std::make_unique<access::AccessControl>(*store, clock, access::AccessOptions{});
    library = std::make_unique<index::Library>(directory.path(), *store, *access, clock,
                                               index::LibraryOptions{});
  }
  void close() {
    library.reset();
    access.reset();
    store.reset();
  }
  void reopen() {
    close();
    open();
  }

  PrincipalId user(const std::string& name, const std::string& clearance = "restricted") {
    if (const auto found = access->find_user(name)) return found->id;
    return access->create_user(name, name, clearance, {"reader"});
  }
  access::Visibility visible_to(const std::string& name) {
    return access->visibility(access->find_user(name)->id);
  }
};

// A document of one chunk a text. `allow` are principals.
inline index::NewDocument make_document(const std::string& uri, const std::string& title,
                                        const std::vector<std::string>& texts,
                                        const std::vector<std::string>& allow,
                                        const std::string& label = "internal") {
  index::NewDocument document;
  document.collection = "test";
  document.uri = uri;
  document.title = title;
  document.mime_type = "text/plain";
  document.acl = {allow, {}, label};
  document.parser_version = "1";
  for (const std::string& text : texts) {
    index::NewChunk chunk;
    chunk.span = {document.text.size(), document.text.size() + text.size()};
    chunk.text = text;
    document.text += text + "\n";
    document.chunks.push_back(std::move(chunk));
  }
  document.original = uri + "\n" + document.text;
  return document;
}

}  // namespace carrel::testing
