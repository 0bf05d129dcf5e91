// Claim: a transaction is whole or absent, and a database is never read by a program too old for
// it.
#include "core/sqlite.h"

#include <array>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/seal.h"
#include "tests/support/testing.h"

namespace carrel {
namespace {

constexpr std::array kOne = {Migration{1, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT) STRICT"}};
constexpr std::array kTwo = {kOne[0], Migration{2, "ALTER TABLE t ADD COLUMN c BLOB"}};

TEST(Sqlite, RollsBackUnlessCommitted) {
  const testing::TempDir dir;
  Database db(dir / "a.db");
  migrate(db, "test", kOne);
  {
    Transaction transaction(db);
    db.statement("INSERT INTO t(b) VALUES(?)").bind(1, "lost").run();
  }
  {
    Transaction transaction(db);
    db.statement("INSERT INTO t(b) VALUES(?)").bind(1, "kept").run();
    transaction.commit();
  }
  Statement read(db, "SELECT b FROM t");
  ASSERT_TRUE(read.step());
  EXPECT_EQ(read.text(0), "kept");
  EXPECT_FALSE(read.step());
}

TEST(Sqlite, MigratesForwardAndRefusesANewerSchema) {
  const testing::TempDir dir;
  {
    Database db(dir / "a.db");
    migrate(db, "test", kOne);
    migrate(db, "test", kTwo);
    migrate(db, "test", kTwo);
    db.statement("INSERT INTO t(b, c) VALUES('x', x'00')").run();
  }
  Database db(dir / "a.db");
  try {
    migrate(db, "test", kOne);
    FAIL() << "a newer schema was accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::conflict);
    EXPECT_NE(std::string(e.what()).find("newer Carrel"), std::string::npos);
  }
}

TEST(Sqlite, ReadersFromThePoolCannotWrite) {
  const testing::TempDir dir;
  Database db(dir / "a.db");
  migrate(db, "test", kOne);
  DatabasePool pool(dir / "a.db", 2);
  const auto reader = pool.acquire();
  EXPECT_THROW(reader->execute("INSERT INTO t(b) VALUES('x')"), Error);
}

TEST(Seal, FindsAFlippedBit) {
  std::string sealed = seal("the text of a document");
  EXPECT_EQ(unseal(sealed), "the text of a document");
  sealed[sealed.size() - 3] ^= 1;
  EXPECT_THROW(unseal(sealed), Error);
  EXPECT_THROW(unseal("the text"), Error);
}

}  // namespace
}  // namespace carrel
