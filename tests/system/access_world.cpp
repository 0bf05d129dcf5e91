#include "tests/system/access_world.h"

#include "cli/serving.h"
#include "tests/support/library_fixture.h"

namespace carrel::testing {
namespace {

const std::vector<std::string> kLabels = {"public", "internal", "confidential", "restricted"};
const std::vector<std::string> kWords = {"lamp",  "budget", "travel", "salary", "merger",
                                         "leave", "audit",  "server", "policy", "board"};

std::string sentence(Rng& rng, const std::string& canary) {
  std::string out = "The " + canary;
  for (int i = 0; i < 12; ++i) out += " " + kWords[rng.below(kWords.size())];
  return out + " report.";
}

// Letters only, so that no stemmer or number rule changes it.
std::string canary_name(std::uint64_t number) {
  std::string out = "xq";
  for (int i = 0; i < 4; ++i, number /= 20) out += "bcdfghjklmnpqrtvwxz"[number % 19];
  return out + "kq";
}

}  // namespace

AccessWorld::AccessWorld(std::uint64_t seed) {
  Rng rng(seed);
  cli::App::init(directory / "lib", std::nullopt);
  app = cli::App::open(directory / "lib");
  service = std::make_unique<server::Service>(cli::service_of(*app));
  api = std::make_unique<server::Api>(*service, app->options.server);
  make_people(rng);
  make_documents(rng);
}

void AccessWorld::renew(Rng& rng) {
  ++generation_;
  users.clear();
  principals_.clear();
  make_people(rng);
  for (WorldDocument& document : documents) draw_and_set(rng, document);
}

void AccessWorld::make_people(Rng& rng) {
  const std::string prefix = "n" + std::to_string(generation_);
  constexpr int kGroups = 4;
  constexpr int kUsers = 5;
  std::vector<std::set<std::string>> holders(
      kGroups);  // groups that a group belongs to, itself too
  for (int g = 0; g < kGroups; ++g) {
    const std::string name = prefix + "g" + std::to_string(g);
    app->access.create_group(name);
    principals_.push_back("group:" + name);
    holders[static_cast<std::size_t>(g)].insert("group:" + name);
    // A group may belong to groups made before it: nesting without cycles.
    for (int h = 0; h < g; ++h) {
      if (!rng.chance(0.3)) continue;
      app->access.add_member("group:" + name, "group:" + prefix + "g" + std::to_string(h));
      const auto& above = holders[static_cast<std::size_t>(h)];
      holders[static_cast<std::size_t>(g)].insert(above.begin(), above.end());
    }
  }
  for (int u = 0; u < kUsers; ++u) {
    WorldUser user{.name = prefix + "u" + std::to_string(u),
                   .clearance = static_cast<int>(rng.below(kLabelCount))};
    app->access.create_user(user.name, user.name, kLabels[static_cast<std::size_t>(user.clearance)],
                            {"reader"});
    user.principals = {"everyone", "user:" + user.name, "role:reader"};
    for (int g = 0; g < kGroups; ++g) {
      if (!rng.chance(0.3)) continue;
      app->access.add_member("user:" + user.name, "group:" + prefix + "g" + std::to_string(g));
      const auto& above = holders[static_cast<std::size_t>(g)];
      user.principals.insert(above.begin(), above.end());
    }
    principals_.push_back("user:" + user.name);
    users.push_back(std::move(user));
  }
  principals_.push_back("everyone");
  principals_.push_back("role:reader");
}

void AccessWorld::draw_rights(Rng& rng, WorldDocument& document) const {
  document.allow.clear();
  document.deny.clear();
  for (std::uint64_t i = rng.below(3); i-- > 0;)
    document.allow.insert(principals_[rng.below(principals_.size())]);
  if (rng.chance(0.3)) document.deny.insert(principals_[rng.below(principals_.size())]);
  document.label = static_cast<int>(rng.below(kLabelCount));
}

access::AclSpec AccessWorld::acl_of(const WorldDocument& document) const {
  return {{document.allow.begin(), document.allow.end()},
          {document.deny.begin(), document.deny.end()},
          kLabels[static_cast<std::size_t>(document.label)]};
}

void AccessWorld::make_documents(Rng& rng) {
  constexpr int kDocuments = 12;
  for (int d = 0; d < kDocuments; ++d) {
    WorldDocument document{.canary = canary_name(static_cast<std::uint64_t>(d) * 977 + 13)};
    draw_rights(rng, document);
    std::vector<std::string> texts;
    for (std::uint64_t i = 1 + rng.below(3); i-- > 0;)
      texts.push_back(sentence(rng, document.canary));
    auto made = make_document("file-" + document.canary, "About " + document.canary, texts, {});
    made.acl = acl_of(document);
    made.author = document.canary;
    made.collection = rng.chance(0.5) ? "one" : document.canary;
    document.id = app->library.writer().put({&made, 1}).at(0).document;
    documents.push_back(std::move(document));
  }
  app->library.writer().commit_keywords();
  NoProgress silent;
  app->embedder.run(silent, CancelToken{});
}

void AccessWorld::change_rights(Rng& rng) {
  draw_and_set(rng, documents[rng.below(documents.size())]);
}

void AccessWorld::draw_and_set(Rng& rng, WorldDocument& document) {
  draw_rights(rng, document);
  app->library.writer().set_access(document.id, acl_of(document), "");
}

bool AccessWorld::may_read(const WorldUser& user, const WorldDocument& document) const {
  const auto meets = [&](const std::set<std::string>& named) {
    for (const std::string& principal : named)
      if (user.principals.contains(principal)) return true;
    return false;
  };
  return meets(document.allow) && !meets(document.deny) && user.clearance >= document.label;
}

server::Caller AccessWorld::caller(const WorldUser& user) const {
  const auto info = app->access.find_user(user.name);
  return {{*info, info->actions, "web"}, ""};
}

access::Visibility AccessWorld::visible_to(const WorldUser& user) const {
  return app->access.visibility(app->access.find_user(user.name)->id);
}

std::string AccessWorld::random_query(Rng& rng) const {
  std::string query;
  for (std::uint64_t i = 1 + rng.below(4); i-- > 0;)
    query += kWords[rng.below(kWords.size())] + " ";
  if (rng.chance(0.6)) query += documents[rng.below(documents.size())].canary;
  return query;
}

std::vector<std::string> AccessWorld::leaks(const WorldUser& user,
                                            const std::string& output) const {
  std::vector<std::string> out;
  for (const WorldDocument& document : documents)
    if (!may_read(user, document) && output.find(document.canary) != std::string::npos)
      out.push_back(user.name + " saw " + document.canary);
  return out;
}

}  // namespace carrel::testing
