// Claim: a change of rules is in force for the next call, whoever commits it; what was rolled back
// never permits anything; and under threads nobody is permitted after the revocation returned.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "access/access_control.h"
#include "tests/access/library.h"

namespace carrel::access {
namespace {

TEST(AccessEpoch, EachChangeIsInForceForTheNextCall) {
  TestLibrary library;
  library.access.create_user("ana", "", "internal", {"reader"});
  library.access.create_group("finance");
  const PrincipalId ana = library.access.find_user("ana")->id;
  const AclClassId acl_class = library.intern({"group:finance"}, {}, "internal");
  EXPECT_FALSE(library.sees("ana", acl_class));

  library.access.add_member("user:ana", "group:finance");
  const Visibility member = library.access.visibility(ana);
  EXPECT_TRUE(member.permits(acl_class));
  EXPECT_TRUE(library.access.is_current(member));

  library.access.set_clearance("ana", "public");
  EXPECT_FALSE(library.access.is_current(member));
  EXPECT_FALSE(library.sees("ana", acl_class));
  library.access.set_clearance("ana", "restricted");
  EXPECT_TRUE(library.sees("ana", acl_class));

  library.access.remove_member("user:ana", "group:finance");
  EXPECT_FALSE(library.sees("ana", acl_class));
  library.access.add_member("user:ana", "group:finance");

  library.access.set_disabled("ana", true);
  EXPECT_FALSE(library.access.find_user("ana"));
  EXPECT_FALSE(library.access.may_read(ana, acl_class));
  EXPECT_THROW(library.access.visibility(ana), Error);
  library.access.set_disabled("ana", false);
  EXPECT_TRUE(library.sees("ana", acl_class));
}

TEST(AccessEpoch, AKnownClassDoesNotMoveItButANewOneDoes) {
  TestLibrary library;
  library.intern({"everyone"});
  const AccessEpoch before = library.access.epoch();
  library.intern({"everyone"});
  EXPECT_EQ(library.access.epoch(), before);
  library.intern({"everyone"}, {}, "internal");
  EXPECT_GT(library.access.epoch(), before);
}

TEST(AccessEpoch, AClassIsReadOnlyOnceItsTransactionCommitted) {
  TestLibrary library;
  library.access.create_user("ana", "", "internal", {});
  const AccessEpoch before = library.access.epoch();
  const Store::Writer writer = library.store.write();
  Transaction transaction(*writer);
  const AclClassId acl_class =
      library.access.intern(*writer, {.allow = {"user:ana"}, .label = "public"});
  EXPECT_FALSE(library.sees("ana", acl_class));
  EXPECT_EQ(library.access.epoch(), before);
  transaction.commit();
  EXPECT_TRUE(library.sees("ana", acl_class));
  EXPECT_GT(library.access.epoch(), before);
}

// The number of a rolled-back class must not come back with other rights: a document that kept it
// by mistake would be shown to the wrong people.
TEST(AccessEpoch, ANumberFromARolledBackTransactionIsReadByNobodyEver) {
  TestLibrary library;
  library.access.create_user("ana", "", "internal", {});
  AclClassId leaked;
  {
    const Store::Writer writer = library.store.write();
    Transaction transaction(*writer);
    leaked = library.access.intern(*writer, {.allow = {"user:ana"}, .label = "public"});
  }
  EXPECT_FALSE(library.sees("ana", leaked));
  const AclClassId next = library.intern({"everyone"});
  EXPECT_NE(next, leaked);
  EXPECT_TRUE(library.sees("ana", next));
  EXPECT_FALSE(library.sees("ana", leaked));
  EXPECT_FALSE(library.access.may_read(library.access.find_user("ana")->id, leaked));
}

TEST(AccessEpoch, ARevocationInsideTheCallersTransactionCountsFromItsCommit) {
  TestLibrary library;
  library.access.create_user("ana", "", "internal", {});
  library.access.create_group("finance");
  library.access.add_member("user:ana", "group:finance");
  const AclClassId acl_class = library.intern({"group:finance"});
  {
    const Store::Writer writer = library.store.write();
    Transaction transaction(*writer);
    library.access.remove_member("user:ana", "group:finance");
    EXPECT_TRUE(library.sees("ana", acl_class));
  }
  EXPECT_TRUE(library.sees("ana", acl_class));  // rolled back
  {
    const Store::Writer writer = library.store.write();
    Transaction transaction(*writer);
    library.access.remove_member("user:ana", "group:finance");
    transaction.commit();
  }
  EXPECT_FALSE(library.sees("ana", acl_class));
}

TEST(AccessEpoch, AFailedChangeLeavesNothingBehind) {
  TestLibrary library;
  const AccessEpoch before = library.access.epoch();
  EXPECT_THROW(library.access.create_user("ana", "", "internal", {"raeder"}), Error);
  EXPECT_FALSE(library.access.find_user("ana"));
  EXPECT_EQ(library.access.epoch(), before);
}

// One thread grants and revokes, and says so before and after; others look all the time. A permit
// seen while "revoked" stood before and after the look is a leak.
TEST(AccessEpoch, UnderThreadsNobodySeesAfterTheRevocationReturned) {
  TestLibrary library;
  const PrincipalId ana = library.access.create_user("ana", "", "internal", {});
  library.access.create_group("finance");
  const AclClassId acl_class = library.intern({"group:finance"});
  std::atomic<std::uint64_t> revoked{1};  // odd: surely revoked
  std::atomic<bool> is_over{false};
  std::atomic<int> leaks{0};
  std::atomic<int> permits{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!is_over) {
        const std::uint64_t before = revoked.load();
        const bool is_permitted = library.access.visibility(ana).permits(acl_class);
        if (is_permitted) ++permits;
        if (is_permitted && before % 2 == 1 && revoked.load() == before) ++leaks;
      }
    });
  std::thread interning([&] {
    for (int i = 0; i < 60 && !is_over; ++i) {
      const Store::Writer writer = library.store.write();
      Transaction transaction(*writer);
      library.access.create_group("g" + std::to_string(i));
      library.access.intern(*writer, {.allow = {"group:g" + std::to_string(i)}, .label = "public"});
      if (i % 2 == 0) transaction.commit();
    }
  });
  for (int round = 0; round < 60; ++round) {
    ++revoked;  // even: about to grant
    library.access.add_member("user:ana", "group:finance");
    EXPECT_TRUE(library.access.may_read(ana, acl_class));
    library.access.remove_member("user:ana", "group:finance");
    ++revoked;
    EXPECT_FALSE(library.access.may_read(ana, acl_class));
  }
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  interning.join();
  EXPECT_EQ(leaks, 0);
}

}  // namespace
}  // namespace carrel::access
