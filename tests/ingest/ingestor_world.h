// tests/ingest/ingestor_world.h
//
// A library, parsers, a few people and a folder of documents, for the tests of whole runs.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/ingestor.h"
#include "tests/support/library_fixture.h"

namespace carrel::ingest {

// One pool for the whole program: starting its first process is what costs.
inline ParserPool& shared_parsers() {
  static ParserPool pool{ParseOptions{}};
  return pool;
}

class IngestWorld : public ::testing::Test {
 protected:
  IngestWorld() : docs_(std::filesystem::canonical(dir_.path()) / "docs") {
    std::filesystem::create_directories(docs_);
    world_.user("ana");
    world_.user("helen");
    world_.access->create_group("staff");
    world_.access->create_group("hr");
    world_.access->add_member("user:ana", "group:staff");
    world_.access->add_member("user:helen", "group:hr");
  }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((docs_ / path).parent_path());
    std::ofstream(docs_ / path) << text;
  }
  // Enough words for a document, different ones for different `subject`s.
  static std::string text_about(const std::string& subject) {
    return "# About " + subject + "\n\nThis page explains " + subject +
           " to everybody who works here, and says whom to ask about it.\n";
  }

  IngestRequest request(std::vector<std::filesystem::path> paths = {}) const {
    IngestRequest out;
    out.paths = paths.empty() ? std::vector<std::filesystem::path>{docs_} : std::move(paths);
    out.allow = {"group:staff"};
    return out;
  }
  IngestReport ingest(const IngestRequest& request, const IngestOptions& options = {}) {
    NoProgress silent;
    return Ingestor(*world_.library, shared_parsers(), world_.clock, options)
        .run(request, silent, CancelToken());
  }
  IngestReport ingest() { return ingest(request()); }

  std::vector<index::DocumentInfo> documents_of(const std::string& user) {
    return world_.library->reader().list_documents(world_.visible_to(user), {.limit = 10'000});
  }
  // External ids of what `user` may read, sorted.
  std::vector<std::string> readable_by(const std::string& user) {
    std::vector<std::string> out;
    for (const index::DocumentInfo& one : documents_of(user)) out.push_back(one.external_id);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::size_t found_by(const std::string& user, const std::string& term) {
    const auto visible = world_.visible_to(user);
    return world_.library->reader()
        .keyword_search({visible, nullptr}, {.terms = {{term, 1.0}}}, {}, CancelToken())
        .candidates.size();
  }
  std::vector<std::string> findings() {
    NoProgress silent;
    std::vector<std::string> out;
    for (const auto& finding : world_.library->verify(silent))
      out.push_back(finding.store + ": " + finding.what);
    return out;
  }

  testing::TempDir dir_;
  std::filesystem::path docs_;
  testing::LibraryFixture world_;
};

}  // namespace carrel::ingest
