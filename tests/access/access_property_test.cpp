// Claim: for any people, groups, memberships, ACLs and labels, a Visibility permits exactly what a
// slow and obvious judge allows, and goes on doing so while memberships and clearances change.
// How: all of it is drawn from a seed; the judge keeps its own copy and shares no code with
// access/.
#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "access/access_control.h"
#include "core/random.h"
#include "tests/access/library.h"

namespace carrel::access {

// May make a Visibility, so that the judge can be shown a wrong one.
struct VisibilityForTests {
  static Visibility everything_up_to(AclClassId last, const Visibility& like) {
    std::vector<std::uint64_t> words(static_cast<std::size_t>(last.value) / 64 + 1, ~0ULL);
    return {like.who(), like.epoch(), words};
  }
};

namespace {

const std::vector<std::string> kLabels = {"public", "internal", "confidential", "restricted"};

struct Judge {
  struct Rights {
    std::set<std::string> allow;
    std::set<std::string> deny;
    std::size_t label = 0;
  };
  std::map<std::string, std::size_t> clearance;  // by user
  std::set<std::string> disabled;
  std::set<std::pair<std::string, std::string>> memberships;  // member, container
  std::map<std::int64_t, Rights> classes;

  bool is_in(const std::string& who, const std::string& what) const {
    if (who == what || what == "everyone") return true;
    for (const auto& [member, container] : memberships)
      if ((member == who || member == "everyone") && is_in_container(container, what)) return true;
    return false;
  }
  bool is_in_container(const std::string& from, const std::string& what) const {
    if (from == what) return true;
    for (const auto& [member, container] : memberships)
      if (member == from && is_in_container(container, what)) return true;
    return false;
  }
  bool may_read(const std::string& user, std::int64_t acl_class) const {
    const Rights& rights = classes.at(acl_class);
    if (disabled.contains(user)) return false;
    if (clearance.at(user) < rights.label) return false;
    for (const std::string& one : rights.deny)
      if (is_in(user, one)) return false;
    for (const std::string& one : rights.allow)
      if (is_in(user, one)) return true;
    return false;
  }
};

struct World {
  TestLibrary library;
  Judge judge;
  std::vector<std::string> users;
  std::vector<std::string> containers;  // groups and roles
};

std::string pick(Rng& rng, const std::vector<std::string>& from) {
  return from[rng.below(from.size())];
}

void make_people(Rng& rng, World& world) {
  world.containers = {"role:reader", "role:editor", "role:auditor"};
  for (std::uint64_t i = 0; i < 2 + rng.below(6); ++i) {
    world.library.access.create_group("g" + std::to_string(i));
    world.containers.push_back("group:g" + std::to_string(i));
  }
  for (std::uint64_t i = 0; i < 2 + rng.below(5); ++i) {
    const std::size_t clearance = rng.below(kLabels.size());
    const std::string name = "u" + std::to_string(i);
    world.library.access.create_user(name, "", kLabels[clearance], {});
    world.users.push_back("user:" + name);
    world.judge.clearance["user:" + name] = clearance;
  }
}

// A membership that would lead back must be refused, and only such a one.
void try_membership(Rng& rng, World& world) {
  std::vector<std::string> members = world.containers;
  members.insert(members.end(), world.users.begin(), world.users.end());
  if (rng.chance(0.1)) members = {"everyone"};
  const std::string member = pick(rng, members);
  const std::string container = pick(rng, world.containers);
  Judge& judge = world.judge;
  const bool leads_back = judge.is_in_container(container, member);
  const bool exists = judge.memberships.contains({member, container});
  try {
    world.library.access.add_member(member, container);
    EXPECT_FALSE(leads_back || exists) << member << " in " << container;
    judge.memberships.insert({member, container});
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::conflict);
    EXPECT_TRUE(leads_back || exists) << member << " in " << container << ": " << e.what();
  }
}

void make_class(Rng& rng, World& world) {
  std::vector<std::string> anyone = world.containers;
  anyone.insert(anyone.end(), world.users.begin(), world.users.end());
  anyone.push_back("everyone");
  Judge::Rights rights{.label = rng.below(kLabels.size())};
  for (std::uint64_t i = rng.below(4); i > 0; --i) rights.allow.insert(pick(rng, anyone));
  for (std::uint64_t i = rng.chance(0.5) ? rng.below(3) : 0; i > 0; --i)
    rights.deny.insert(pick(rng, anyone));
  const AclClassId id =
      world.library.intern({rights.allow.begin(), rights.allow.end()},
                           {rights.deny.begin(), rights.deny.end()}, kLabels[rights.label]);
  world.judge.classes[id.value] = rights;
}

void change_something(Rng& rng, World& world) {
  AccessControl& access = world.library.access;
  Judge& judge = world.judge;
  const std::string user = pick(rng, world.users);
  switch (rng.below(4)) {
    case 0:
      try_membership(rng, world);
      break;
    case 1: {
      if (judge.memberships.empty()) break;
      auto one = judge.memberships.begin();
      std::advance(one, static_cast<std::ptrdiff_t>(rng.below(judge.memberships.size())));
      access.remove_member(one->first, one->second);
      judge.memberships.erase(one);
      break;
    }
    case 2:
      judge.clearance[user] = rng.below(kLabels.size());
      access.set_clearance(user, kLabels[judge.clearance[user]]);
      break;
    default: {
      const bool is_disabled = rng.chance(0.3);
      access.set_disabled(user, is_disabled);
      if (is_disabled)
        judge.disabled.insert(user);
      else
        judge.disabled.erase(user);
    }
  }
}

using Tamper = std::function<Visibility(const Visibility&, AclClassId last)>;

// Differences between what the Visibility permits and what the judge allows.
int count_differences(const World& world, const Tamper& tamper) {
  int differences = 0;
  const AclClassId last{world.judge.classes.rbegin()->first};
  for (const std::string& user : world.users) {
    const auto info = world.library.access.find_user(user);
    EXPECT_EQ(!info, world.judge.disabled.contains(user));
    if (!info) continue;
    const Visibility visible = tamper(world.library.access.visibility(info->id), last);
    for (const auto& [id, rights] : world.judge.classes)
      if (visible.permits({id}) != world.judge.may_read(user, id)) ++differences;
    EXPECT_FALSE(world.library.access.visibility(info->id).permits({last.value + 1}));
    EXPECT_FALSE(visible.permits({0}) && visible.permits({-1}));
  }
  return differences;
}

int run_worlds(std::uint64_t seed, int worlds, const Tamper& tamper) {
  Rng rng(seed);
  int differences = 0;
  for (int i = 0; i < worlds; ++i) {
    World world;
    make_people(rng, world);
    for (int n = 0; n < 15; ++n) try_membership(rng, world);
    for (int n = 0; n < 25; ++n) make_class(rng, world);
    differences += count_differences(world, tamper);
    for (int n = 0; n < 10; ++n) {
      change_something(rng, world);
      if (rng.chance(0.3)) make_class(rng, world);
      differences += count_differences(world, tamper);
    }
  }
  return differences;
}

TEST(AccessProperty, PermitsExactlyWhatTheJudgeAllows) {
  const std::uint64_t seed = testing::test_seed();
  SCOPED_TRACE(::testing::Message() << "repeat with CARREL_SEED=" << seed);
  EXPECT_EQ(run_worlds(seed, testing::test_runs(12),
                       [](const Visibility& visible, AclClassId) { return visible; }),
            0);
}

// The judge must be able to convict: shown a Visibility of everything, it has to object.
TEST(AccessProperty, JudgeCatchesAVisibilityOfEverything) {
  EXPECT_GT(run_worlds(/*seed=*/1, 1,
                       [](const Visibility& visible, AclClassId last) {
                         return VisibilityForTests::everything_up_to(last, visible);
                       }),
            0);
}

}  // namespace
}  // namespace carrel::access
