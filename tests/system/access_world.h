// tests/system/access_world.h
//
// A random company: users in nested groups, documents with random rights, and a judge that knows
// who may read what from what this file drew, not from what the library stored. Every document
// carries a canary, a word that no other text has: where it shows, the document has leaked.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/app.h"
#include "core/random.h"
#include "server/api.h"
#include "tests/support/testing.h"

namespace carrel::testing {

inline constexpr int kLabelCount = 4;

struct WorldUser {
  std::string name;
  int clearance = 0;
  std::set<std::string> principals;  // all that stand for this user: itself, its groups, everyone
};

struct WorldDocument {
  std::string canary;
  DocumentId id;
  std::set<std::string> allow;
  std::set<std::string> deny;
  int label = 0;
};

class AccessWorld {
 public:
  explicit AccessWorld(std::uint64_t seed);

  bool may_read(const WorldUser& user, const WorldDocument& document) const;
  server::Caller caller(const WorldUser& user) const;
  access::Visibility visible_to(const WorldUser& user) const;
  std::string random_query(Rng& rng) const;

  // Canaries of documents `user` may not read that stand in `output`.
  std::vector<std::string> leaks(const WorldUser& user, const std::string& output) const;

  // Draws new rights for one document and tells library and judge.
  void change_rights(Rng& rng);

  // Another world over the same texts: other people in other groups, other rights everywhere. The
  // people before stay in the library; the judge knows the new ones. Much cheaper than a library.
  void renew(Rng& rng);

  std::vector<WorldUser> users;
  std::vector<WorldDocument> documents;
  TempDir directory;
  std::unique_ptr<cli::App> app;
  std::unique_ptr<server::Service> service;
  std::unique_ptr<server::Api> api;

 private:
  void make_people(Rng& rng);
  void make_documents(Rng& rng);
  void draw_rights(Rng& rng, WorldDocument& document) const;
  void draw_and_set(Rng& rng, WorldDocument& document);
  access::AclSpec acl_of(const WorldDocument& document) const;
  std::vector<std::string> principals_;
  int generation_ = 0;  // in the names of people and groups
};

}  // namespace carrel::testing
