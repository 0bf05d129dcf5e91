// Claim: the rules of reading mean what the table says. Every expected value is worked by hand.
#include "access/access_control.h"

#include <gmock/gmock.h>

#include "tests/access/library.h"

namespace carrel::access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ana: restricted, in group:pay, which is in group:finance. bo: internal, in group:finance.
// cy: confidential, an editor and in no group. dee: as ana, but disabled.
struct People : TestLibrary {
  People() {
    access.create_group("finance");
    access.create_group("pay");
    access.create_user("ana", "Ana", "restricted", {"reader"});
    access.create_user("bo", "Bo", "internal", {"reader"});
    access.create_user("cy", "Cy", "confidential", {"editor"});
    access.create_user("dee", "Dee", "restricted", {"reader"});
    access.add_member("group:pay", "group:finance");
    access.add_member("user:ana", "group:pay");
    access.add_member("user:dee", "group:pay");
    access.add_member("user:bo", "group:finance");
    access.set_disabled("dee", true);
  }
};

struct Case {
  const char* claim;
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  std::string label;
  std::string readers;  // of "abc", the users who read it
};

TEST(AccessControl, ReadsTheSemanticsTable) {
  const std::vector<Case> table = {
      {"nobody allowed: nobody reads", {}, {}, "public", ""},
      {"everyone allowed", {"everyone"}, {}, "public", "abc"},
      {"a user allowed", {"user:bo"}, {}, "public", "b"},
      {"a group allowed, nested members too", {"group:finance"}, {}, "public", "ab"},
      {"the inner group does not reach out", {"group:pay"}, {}, "public", "a"},
      {"a role allowed", {"role:editor"}, {}, "public", "c"},
      {"several allowed: any of them", {"user:cy", "group:pay"}, {}, "public", "ac"},
      {"deny wins over everyone", {"everyone"}, {"group:finance"}, "public", "c"},
      {"deny of the user wins over the group", {"group:finance"}, {"user:ana"}, "public", "b"},
      {"deny of a group wins over the user, owner or not",
       {"user:ana"},
       {"group:finance"},
       "public",
       ""},
      {"deny of an inner group spares the outer", {"group:finance"}, {"group:pay"}, "public", "b"},
      {"deny of everyone: nobody", {"user:ana", "everyone"}, {"everyone"}, "public", ""},
      {"the same allowed and denied", {"user:ana"}, {"user:ana"}, "public", ""},
      {"deny alone allows nobody", {}, {"user:bo"}, "public", ""},
      {"label internal", {"everyone"}, {}, "internal", "abc"},
      {"label confidential", {"everyone"}, {}, "confidential", "ac"},
      {"label restricted", {"everyone"}, {}, "restricted", "a"},
      {"clearance does not allow", {"user:bo"}, {}, "restricted", ""},
      {"a disabled user reads nothing", {"user:dee"}, {}, "public", ""},
  };
  People library;
  for (const Case& one : table) {
    SCOPED_TRACE(one.claim);
    const AclClassId acl_class = library.intern(one.allow, one.deny, one.label);
    std::string readers;
    for (const char* user : {"ana", "bo", "cy"}) {
      if (library.sees(user, acl_class)) readers += user[0];
      EXPECT_EQ(library.access.may_read(library.access.find_user(user)->id, acl_class),
                library.sees(user, acl_class));
    }
    EXPECT_EQ(readers, one.readers);
    EXPECT_FALSE(library.sees("dee", acl_class));
  }
}

TEST(AccessControl, InternsEqualRightsOnceWhateverTheOrder) {
  People library;
  const AclClassId first = library.intern({"user:ana", "group:pay"}, {"user:bo"}, "internal");
  EXPECT_EQ(
      library.intern({"group:pay", "user:ana", "user:ANA"}, {"user:bo", "user:bo"}, "internal"),
      first);
  EXPECT_NE(library.intern({"user:ana", "group:pay", "user:bo"}, {}, "internal"), first);
  EXPECT_NE(library.intern({"user:ana", "group:pay"}, {"user:bo"}, "public"), first);
  EXPECT_EQ(library.access.describe(first),
            (AclSpec{{"group:pay", "user:ana"}, {"user:bo"}, "internal"}));
  EXPECT_EQ(error_of([&] { library.access.describe({999}); }).first, ErrorCode::not_found);
}

TEST(AccessControl, NamesTheNearestWhenAPrincipalOrALabelIsUnknown) {
  People library;
  const auto group = error_of([&] { library.intern({"group:finanse"}); });
  EXPECT_EQ(group.first, ErrorCode::invalid_argument);
  EXPECT_THAT(group.second, HasSubstr("group:finanse"));
  EXPECT_THAT(group.second, HasSubstr("'group:finance'"));
  EXPECT_THAT(error_of([&] { library.intern({"everyone"}, {"user:anna"}); }).second,
              HasSubstr("'user:ana'"));
  // For the operator alone: what everybody is told names nobody.
  try {
    library.intern({"everyone"}, {"user:anna"});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "there is no user:anna");
  }
  EXPECT_THAT(error_of([&] { library.intern({"everyone"}, {}, "confidental"); }).second,
              HasSubstr("'confidential'"));
  EXPECT_EQ(error_of([&] { library.access.add_member("user:zoe", "group:pay"); }).first,
            ErrorCode::not_found);
}

TEST(AccessControl, ARoleGivesItsActionsToMembersOfItsGroups) {
  People library;
  library.access.add_member("group:finance", "role:curator");
  library.access.add_member("everyone", "role:auditor");
  const auto ana = library.access.find_user("ana");
  ASSERT_TRUE(ana);
  EXPECT_THAT(ana->groups, ElementsAre("finance", "pay"));
  EXPECT_THAT(ana->roles, ElementsAre("auditor", "curator", "reader"));
  EXPECT_TRUE(ana->actions.contains(Action::manage_collection));
  EXPECT_TRUE(ana->actions.contains(Action::audit));
  EXPECT_FALSE(ana->actions.contains(Action::administer));
  const auto cy = library.access.find_user("cy");
  EXPECT_THAT(cy->roles, ElementsAre("auditor", "editor"));
  EXPECT_TRUE(cy->actions.contains(Action::upload));
  EXPECT_FALSE(cy->actions.contains(Action::manage_collection));
}

TEST(AccessControl, AdministeringDoesNotGrantReading) {
  People library;
  library.access.create_user("root", "", "restricted", {"administrator"});
  EXPECT_FALSE(library.sees("root", library.intern({"user:ana"})));
  EXPECT_FALSE(library.access.find_user("root")->actions.contains(Action::search));
}

TEST(AccessControl, RefusesMembershipsThatLeadBackAndThoseTooDeep) {
  TestLibrary library({.nesting_max = 3});
  for (const char* name : {"a", "b", "c", "d"}) library.access.create_group(name);
  library.access.create_user("ana", "", "", {});
  library.access.add_member("group:a", "group:b");
  library.access.add_member("group:b", "group:c");
  EXPECT_EQ(error_of([&] { library.access.add_member("group:c", "group:a"); }).first,
            ErrorCode::conflict);
  EXPECT_EQ(error_of([&] { library.access.add_member("group:a", "group:a"); }).first,
            ErrorCode::conflict);
  library.access.add_member("user:ana", "group:a");  // ana, a, b, c: three memberships
  EXPECT_EQ(error_of([&] { library.access.add_member("group:c", "group:d"); }).first,
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { library.access.add_member("group:a", "user:ana"); }).first,
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { library.access.add_member("group:a", "everyone"); }).first,
            ErrorCode::invalid_argument);
}

TEST(AccessControl, ComparesNamesFoldedAndKeepsThemAsGiven) {
  TestLibrary library;
  library.access.create_user("Ana.Li", "", "", {});
  library.access.create_user("J\u00F6rg", "", "", {});
  EXPECT_EQ(library.access.find_user("ANA.LI")->name, "Ana.Li");
  EXPECT_EQ(library.access.find_user("user:ana.li")->name, "Ana.Li");
  EXPECT_EQ(library.access.find_user("JO\u0308RG")->name, "J\u00F6rg");  // decomposed, upper case
  EXPECT_FALSE(library.access.find_user("jorg"));  // another name, not a spelling of it
  EXPECT_EQ(error_of([&] { library.access.create_user("ana.LI", "", "", {}); }).first,
            ErrorCode::conflict);
  library.access.create_group("Ana.Li");  // kinds do not share names
  EXPECT_FALSE(library.access.find_user("no such"));
  EXPECT_FALSE(library.access.find_user("\xff"));
}

TEST(AccessControl, ParsesPrincipalsAndSaysWhatOneLooksLike) {
  EXPECT_EQ(parse_principal(" group:finance "), (PrincipalName{PrincipalKind::group, "finance"}));
  EXPECT_EQ(to_string(parse_principal("everyone")), "everyone");
  for (const char* bad : {"", "ana", "user:", "user:a b", "team:x", "user:a/b", "user:a:b",
                          "everyone:x", "user:\xff"}) {
    SCOPED_TRACE(bad);
    EXPECT_THAT(error_of([&] { parse_principal(bad); }).second, HasSubstr("user:NAME"));
  }
  EXPECT_THROW(parse_principal("user:" + std::string(129, 'a')), Error);
  EXPECT_NO_THROW(parse_principal("user:" + std::string(128, 'a')));
}

TEST(AccessControl, KeepsEverythingWhenOpenedAgainAndRefusesOtherLabels) {
  People library;
  const AclClassId acl_class = library.intern({"group:finance"});
  const AccessControl again(library.store, library.clock, {});
  EXPECT_TRUE(again.visibility(again.find_user("ana")->id).permits(acl_class));
  EXPECT_EQ(again.epoch(), library.access.epoch());
  const auto error = error_of([&] {
    AccessControl(
        library.store, library.clock,
        {.labels = {"open", "secret"}, .default_label = "open", .default_clearance = "open"});
  });
  EXPECT_EQ(error.first, ErrorCode::conflict);
  EXPECT_THAT(error.second, HasSubstr("public, internal, confidential, restricted"));
}

TEST(AccessControl, ListsUsersAndGroups) {
  People library;
  const auto users = library.access.users();
  ASSERT_EQ(users.size(), 4u);
  EXPECT_EQ(users[0].name, "ana");
  EXPECT_EQ(users[0].clearance, "restricted");
  EXPECT_TRUE(users[3].is_disabled);
  const auto groups = library.access.groups();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "finance");
  EXPECT_THAT(groups[0].members, ElementsAre("group:pay", "user:bo"));
  EXPECT_THAT(groups[1].members, ElementsAre("user:ana", "user:dee"));
  library.access.remove_member("user:ana", "group:pay");
  EXPECT_THAT(library.access.find_user("ana")->groups, IsEmpty());
  EXPECT_EQ(error_of([&] { library.access.remove_member("user:ana", "group:pay"); }).first,
            ErrorCode::not_found);
}

}  // namespace
}  // namespace carrel::access
